"""The leaderboard's pictures: accuracies, accuracy against cost, classes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from zoo.errors import ZooError, unknown
from zoo.evaluation.comparison import comparison_title, faces_told, same_faces
from zoo.evaluation.entry import distinct_names
from zoo.evaluation.notes import split_notes, with_split_notes
from zoo.figures.class_bars import LARGEST as MOST_COLOURS
from zoo.figures.class_bars import class_bars_figure
from zoo.figures.comparison import accuracy_figure
from zoo.figures.pareto import pareto_figure
from zoo.intervals import bootstrap_f1, wilson
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.evaluation.entry import Entry
    from zoo.metrics import Metrics
    from zoo.tables import Cell

LARGEST = 40
"""Models in a picture: of more the best are drawn, and the title says so."""

COSTS = {
    "multiply-adds": ("multiply_adds", 1e6, "multiply-adds per face, millions"),
    "parameters": ("parameters", 1e6, "parameters, millions"),
    "size": ("bytes", 1e6, "size of the weights' file, MB"),
    "ms": ("milliseconds_per_face", 1.0, "milliseconds per face in batches of 256"),
    "ms-alone": ("milliseconds_at_batch_1", 1.0, "milliseconds of a face alone"),
}
"""What accuracy can be drawn against: the attribute of `Costs`, its unit, the axis' label."""


def comparison_figure(
    entries: Sequence[Entry],
    path: Path,
    *,
    data_name: str | None = None,
    test_readings: int | None = None,
    overwrite: bool = False,
) -> None:
    """Draw the accuracies of models on the same faces, with intervals, best on top.

    Args:
        entries: models with predictions on the same faces.
        path: where the picture goes.
        data_name: what the data set is called; None: the beginning of its fingerprint.
        test_readings: how often its test split has been read.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: two of them speak of different faces, or `path` exists.
    """
    first = same_faces(entries)
    best = best_first(entries)
    shares = [entry.predictions.measure().top1 for entry in best]
    n = len(first)
    accuracy_figure(
        [entry.name for entry in best],
        shares,
        intervals=[wilson(round(share * n), n) for share in shares],
        remarks=[entry.remarks for entry in best],
        majority=first.measure().majority,
        chance=1 / len(first.classes),
        title=_title(entries, best, data_name, test_readings),
        path=path,
        overwrite=overwrite,
    )


def cost_figure(
    entries: Sequence[Entry],
    path: Path,
    *,
    cost: str = "multiply-adds",
    data_name: str | None = None,
    test_readings: int | None = None,
    overwrite: bool = False,
) -> None:
    """Draw accuracy against a cost, and the front of those that none beats in both.

    Args:
        entries: models with predictions on the same faces.
        path: where the picture goes.
        cost: a key of `COSTS`. A model of which it is not known is named in the title.
        data_name: as for `comparison_figure`.
        test_readings: as for `comparison_figure`.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: as `comparison_figure`; or `cost` is none, or known of no model.
    """
    if cost not in COSTS:
        raise unknown("cost", cost, list(COSTS))
    attribute, unit, label = COSTS[cost]
    same_faces(entries)
    best = best_first(entries)
    drawn = [entry for entry in best if getattr(entry.costs, attribute)]
    if not drawn:
        raise ZooError(f"the {cost} of no model here is recorded: zoo compare --costs measures it")
    title = _title(entries, best, data_name, test_readings)
    if missing := [entry.name for entry in best if entry not in drawn]:
        title += f"\nnot known of {', '.join(missing)}"
    n = len(drawn[0].predictions)
    shares = [entry.predictions.measure().top1 for entry in drawn]
    pareto_figure(
        [entry.name for entry in drawn],
        shares,
        [getattr(entry.costs, attribute) / unit for entry in drawn],
        intervals=[wilson(round(share * n), n) for share in shares],
        marked=[bool(entry.remarks) for entry in drawn],
        cost_label=label,
        title=title,
        path=path,
        overwrite=overwrite,
    )


def per_class_figure(
    entries: Sequence[Entry],
    path: Path,
    *,
    data_name: str | None = None,
    test_readings: int | None = None,
    overwrite: bool = False,
) -> None:
    """Draw each class's F1 for the best models, with the bootstrap's intervals.

    For arguments and refusals see `comparison_figure`.
    """
    first = same_faces(entries)
    best = best_first(entries)[:MOST_COLOURS]
    supports = [one.support for one in first.measure().per_class]
    class_bars_figure(
        [f"{name}\nn = {n:,}" for name, n in zip(first.classes, supports, strict=True)],
        {entry.name: class_intervals(entry.predictions.measure()) for entry in best},
        title=_title(entries, best, data_name, test_readings),
        path=path,
        overwrite=overwrite,
    )


@lru_cache(maxsize=2 * LARGEST)
def class_intervals(metrics: Metrics) -> tuple[tuple[float, float, float] | None, ...]:
    """Each class's F1 with the bootstrap's 95 % interval; None of a class without faces."""
    intervals: list[tuple[float, float, float] | None] = []
    for place, one in enumerate(metrics.per_class):
        hits = metrics.confusion[place][place]
        false = sum(row[place] for row in metrics.confusion) - hits
        if one.f1 is None:
            intervals.append(None)
        else:
            interval = bootstrap_f1(hits, false, one.support - hits, metrics.n)
            intervals.append((one.f1, *interval))
    return tuple(intervals)


def per_class_comparison(
    entries: Sequence[Entry],
    *,
    data_name: str | None = None,
    test_readings: int | None = None,
) -> Table:
    """Each model's F1 per class, best model first, with the bootstrap's intervals.

    For arguments and refusals see `comparison_figure`.
    """
    first = same_faces(entries)
    measured = first.measure()
    columns = [Column("F1 %, model")]
    columns += [Column(f"{one.name}, n = {one.support:,}") for one in measured.per_class]
    rows: list[list[Cell]] = [
        [entry.name, *map(_shown, class_intervals(entry.predictions.measure()))]
        for entry in best_first(entries)
    ]
    notes = split_notes(first.split, [entry.chose for entry in entries], test_readings)
    notes.append("In brackets: the bootstrap's 95 % interval. – : the class has no face here.")
    return Table(f"F1 per class, {faces_told(first, data_name)}", columns, rows, notes)


def _shown(interval: tuple[float, float, float] | None) -> str | None:
    if interval is None:
        return None
    f1, low, high = (100 * value for value in interval)
    return f"{f1:.1f} ({low:.1f}–{high:.1f})"


def best_first(entries: Sequence[Entry]) -> list[Entry]:
    """The best models, `LARGEST` at most, under names that tell them apart."""
    named = distinct_names(entries)
    return sorted(named, key=lambda one: one.predictions.measure().top1, reverse=True)[:LARGEST]


def _title(
    entries: Sequence[Entry],
    shown: Sequence[Entry],
    data_name: str | None,
    test_readings: int | None,
) -> str:
    """What is drawn, on which split and how many faces, what that chose, how often it was read."""
    title = comparison_title(entries, data_name)
    if len(shown) < len(entries):
        title = f"The best {len(shown)} of {title}"
    split = entries[0].predictions.split
    return with_split_notes(title, split, [entry.chose for entry in entries], test_readings)
