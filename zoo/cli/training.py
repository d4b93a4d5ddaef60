"""``zoo train``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.common import (
    FILE,
    data_option,
    dataset_or_only,
    exclusions_option,
    faces_left_out,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    show_tables,
)
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.folds import Group
    from zoo.runs import Run
    from zoo.training.recipe import Recipe


@click.command()
@click.argument("architecture", required=False)
@data_option
@runs_option
@click.option(
    "--init", metavar="none|imagenet|MODEL|FILE",
    help="What the weights start from: chance, ImageNet, another model's or a file's.",
)  # fmt: skip
@click.option("--preset", metavar="NAME", help="Settings of a source, source-adam, … or scratch.")
@click.option("--config", type=FILE, metavar="FILE", help="A TOML over the built-in recipe.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One recipe key.")
@click.option("--epochs", type=int, help="Short for --set epochs=N.")
@click.option("--seed", type=int, help="Short for --set seed=N.")
@click.option("--seeds", metavar="A,B,C", help="One training per seed, then mean and spread.")
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]))
@click.option(
    "--deterministic", is_flag=True, default=None, help="The same bits each time; a little slower."
)
@click.option("--limit", type=int, metavar="N", help="Train on N faces only.")
@exclusions_option
@click.option("--devices", type=int, metavar="N", help="GPUs that share each batch [1].")
@click.option("--folds", type=int, metavar="K", help="Cross-validate: a training per fold.")
@click.option(
    "--group",
    type=click.Choice(["subject", "none"]),
    help="With --folds: whose faces stay together [subject].",
)
@click.option("--resume", metavar="RUN", help="Go on with an unfinished run.")
def train(
    architecture: str | None,
    data_name: str | None,
    runs_folder: Path | None,
    preset: str | None,
    config: Path | None,
    settings: tuple[str, ...],
    seeds: str | None,
    limit: int | None,
    exclusions: Path | None,
    devices: int | None,
    folds: int | None,
    group: Group | None,
    resume: str | None,
    **overrides: Any,
) -> None:
    """Train an ARCHITECTURE by its recipe, or go on with --resume RUN."""
    overrides = {key: value for key, value in overrides.items() if value is not None}
    runs = runs_or_default(runs_folder)
    if resume is not None:
        given = (architecture, preset, config, settings, seeds, overrides, data_name, exclusions)
        if any(given) or any(number is not None for number in (limit, devices, folds, group)):
            raise ZooError("--resume takes everything from the run: pass it alone")
        _resume(resume, runs)
        return
    if architecture is None:
        raise ZooError("name an architecture (zoo list shows them), or --resume RUN")
    from zoo.backend import import_keras, make_deterministic
    from zoo.models import with_initial_run
    from zoo.training.recipes import load_recipe

    fewer = limit is not None or exclusions is not None
    _refuse_contradictions(seeds, overrides.get("seed"), folds, group, fewer_faces=fewer)
    recipes = [
        with_initial_run(
            load_recipe(
                architecture,
                preset=preset,
                config=config,
                settings=settings,
                overrides=overrides | seed,
            ),
            runs,
        )
        for seed in ([{}] if seeds is None else _seeds(seeds))
    ]
    dataset = dataset_or_only(data_name)
    listed = faces_left_out(exclusions, dataset)
    if recipes[0].deterministic:
        make_deterministic()  # JAX must be told before it starts
    import_keras()
    devices = 1 if devices is None else devices
    if folds is not None:
        _cross_validate(recipes[0], dataset, runs, folds, group or "subject", devices)
        return
    _train_each(recipes, dataset, runs, limit=limit, exclusions=listed, devices=devices)


def _train_each(recipes: Sequence[Recipe], dataset: Dataset, runs: Path, **options: Any) -> None:
    """Train by one recipe after the other; with several seeds end with means over them."""
    from zoo.evaluation.notes import split_notes
    from zoo.evaluation.seeds import measure, seeds_table
    from zoo.training import trainer

    trained = []
    for recipe in recipes:
        trained.append(trainer.train(recipe, dataset, runs=runs, **options))
        _say_reached(trained[-1])
    n = len(dataset.split("validation"))
    where = f"{dataset.name}, validation, n = {n:,}"
    notes = split_notes("validation", ["epoch"], None)
    table = seeds_table([measure(run) for run in trained], where, notes)
    if table is not None:
        show_tables(table)


def _refuse_contradictions(
    seeds: str | None,
    seed: int | None,
    folds: int | None,
    group: str | None,
    *,
    fewer_faces: bool,
) -> None:
    if seeds is not None and seed is not None:
        raise ZooError("--seed or --seeds: one of the two")
    if folds is None and group is not None:
        raise ZooError("--group says how --folds K are dealt: pass both")
    if folds is not None and (seeds or fewer_faces):
        raise ZooError("--folds: not together with --seeds, --limit or --exclusions")


def _cross_validate(
    recipe: Recipe, dataset: Dataset, runs: Path, count: int, group: Group, devices: int
) -> None:
    from zoo.data.folds import Folds
    from zoo.evaluation import folds

    dealt = Folds(dataset, count, group, recipe.seed)
    folds.check_folds(dealt)
    measured = folds.cross_validate(recipe, dealt, runs=runs, devices=devices, say=say_aside)
    show_tables(*folds.folds_tables(measured, dealt))
    say_written(folds.write_folds(folds.folds_folder(runs, dealt), measured, dealt))


def _seeds(text: str) -> list[dict[str, int]]:
    try:
        seeds = [int(seed) for seed in text.split(",")]
    except ValueError:
        raise ZooError(f"--seeds {text}: expected whole numbers, e.g. --seeds 0,1,2") from None
    if len(set(seeds)) < len(seeds):
        raise ZooError(f"--seeds {text}: a seed is there twice")
    return [{"seed": seed} for seed in seeds]


def _resume(name: str, runs: Path) -> None:
    from zoo.backend import import_keras, make_deterministic
    from zoo.runs import find_run
    from zoo.training.recipes import recipe_of

    run = find_run(runs, name)
    if run is not None and recipe_of(run).deterministic:
        make_deterministic()  # as above
    import_keras()
    from zoo.training import trainer

    _say_reached(trainer.resume(trainer.unfinished(name, runs)))


def _say_reached(run: Run) -> None:
    top1, n = run.metrics["validation"]["top1"], run.metrics["validation"]["n"]
    start = f" ({run.start})" if run.start else ""
    click.echo(
        f"{run.architecture} {run.id}{start}: {top1:.2%} of {n:,} validation faces, epoch "
        f"{run.metrics['best_epoch']} of {run.metrics['epochs']} (chosen on them); {run.folder}"
    )
