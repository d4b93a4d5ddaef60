"""``zoo evaluate``, ``zoo compare`` and ``zoo ensemble``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FILE,
    FOLDER,
    SPLITS,
    data_option,
    dataset_or_only,
    exclusions_option,
    faces_left_out,
    overwrite_option,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    show_tables,
    whole_image_option,
)
from zoo.cli.search import ensemble_search

if TYPE_CHECKING:
    from pathlib import Path


tta_option = click.option(
    "--tta", type=click.Choice(["none", "flip"]), default="none", show_default=True,
    help="flip: average each face and its mirror image; always shown apart.",
)  # fmt: skip

calibrated_option = click.option(
    "--calibrated", is_flag=True, help="Scale probabilities by the temperature of zoo calibrate."
)


@click.command()
@click.argument("model")
@data_option
@runs_option
@click.option("--split", type=SPLITS, default="validation", show_default=True)
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


@click.command()
@click.argument("names", metavar="[MODELS]...", nargs=-1)
@data_option
@runs_option
@click.option("--split", type=SPLITS, default="validation", show_default=True)
@tta_option
@click.option("--calibrated", is_flag=True, help="Rows with scaled probabilities, too.")
@click.option("--sort", default="top-1", show_default=True, metavar="COLUMN")
@click.option("--ascending/--descending", default=None, help="Default: best first.")
@click.option("--paired", is_flag=True, help="Test any two models for a difference, too.")
@click.option("--columns", metavar="A,B,C", help="Only these, in this order [all that fit].")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "csv", "markdown"]), default="text",
    show_default=True,
)  # fmt: skip
@click.option("--markdown", is_flag=True, help="Short for --format markdown.")
@exclusions_option
@click.option(
    "--figure", type=FILE, metavar="FILE",
    help="Where the picture goes [among the runs, there refreshed].",
)  # fmt: skip
@overwrite_option
def compare(
    names: tuple[str, ...],
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    calibrated: bool,
    sort: str,
    ascending: bool | None,
    paired: bool,
    columns: str | None,
    output_format: str,
    markdown: bool,
    exclusions: Path | None,
    figure: Path | None,
    overwrite: bool,
) -> None:
    """Compare models on one table; without MODELS, every finished run and shipped weights."""
    from zoo.evaluation.compare import compare_models

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    listed = faces_left_out(exclusions, dataset)
    (table, *more), paths = compare_models(
        names, dataset, runs, split, tta=tta, calibrated=calibrated, exclusions=listed,
        paired=paired, figure=figure, overwrite=overwrite, say=say_aside,
    )  # fmt: skip
    table = table.sorted_by(sort, descending=None if ascending is None else not ascending)
    table = table.only(_listed(columns)) if columns else table
    output_format = "markdown" if markdown else output_format
    if output_format == "csv":  # one table, so that other programs can read it
        click.echo(table.csv(), nl=False)
    elif output_format == "markdown":
        click.echo("\n".join(one.markdown() for one in (table, *more)), nl=False)
    else:
        show_tables(table, *more)
    for path in paths:
        click.echo(f"wrote {path}", err=True)


@click.group()
def ensemble() -> None:
    """Average the softmaxes of several models."""


@ensemble.command("evaluate")
@click.option("--members", metavar="A,B,C", help="Models; default: those in ensemble.toml.")
@data_option
@runs_option
@click.option("--split", type=SPLITS, default="validation", show_default=True)
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
        resolved = models.ensemble_of(_listed(members), dataset.fingerprint, runs)
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
    resolved = models.ensemble_of(_listed(members), fingerprint, runs, shares)
    path = out or models.own_file()
    listed = models.as_members(resolved.runs, runs, resolved.weights)
    models.write_members(path, listed, overwrite=overwrite)
    click.echo(resolved.chosen)
    say_written([path])


def _numbers(weights: str) -> list[float]:
    try:
        return [float(weight) for weight in _listed(weights)]
    except ValueError:
        raise click.BadParameter(
            f"{weights}: expected numbers, X,Y,Z", param_hint="--weights"
        ) from None


def _listed(members: str) -> list[str]:
    return [name.strip() for name in members.split(",") if name.strip()]
