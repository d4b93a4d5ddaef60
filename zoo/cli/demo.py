"""``zoo demo``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FOLDER,
    show_tables,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--out", type=FOLDER, help="Folder for the report [$ZOO_HOME/demo/<time>].")
def demo(out: Path | None) -> None:
    """Train, compare, average and explain on drawn faces; a few minutes on two cores."""
    from zoo.backend import import_keras

    import_keras()
    from zoo.demo import run_demo

    report = run_demo(out, say=click.echo, show=show_tables)
    click.echo(f"report: {report}")
