"""``zoo slices``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FOLDER,
    data_option,
    dataset_or_only,
    exclusions_option,
    faces_left_out,
    listed_names,
    measured_split_option,
    overwrite_option,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
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
@click.option("--columns", metavar="A,B,C", help="Brightness, subject, age, … [all there are].")
@click.option(
    "--bins", type=click.IntRange(2, 20), default=5, show_default=True,
    help="Of columns of numbers, by their quantiles.",
)  # fmt: skip
@click.option(
    "--smallest", type=click.IntRange(1), default=50, show_default=True, metavar="N",
    help="Fewest faces of a slice that is judged.",
)  # fmt: skip
@exclusions_option
@click.option(
    "--out", type=FOLDER, help="Folder for csv, JSON and picture [in the run, there refreshed]."
)
@overwrite_option
def slices(
    name: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    columns: str | None,
    bins: int,
    smallest: int,
    exclusions: Path | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Say whether a MODEL is as accurate on some kinds of faces as on others, worst named.

    Kinds are told by what was measured of each face, brightness, contrast and sharpness, and by
    whatever came with the data: annotators' agreement, subject, age, gender, skin tone.
    """
    from zoo import models
    from zoo.evaluation.slicing import slice_model

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    listed = None if columns is None else listed_names(columns)
    model = models.resolve(name, dataset.fingerprint, runs).with_tta(tta)
    click.echo(model.chosen)
    tables, paths = slice_model(
        model, dataset, split, runs=runs, columns=listed, bins=bins, smallest=smallest,
        exclusions=faces_left_out(exclusions, dataset), out=out, overwrite=overwrite,
        say=say_aside,
    )  # fmt: skip
    show_tables(*tables)
    say_written(paths)
