"""The part of the transfer study on a backbone: from ImageNet's weights against from scratch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from study import ONE_SEED, Trial, gains, read_history, was_right

from zoo import configs, home
from zoo.errors import ZooError
from zoo.figures.curves import Curve, curves_figure
from zoo.files import file_sha256
from zoo.intervals import wilson
from zoo.runs import find_run, finished_runs
from zoo.tables import Column, Table
from zoo.training.recipes import load_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from study import Gain

    from zoo.data.dataset import Dataset
    from zoo.runs import Run

STARTS = ("from ImageNet", "from scratch")

_OF_THE_START = {"init", "phases", "optimizer.learning_rate"}
"""Keys of the recipe in which the two differ: each start has its own way of learning."""


@dataclass(frozen=True)
class Study:
    """What is trained, by its own recipe, from both starts.

    Attributes:
        network: its architecture's name.
        seed: of both trainings.
        epochs: of both trainings.
        epoch_seconds: what one takes on two quiet cores of an AMD EPYC.
    """

    network: str = "mobilenet_v2"
    seed: int = 0
    epochs: int = 8
    epoch_seconds: float = 80


STUDY = Study()


def work(study: Study, weights: Path | None, dataset: Dataset) -> list[tuple[Trial, Dataset]]:
    """Both trainings.

    Raises:
        ZooError: there is no file of ImageNet weights.
    """
    if weights is None or not weights.is_file():
        raise ZooError(
            f"--imagenet {weights or 'FILE'}: no such file of {study.network}'s weights"
        )
    todo = []
    for start in STARTS:
        transferred = start == STARTS[0]
        init = str(weights.resolve()) if transferred else "none"
        own = {"init": init, "seed": study.seed, "epochs": study.epochs}
        trial = Trial(
            f"{study.network}, {start}",
            load_recipe(study.network, overrides=own),
            fingerprint=dataset.fingerprint,
            init_sha256=file_sha256(weights) if transferred else None,
            seconds=study.epochs * study.epoch_seconds + 30,
        )
        todo.append((trial, dataset))
    return todo


def report(study: Study, runs: Path, names: Sequence[str] | None, images: Path | None) -> str:
    """Table and picture of both runs as Markdown; nothing where they have not finished."""
    pair = find_pair(study, runs, names)
    if pair is None:
        return ""
    table = table_of(pair)
    text = table.markdown()
    if images:
        curves = [_curve(start, run) for start, run in zip(STARTS, pair, strict=True)]
        path, n = images / "transfer-backbone.png", pair[0].metrics["validation"]["n"]
        curves_figure(curves, n=n, title=table.title, path=path, overwrite=True)
        text += f"\n![Validation accuracy by epoch](images/{path.name})\n"
    return text


def find_pair(study: Study, runs: Path, names: Sequence[str] | None) -> tuple[Run, Run] | None:
    """The run from pre-trained weights and that from scratch, of one budget.

    Args:
        study: whose network they are of.
        runs: where they are looked for.
        names: ids or folders of both; None: any two below `runs` of the study's seed and epochs.

    Raises:
        ZooError: what is named is no such pair, or there are several pairs.
    """
    if names:
        found = [find_run(runs, name) or find_run(home.runs_folder(), name) for name in names]
        candidates = [run for run in found if run and run.finished]
    else:
        wanted = {"seed": study.seed, "epochs": study.epochs}
        candidates = [
            run
            for run in finished_runs(runs)
            if run.architecture == study.network and wanted.items() <= run.recipe.items()
        ]
    pairs = [
        (transferred, scratch)
        for transferred in candidates
        for scratch in candidates
        if transferred.recipe["init"] != "none" == scratch.recipe["init"]
        and _budget(transferred) == _budget(scratch)
    ]
    if names and not pairs:
        raise ZooError(
            f"--pair {' '.join(names)}: expected two finished runs of one architecture, one of "
            "them with init none, of the same data, limit and recipe but for "
            f"{', '.join(sorted(_OF_THE_START))}"
        )
    if len(pairs) > 1:
        raise ZooError(f"{runs}: several pairs of {study.network}: name one with --pair")
    return pairs[0] if pairs else None


def _budget(run: Run) -> tuple:
    """What two runs that are compared must have in common."""
    recorded = (run.metrics.get(key) for key in ("fingerprint", "limit", "exclusions"))
    asked = configs.flat(run.recipe, lists=False)
    return (*recorded, {key: asked[key] for key in asked.keys() - _OF_THE_START})


def table_of(pair: tuple[Run, Run]) -> Table:
    """One row per start."""
    by_start = dict(zip(STARTS, pair, strict=True))
    gained = gains({start: {0: was_right(run)} for start, run in by_start.items()}, STARTS[1])
    metrics, recipe = pair[0].metrics, pair[0].recipe
    return Table(
        f"{pair[0].architecture}: validation, n = {metrics['validation']['n']:,}; "
        f"{recipe['epochs']} epochs of {metrics['train_faces']:,} faces, seed {recipe['seed']}",
        [
            Column("start"),
            Column("first epoch, top-1 %", percent=True),
            Column("last epoch, top-1 %", percent=True),
            Column("best epoch"),
            Column("its top-1 %", percent=True),
            Column("95 % interval"),
            Column("gain, points"),
            Column("its 95 % interval"),
            Column("minutes", digits=0),
        ],
        [_row(start, run, gained.get(start)) for start, run in by_start.items()],
        ["The validation faces chose the best epoch.", ONE_SEED],
    )


def _row(start: str, run: Run, gain: Gain | None) -> tuple:
    accuracies, reached = _curve(start, run).accuracies, run.metrics["validation"]
    low, high = wilson(round(reached["top1"] * reached["n"]), reached["n"])
    return (
        start,
        accuracies[0],
        accuracies[-1],
        run.metrics["best_epoch"],
        reached["top1"],
        f"{low * 100:.1f} to {high * 100:.1f}",
        gain and gain.points,
        gain and gain.interval,
        run.metrics["train_seconds"] / 60,
    )


def _curve(start: str, run: Run) -> Curve:
    """Validation accuracy by epoch, and where a phase begins."""
    rows = read_history(run)
    begun = {row["phase"]: int(row["epoch"]) for row in reversed(rows)}
    return Curve(
        start,
        [float(row["val_accuracy"]) for row in rows],
        {epoch: phase for phase, epoch in begun.items()} if len(begun) > 1 else {},
    )
