"""The command: parse, call, print. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import click

from zoo import __version__
from zoo.cli import (
    architectures,
    calibration,
    comparison,
    data,
    demo,
    evaluation,
    explanation,
    faithfulness,
    galleries,
    prediction,
    robustness,
    slices,
    training,
    visualization,
    weights,
)
from zoo.cli.command import Command


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zoo")
def main() -> None:
    """Train, compare, average and explain networks for facial-expression recognition."""


for command in (
    architectures.list_,
    architectures.show,
    data.data,
    training.train,
    evaluation.evaluate,
    comparison.compare,
    evaluation.ensemble,
    calibration.calibrate,
    slices.slices,
    robustness.robustness,
    prediction.predict,
    explanation.explain,
    faithfulness.faithfulness,
    galleries.gallery,
    galleries.atlas,
    visualization.visualize,
    weights.weights,
    demo.demo,
):
    main.add_command(command)
