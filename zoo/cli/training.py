"""``zoo train``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.common import (
    FILE,
    data_option,
    dataset_or_only,
    runs_option,
    runs_or_default,
)
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("architecture", required=False)
@data_option
@runs_option
@click.option("--config", type=FILE, metavar="FILE", help="A TOML over the built-in recipe.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One recipe key.")
@click.option("--epochs", type=int, help="Short for --set epochs=N.")
@click.option("--seed", type=int, help="Short for --set seed=N.")
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]))
@click.option("--limit", type=int, metavar="N", help="Train on N faces only.")
@click.option("--resume", metavar="RUN", help="Go on with an unfinished run.")
def train(
    architecture: str | None,
    data_name: str | None,
    runs_folder: Path | None,
    config: Path | None,
    settings: tuple[str, ...],
    limit: int | None,
    resume: str | None,
    **overrides: Any,
) -> None:
    """Train an ARCHITECTURE by its recipe, or go on with --resume RUN."""
    from zoo.backend import import_keras

    overrides = {key: value for key, value in overrides.items() if value is not None}
    if resume is not None:
        if architecture or config or settings or limit is not None or overrides or data_name:
            raise ZooError("--resume takes everything from the run: pass it alone")
        import_keras()
        from zoo.training import trainer

        run = trainer.resume(trainer.unfinished(resume, runs_or_default(runs_folder)))
    else:
        if architecture is None:
            raise ZooError("name an architecture (zoo list shows them), or --resume RUN")
        from zoo.training.recipes import load_recipe

        recipe = load_recipe(architecture, config=config, settings=settings, overrides=overrides)
        dataset = dataset_or_only(data_name)
        import_keras()
        from zoo.training import trainer

        run = trainer.train(recipe, dataset, runs=runs_or_default(runs_folder), limit=limit)
    top1, n = run.metrics["validation"]["top1"], run.metrics["validation"]["n"]
    click.echo(
        f"{run.architecture} {run.id}: {top1:.2%} of {n:,} validation faces, epoch "
        f"{run.metrics['best_epoch']} of {run.metrics['epochs']} (chosen on them); {run.folder}"
    )
