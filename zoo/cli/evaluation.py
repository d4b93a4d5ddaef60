"""``zoo evaluate`` and ``zoo ensemble``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FILE,
    FOLDER,
    calibrated_option,
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
    whole_image_option,
)
from zoo.cli.search import ensemble_search

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("model")
@data_option
@runs_option
@measured_split_option
@tta_option
@calibrated_option
@whole_image_option
@exclusions_option
@click.option(
    "--out", type=FOLDER, help="Folder for tables and pictures [in the run, there refreshed]."
)
@overwrite_option
def evaluate(
    model: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    calibrated: bool,
    whole_image: bool,
    exclusions: Path | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Evaluate a MODEL: a run, an architecture's best run or shipped weights, or the ensemble."""
    from zoo import models
    from zoo.evaluation.evaluate import evaluate_model

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    listed = faces_left_out(exclusions, dataset)
    resolved = models.resolve(model, dataset.fingerprint, runs).with_tta(tta)
    if calibrated:
        resolved = models.with_calibration(resolved, dataset, say_aside)
    click.echo(resolved.chosen)
    tables, paths = evaluate_model(
        resolved, dataset, split, runs=runs, exclusions=listed, whole_image=whole_image, out=out,
        overwrite=overwrite, say=say_aside,
    )  # fmt: skip
    show_tables(*tables)
    say_written(paths)


@click.group()
def ensemble() -> None:
    """Average the softmaxes of several models."""


@ensemble.command("evaluate")
@click.option("--members", metavar="A,B,C", help="Models; default: those in ensemble.toml.")
@data_option
@runs_option
@measured_split_option
@tta_option
@calibrated_option
@exclusions_option
@whole_image_option
@click.option(
    "--out", type=FOLDER, help="Folder for tables and pictures [among the runs, there refreshed]."
)
@overwrite_option
def ensemble_evaluate(
    members: str | None,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    calibrated: bool,
    exclusions: Path | None,
    whole_image: bool,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Show each member, the ensemble, its gain, and where the members disagree."""
    from zoo import models
    from zoo.evaluation.evaluate import evaluate_ensemble

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    if members is None:
        resolved = models.resolve(models.ENSEMBLE, dataset.fingerprint, runs)
    else:
        resolved = models.ensemble_of(listed_names(members), dataset.fingerprint, runs)
    resolved = resolved.with_tta(tta)
    if calibrated:
        resolved = models.with_calibration(resolved, dataset, say_aside)
    click.echo(resolved.chosen)
    listed = faces_left_out(exclusions, dataset)
    tables, paths = evaluate_ensemble(
        resolved, dataset, split, runs=runs, exclusions=listed, whole_image=whole_image, out=out,
        overwrite=overwrite, say=say_aside,
    )  # fmt: skip
    show_tables(*tables)
    say_written(paths)


ensemble.add_command(ensemble_search)


@ensemble.command("define")
@click.option("--members", metavar="A,B,C", required=True, help="Models; runs are kept by sha256.")
@click.option("--weights", metavar="X,Y,Z", help="How much each counts [all the same].")
@data_option
@runs_option
@click.option("--out", type=FILE, metavar="FILE", help="[$ZOO_HOME/ensemble.toml]")
@overwrite_option
def ensemble_define(
    members: str,
    weights: str | None,
    data_name: str | None,
    runs_folder: Path | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Write down which members the ensemble has from now on, by the sha256 of their weights."""
    from zoo import models

    runs = runs_or_default(runs_folder)
    shares = None if weights is None else _numbers(weights)
    fingerprint = models.fingerprint(data_name)
    resolved = models.ensemble_of(listed_names(members), fingerprint, runs, shares)
    path = out or models.own_file()
    listed = models.as_members(resolved.runs, runs, resolved.weights)
    models.write_ensemble(path, listed, resolved.choice, tried=resolved.tried, overwrite=overwrite)
    click.echo(resolved.chosen)
    say_written([path])


def _numbers(weights: str) -> list[float]:
    try:
        return [float(weight) for weight in listed_names(weights)]
    except ValueError:
        raise click.BadParameter(
            f"{weights}: expected numbers, X,Y,Z", param_hint="--weights"
        ) from None
