"""``zoo list`` and ``zoo show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    data_option,
    runs_option,
    runs_or_default,
    show_tables,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command("list")
@data_option
@runs_option
def list_(data_name: str | None, runs_folder: Path | None) -> None:
    """List the architectures, and the best run of each."""
    from zoo import models
    from zoo.architectures.summary import list_table
    from zoo.runs import damaged_runs

    runs = runs_or_default(runs_folder)
    fingerprint = models.fingerprint(data_name) if data_name else None
    show_tables(list_table(models.best_accuracies(fingerprint, runs)))
    for line in damaged_runs(runs):
        click.echo(line, err=True)


@click.command()
@click.argument("name")
def show(name: str) -> None:
    """Show an architecture's layers, shapes, parameters and facts."""
    from zoo.architectures.summary import show as show_architecture
    from zoo.backend import import_keras

    import_keras()
    show_tables(*show_architecture(name))
