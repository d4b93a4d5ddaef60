"""K-fold cross-validation: one training a round, every face measured once, by a stranger to it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.evaluation.guard import guarded
from zoo.evaluation.notes import absent_classes
from zoo.evaluation.report import per_class_table
from zoo.figures.confusion import confusion_figure
from zoo.files import output_folder, text_sha256, write_json, write_text
from zoo.intervals import DRAWS, percentiles, wilson
from zoo.models import model_of
from zoo.runs import list_runs
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.folds import Folds
    from zoo.predictions import Predictions
    from zoo.runs import Run
    from zoo.tables import Cell
    from zoo.training.recipe import Recipe

POOLED = "folds"
"""What stands for the split of the faces of all folds together."""


@dataclass(frozen=True)
class Fold:
    """One round.

    Attributes:
        run: trained without the faces that it is measured on, which did not choose its epoch.
        predictions: of the faces of its fold.
    """

    run: Run
    predictions: Predictions


def folds_folder(runs: Path, folds: Folds) -> Path:
    """Where the runs of a deal are: below the folder of runs, apart from those on all faces."""
    dataset = folds.dataset
    dealt = f"{folds.count}-by-{folds.group}-s{folds.seed}"
    return runs / POOLED / f"{dataset.name}-{dataset.fingerprint[:8]}-{dealt}"


def cross_validate(
    recipe: Recipe,
    folds: Folds,
    *,
    runs: Path,
    devices: int = 1,
    quiet: bool = False,
    say: Callable[[str], None],
) -> list[Fold]:
    """Train each round that is not trained yet, go on with one that was stopped, and measure all.

    Args:
        recipe: of every round.
        folds: the deal.
        runs: the folder of all runs; see `folds_folder`.
        devices: see `zoo.training.trainer.train`.
        quiet: print nothing of the trainings.
        say: is told of each round what becomes of it.

    Raises:
        TrainingInterrupted: Ctrl-C; the same call goes on.
        ZooError: see `zoo.training.trainer.train` and `resume`.
    """
    from zoo.training import trainer
    from zoo.training.interruption import TrainingInterrupted

    root = folds_folder(runs, folds)
    measured = []
    for fold in range(folds.count):
        dataset = folds.round(fold)
        run = _begun(root, recipe, dataset)
        if run is None or not run.finished:
            say(f"{dataset.name}: {'going on' if run else 'training'} …{_lacking(dataset)}")
        try:
            if run is None:
                run = trainer.train(recipe, dataset, runs=root, devices=devices, quiet=quiet)
            elif not run.finished:
                run = trainer.resume(run, dataset, quiet=quiet)
        except TrainingInterrupted:
            raise TrainingInterrupted(
                f"interrupted in {dataset.name}: the same command goes on there"
            ) from None
        predictions = model_of(run).predictions(dataset, "test", say)
        measured.append(Fold(run, replace(predictions, split=POOLED)))
    return measured


def pooled(measured: Sequence[Fold], folds: Folds) -> Predictions:
    """The predictions of all folds together: each face's by the round that measured it."""
    each = [fold.predictions for fold in measured]
    return replace(
        each[0],
        fingerprint=folds.dataset.fingerprint,
        ids=np.concatenate([one.ids for one in each]),
        labels=np.concatenate([one.labels for one in each]),
        probabilities=np.concatenate([one.probabilities for one in each]),
        seen=np.concatenate([one.seen for one in each if one.seen is not None]),
        found=None,
    )


def over_subjects(
    right: np.ndarray, subjects: np.ndarray, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """The bootstrap's interval of an accuracy where whole subjects are drawn, by percentiles.

    Faces of one subject are right or wrong together, so that an interval which takes them for
    independent, as Wilson's does, is too narrow (Davison & Hinkley 1997, section 3.8).

    Args:
        right: (N,) bool, which faces are right.
        subjects: (N,) text, whose they are.
        confidence: in 0–1.
        seed: of the draw.

    Returns:
        The interval's ends, fractions.
    """
    names, of_face = np.unique(subjects, return_inverse=True)
    hits = np.bincount(of_face, weights=right)
    sizes = np.bincount(of_face)
    drawn = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    return percentiles(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), confidence)


def folds_tables(measured: Sequence[Fold], folds: Folds) -> list[Table]:
    """Each fold and all of them; per class over all faces."""
    everything = pooled(measured, folds)
    metrics = everything.measure()
    name, count = measured[0].run.architecture, folds.count
    by = "subject" if folds.group == "subject" else "face"
    where = f"{name} on {folds.dataset.name}, {count} folds by {by}, n = {len(everything):,}"
    columns = (
        Column("fold"),
        Column("n"),
        Column("top-1 accuracy %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("macro-F1 %", percent=True),
        Column("log-loss", digits=4, lower_is_better=True),
        Column("epoch"),
        Column("run", spare=True),
    )
    each = [one.predictions.measure() for one in measured]
    rows: list[list[Cell]] = [
        [
            f"{number}", one.n, one.top1, *wilson(round(one.top1 * one.n), one.n), one.macro_f1,
            one.log_loss, fold.run.metrics["best_epoch"], fold.run.id,
        ]
        for number, (fold, one) in enumerate(zip(measured, each, strict=True), start=1)
    ]  # fmt: skip
    interval, covers = _interval(everything, folds)
    rows.append(["all", metrics.n, metrics.top1, *interval, metrics.macro_f1, metrics.log_loss])
    rows[-1] += [None, None]
    spread = statistics.stdev(one.top1 for one in each)
    mean = statistics.mean(one.top1 for one in each)
    notes = [
        f"Mean over folds {mean:.2%}, standard deviation {spread * 100:.2f} points: of other "
        "faces and another training together.",
        "No fold chose anything of what measures it: the fold after it chose the epoch, "
        f"{'the third' if count == 3 else f'the other {count - 2}'} trained. The test split was "
        "not read.",
        f"95 % of a fold: Wilson's interval, for faces; of all: {covers}.",
    ]
    absent = [
        f"{number} ({', '.join(lacking)})"
        for number, fold in enumerate(measured, start=1)
        if (lacking := absent_classes(fold.predictions))
    ]
    if absent:
        notes.append(
            f"Folds without a face of some class: {', '.join(absent)}; macro-F1 there is the mean "
            "over the others."
        )
    if folds.group == "none":
        notes.append("Faces of one person may stand in several folds: optimistic for strangers.")
    return [Table(where, columns, rows, notes), per_class_table(metrics, f"{where}: per class")]


def write_folds(root: Path, measured: Sequence[Fold], folds: Folds) -> list[Path]:
    """Write tables, predictions of all faces, confusion matrices and facts; refreshed if there.

    Returns:
        The files.
    """
    first = measured[0].run
    folder = root / "evaluation" / f"{first.architecture}-{first.environment['recipe_sha256'][:8]}"
    everything, tables = pooled(measured, folds), folds_tables(measured, folds)
    interval, _ = _interval(everything, folds)
    facts = {
        "architecture": first.architecture,
        "dataset": folds.dataset.name,
        "fingerprint": folds.dataset.fingerprint,
        "folds": folds.count,
        "group": folds.group,
        "seed": folds.seed,
        "runs": [fold.run.id for fold in measured],
        "interval": interval,
        "notes": list(tables[0].notes),
    }
    with output_folder(folder, overwrite=True) as temporary:
        for name, table in zip(("folds.csv", "per-class.csv"), tables, strict=True):
            kept = guarded(table, POOLED, len(everything), "nothing", None)
            write_text(temporary / name, kept.csv())
        everything.write(temporary / "predictions.npz")
        confusion_figure(
            np.asarray(everything.measure().confusion), everything.classes,
            model=first.architecture, split=f"{folds.count} folds of {folds.dataset.name}",
            path=temporary / "confusion.png",
        )  # fmt: skip
        write_json(temporary / "metrics.json", facts | everything.measure().as_json())
    return sorted(folder.iterdir())


def _interval(everything: Predictions, folds: Folds) -> tuple[tuple[float, float], str]:
    """Of the accuracy on all faces, and what it covers."""
    right = everything.probabilities.argmax(axis=1) == everything.labels
    if (subjects := folds.subjects) is None:
        return wilson(int(right.sum()), len(right)), "Wilson's, for faces"
    of_face = dict(zip(folds.faces.ids.tolist(), subjects.tolist(), strict=True))
    drawn = np.array([of_face[name] for name in everything.ids.tolist()])
    return over_subjects(right, drawn), "the bootstrap's, where whole subjects are drawn"


def _begun(root: Path, recipe: Recipe, dataset: Dataset) -> Run | None:
    """The run of a round by just this recipe, the finished one first; None where there is none."""
    wanted = text_sha256(recipe.to_toml())
    fitting = [
        run
        for run in list_runs(root)
        if run.fault is None
        and run.environment["fingerprint"] == dataset.fingerprint
        and run.environment["recipe_sha256"] == wanted
    ]
    return max(fitting, key=lambda run: (run.finished, run.id), default=None)


def _lacking(dataset: Dataset) -> str:
    """A remark that names classes of which the fold that measures has no face, or nothing."""
    absent = [name for name, count in dataset.class_counts("test").items() if not count]
    return f" (no face of {', '.join(absent)} to measure)" if absent else ""


def check_folds(folds: Folds) -> None:
    """Deal now, and refuse what cannot be measured.

    Raises:
        ZooError: there are fewer subjects or faces than folds, or a fold without a face.
    """
    sizes = np.bincount(folds.parts, minlength=folds.count)
    if empty := [str(fold + 1) for fold in np.flatnonzero(sizes == 0).tolist()]:
        raise ZooError(f"{folds.count} folds: fold {', '.join(empty)} has no face: take fewer")
