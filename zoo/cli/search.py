"""``zoo ensemble search``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FILE,
    FOLDER,
    data_option,
    dataset_or_only,
    exclusions_option,
    faces_left_out,
    listed_names,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    seed_option,
    show_tables,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command("search")
@click.option(
    "--members", metavar="A,B,C", default="all", show_default=True,
    help="Models; all: the best of every architecture.",
)  # fmt: skip
@data_option
@runs_option
@click.option("--folds", type=click.IntRange(2), default=5, show_default=True)
@click.option(
    "--repeats", type=click.IntRange(1), default=10, show_default=True,
    help="How often the faces are parted into folds.",
)  # fmt: skip
@seed_option("Parts the faces.")
@exclusions_option
@click.option(
    "--out", type=FOLDER, help="Folder for tables and pictures [among the runs, there refreshed]."
)
@click.option("--write", "ensemble_path", type=FILE, metavar="FILE", help="An ensemble's file.")
@click.option(
    "--method",
    type=click.Choice(["uniform", "subset", "simplex", "greedy"]),
    help="Whose, for --write.",
)
@overwrite_option
def ensemble_search(
    members: str,
    data_name: str | None,
    runs_folder: Path | None,
    folds: int,
    repeats: int,
    seed: int,
    exclusions: Path | None,
    out: Path | None,
    ensemble_path: Path | None,
    method: str | None,
    overwrite: bool,
) -> None:
    """Find the best combination of models on validation, and how far its number flatters it."""
    from zoo import models
    from zoo.evaluation.search.files import save_search, write_ensemble_file
    from zoo.evaluation.search.search import search
    from zoo.files import refuse_existing

    if (ensemble_path is None) != (method is None):
        raise click.UsageError("--write FILE and --method METHOD go together: give both or none")
    if ensemble_path:
        refuse_existing(ensemble_path, overwrite=overwrite)
    dataset, runs = dataset_or_only(data_name, "validation"), runs_or_default(runs_folder)
    listed = listed_names(members)
    if listed == ["all"]:
        listed = models.every_architecture(dataset.fingerprint, runs)
    resolved = models.ensemble_of(listed, dataset.fingerprint, runs)
    click.echo(resolved.chosen)
    left_out = faces_left_out(exclusions, dataset)
    with progress_bar("partings into folds") as progress:
        found = search(
            resolved, dataset, folds=folds, repeats=repeats, seed=seed, exclusions=left_out,
            say=say_aside, progress=progress,
        )  # fmt: skip
    show_tables(*found.tables().values())
    say_written(save_search(found, runs, out, overwrite=overwrite, say=say_aside))
    if ensemble_path and method:
        write_ensemble_file(ensemble_path, found, method, resolved, runs, overwrite=overwrite)
        say_written([ensemble_path])
