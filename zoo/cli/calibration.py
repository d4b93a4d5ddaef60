"""``zoo calibrate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FOLDER,
    data_option,
    dataset_or_only,
    exclusions_option,
    faces_left_out,
    measured_split_option,
    overwrite_option,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    seed_option,
    show_tables,
    tta_option,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("name", metavar="MODEL")
@data_option
@runs_option
@measured_split_option
@tta_option
@seed_option("Deals the faces into the folds of the cross-fitting.")
@exclusions_option
@click.option(
    "--out", type=FOLDER, help="Folder for tables and pictures [beside the temperature]."
)
@overwrite_option
def calibrate(
    name: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    seed: int,
    exclusions: Path | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Fit the temperature of a MODEL's probabilities on validation, for --calibrated.

    Says, of the faces of --split, what that is worth, how reliable the probabilities are, and how
    accurate the model is where it may keep silent. Validation fits it whatever --split is.
    """
    from zoo import models
    from zoo.evaluation.calibrating import calibrate_model

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    model = models.resolve(name, dataset.fingerprint, runs).with_tta(tta)
    click.echo(model.chosen)
    tables, paths = calibrate_model(
        model, dataset, split, seed=seed, exclusions=faces_left_out(exclusions, dataset), out=out,
        overwrite=overwrite, say=say_aside,
    )  # fmt: skip
    show_tables(*tables)
    say_written(paths)
