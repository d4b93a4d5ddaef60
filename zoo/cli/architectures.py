"""``zoo list`` and ``zoo show``."""

from __future__ import annotations

from pathlib import Path

import click

from zoo.cli.common import (
    FILE,
    data_option,
    overwrite_option,
    runs_option,
    runs_or_default,
    say_written,
    show_tables,
)
from zoo.errors import ZooError


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
@click.argument("name", required=False)
@click.option("--illumination", is_flag=True, help="Draw every illumination correction instead.")
@click.option("--out", type=FILE, help="The picture of --illumination [illumination.png].")
@overwrite_option
def show(name: str | None, illumination: bool, out: Path | None, overwrite: bool) -> None:
    """Show an architecture's layers, shapes, parameters and facts."""
    from zoo.backend import import_keras

    if illumination == bool(name) or (not illumination and (out or overwrite)):
        raise ZooError("zoo show NAME shows an architecture, zoo show --illumination a picture")
    import_keras()
    if name:
        from zoo.architectures.summary import show as show_architecture

        show_tables(*show_architecture(name))
        return
    from zoo.preprocessing.illumination.picture import draw_picture

    path = out or Path("illumination.png")
    draw_picture(path, overwrite=overwrite)
    say_written([path])
