"""``zoo predict``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FILE,
    calibrated_option,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    tta_option,
    whole_image_option,
)
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.evaluation.predicting import Outcome

_LISTED = 20


@click.command()
@click.argument("model")
@click.argument("path", required=False, type=FILE)
@click.option("--data", "data_name", metavar="NAME", help="A data set instead of PATH.")
@click.option(
    "--split", type=click.Choice(["train", "validation", "test", "unlabelled"]),
    help="Of the data set.  [default: unlabelled, else validation]",
)  # fmt: skip
@runs_option
@tta_option
@calibrated_option
@whole_image_option
@click.option("--out", type=FILE, metavar="FILE.csv", help="Where the csv goes [the terminal].")
@overwrite_option
def predict(
    model: str,
    path: Path | None,
    data_name: str | None,
    split: str | None,
    runs_folder: Path | None,
    tta: str,
    calibrated: bool,
    whole_image: bool,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Predict classes by a MODEL: of a photo or a folder of photos at PATH, or of a data set."""
    from zoo import models
    from zoo.data import library
    from zoo.evaluation import predicting
    from zoo.evaluation.guard import log_if_test
    from zoo.files import refuse_existing, replacing

    if (path is None) == (data_name is None):
        raise ZooError(
            "name a photo or a folder of photos, or a data set with --data: one of both"
        )
    if split and path:
        raise ZooError("--split is of a data set: name it with --data, or leave --split out")
    dataset = library.open_dataset(data_name) if data_name else None
    if out:
        refuse_existing(out, overwrite=overwrite)
    if dataset:
        split = split or predicting.default_split(dataset)
        total = len(dataset.split(split))
    photos = predicting.photos_at(path) if path else []
    # Where nothing was ever trained on it, the data set in use is that of the runs.
    in_use = dataset.fingerprint if dataset and "train" in dataset.splits else None
    resolved = models.resolve(model, in_use, runs_or_default(runs_folder)).with_tta(tta)
    if calibrated:
        resolved = models.with_calibration(resolved, dataset, say_aside)
    click.echo(resolved.chosen, err=True)
    predictor = resolved.load()
    outcome = predicting.Outcome()
    if dataset and split:
        log_if_test(resolved, dataset, split)
        batches = predicting.split_batches(dataset, split, predictor, whole_image=whole_image)
    elif path:
        total = len(photos)
        batches = predicting.photo_batches(
            photos, predictor, path, outcome.refused.append, whole_image=whole_image
        )
    with (
        progress_bar(f"predicting by {predictor.name}") as progress,
        replacing(out) if out else nullcontext() as temporary,
        temporary.open("w", encoding="utf-8", newline="") if temporary else nullcontext(sys.stdout)
        as file,
    ):  # fmt: skip
        predicting.write_probabilities(predictor, batches, file, outcome, total, progress)
        if not outcome.done:
            raise ZooError(f"no face could be read: {(*outcome.refused, path)[0]}")
    _say(outcome, total)
    if out:
        say_written([out])


def _say(outcome: Outcome, total: int) -> None:
    """List and count what was not predicted, what was not cut, and what shows several faces."""
    for what, lines in (
        ("not predicted", outcome.refused),
        ("not cut", outcome.missed),
        ("several faces", outcome.several),
    ):
        for line in lines[:_LISTED]:
            click.echo(f"{what}: {line}", err=True)
        if len(lines) > _LISTED:
            click.echo(f"{what}: {len(lines) - _LISTED:,} more", err=True)
    if outcome.cut or outcome.missed:
        click.echo(
            f"{outcome.cut:,} of {outcome.done:,} cut to the largest face found in them, none"
            f" found in {len(outcome.missed):,}; --whole-image leaves all of them whole",
            err=True,
        )
    if outcome.refused:
        click.echo(f"{outcome.done:,} of {total:,} predicted", err=True)
