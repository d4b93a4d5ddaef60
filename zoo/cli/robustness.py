"""``zoo robustness``."""

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
    progress_bar,
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
@click.argument("names", metavar="MODELS...", nargs=-1, required=True)
@data_option
@runs_option
@measured_split_option
@tta_option
@click.option(
    "--limit", type=click.IntRange(1), metavar="N",
    help="So many faces, classes in their proportions [all].",
)  # fmt: skip
@click.option(
    "--perturbations", metavar="A,B,C",
    help="Of noise, blur, occlusion, brightness, JPEG, shift, rotation [all].",
)  # fmt: skip
@exclusions_option
@seed_option("Draws the faces, and how each is spoiled.")
@click.option(
    "--out", type=FOLDER, help="Folder for csv, JSON and curves [among the runs, there refreshed]."
)
@overwrite_option
def robustness(
    names: tuple[str, ...],
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    limit: int | None,
    perturbations: str | None,
    exclusions: Path | None,
    seed: int,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Say how the accuracy of MODELS falls as faces are spoiled, in five strengths each."""
    from zoo import models
    from zoo.evaluation.spoiling import spoil_and_measure

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    chosen = [models.resolve(one, dataset.fingerprint, runs).with_tta(tta) for one in names]
    for model in chosen:
        click.echo(model.chosen, err=True)
    listed = None if perturbations is None else listed_names(perturbations)
    with progress_bar("predicting spoiled faces") as progress:
        tables, paths = spoil_and_measure(
            chosen, dataset, split, runs=runs, perturbations=listed, limit=limit,
            exclusions=faces_left_out(exclusions, dataset), seed=seed, out=out,
            overwrite=overwrite, say=say_aside, progress=progress,
        )  # fmt: skip
    show_tables(*tables)
    say_written(paths)
