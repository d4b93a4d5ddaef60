"""``zoo weights``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.cards import weights_card
from zoo.cli.common import (
    FOLDER,
    data_option,
    dataset_or_only,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    show_tables,
)
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.models import Model
    from zoo.runs import Run


@click.group()
def weights() -> None:
    """List, verify and exchange trained weights."""


weights.add_command(weights_card)


@weights.command("list")
def weights_list() -> None:
    """List the weights that come with the package."""
    from zoo.shipping.listing import shipped_table

    table = shipped_table()
    if table.rows:
        show_tables(table)
    else:
        click.echo("no weights come with this version: zoo train ARCHITECTURE")


@weights.command("verify")
@click.argument("models", metavar="[MODEL]...", nargs=-1)
def weights_verify(models: tuple[str, ...]) -> None:
    """Verify shipped weights, or exported folders: hashes, facts, shapes, and a probe's faces."""
    from zoo.backend import import_keras

    import_keras()
    from zoo.shipping.verify import faults, verdict_table, verify

    verdicts = verify(models)
    if not verdicts:
        click.echo("no weights come with this version: nothing to verify")
        return
    show_tables(verdict_table(verdicts))
    if wrong := faults(verdicts):
        raise ZooError(f"{len(wrong)} of {len(verdicts)} failed: {'; '.join(wrong)}")


@weights.command("export")
@click.argument("name", metavar="MODEL")
@click.argument("folder", type=FOLDER)
@data_option
@runs_option
def weights_export(
    name: str, folder: Path, data_name: str | None, runs_folder: Path | None
) -> None:
    """Write a MODEL as float16 safetensors into a new FOLDER, to give away.

    Of an ensemble every member, and the file that averages them.
    """
    from zoo import models
    from zoo.backend import import_keras
    from zoo.files import refuse_taken

    refuse_taken(folder)
    model = _model(name, models.fingerprint(data_name), runs_folder)
    exported_already = all(run.exported for run in model.runs)
    import_keras()
    from zoo.shipping.ensembles import export_ensemble
    from zoo.shipping.export import export

    if model.is_ensemble:
        dataset = None if exported_already else dataset_or_only(data_name)
        say_written([export_ensemble(model, dataset, folder, say=say_aside)])
        return
    dataset = dataset_or_only(data_name)
    with progress_bar(f"predicting with {model.run.architecture}") as progress:
        exported = export(model.run, dataset, folder, progress=progress)
    _say_exported(exported)


@weights.command("ship")
@click.argument("run_name", metavar="RUN")
@data_option
@runs_option
@overwrite_option
def weights_ship(
    run_name: str, data_name: str | None, runs_folder: Path | None, overwrite: bool
) -> None:
    """Export a RUN into the package of this checkout (for maintainers)."""
    from zoo.backend import import_keras

    dataset = dataset_or_only(data_name)
    model = _model(run_name, dataset.fingerprint, runs_folder)
    if model.is_ensemble:
        raise ZooError(f"{run_name} has no weights of its own: ship its members")
    import_keras()
    from zoo.shipping.ship import ship

    with progress_bar(f"predicting with {model.run.architecture}") as progress:
        shipped = ship(model.run, dataset, overwrite=overwrite, progress=progress)
    _say_exported(shipped)


def _model(name: str, fingerprint: str | None, runs_folder: Path | None) -> Model:
    """What a name stands for, told to the user."""
    from zoo import models

    resolved = models.resolve(name, fingerprint, runs_or_default(runs_folder))
    click.echo(resolved.chosen)
    return resolved


def _say_exported(run: Run) -> None:
    metrics = run.metrics
    top1, n = metrics["validation"]["top1"], metrics["validation"]["n"]
    difference = metrics["float16"]["largest_probability_difference"]
    click.echo(
        f"{top1:.2%} of {n:,} validation faces; rounding to float16 changed no probability by "
        f"more than {difference:.1e}"
    )
    click.echo(f"wrote {run.folder}")
