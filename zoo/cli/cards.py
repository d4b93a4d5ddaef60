"""``zoo weights card``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.common import FILE, overwrite_option, runs_option, runs_or_default, say_written
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("card")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--all", "every", is_flag=True, help="All shipped models, into the folder --out.")
@click.option("--out", type=FILE, metavar="FILE", help="Where it goes [the terminal].")
@runs_option
@overwrite_option
def weights_card(
    name: str | None, every: bool, out: Path | None, runs_folder: Path | None, overwrite: bool
) -> None:
    """Write the card of a shipped model, or of a finished run, as Markdown."""
    from zoo.files import refuse_existing, write_text
    from zoo.reports.cards import card, card_model, shipped_models

    if name is not None and not every:
        text = card(card_model(name, runs_or_default(runs_folder)))
        if out is None:
            click.echo(text, nl=False)
            return
        cards = {out: text}
    elif name is None and every and out is not None:
        cards = {out / f"{model.name}.md": card(model) for model in shipped_models()}
    else:
        raise ZooError("name a shipped model or a run; or --all with --out FOLDER")
    for path in cards:
        refuse_existing(path, overwrite=overwrite)
    for path, text in cards.items():
        write_text(path, text)
    say_written(list(cards))
    if not cards:
        click.echo("no weights come with this version: name a run")
