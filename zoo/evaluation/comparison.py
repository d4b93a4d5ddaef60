"""The leaderboard: many models, the same faces, one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.evaluation.entry import VIEWS, distinct_names, single_view_name
from zoo.evaluation.notes import (
    FLIP,
    absent_notes,
    calibration_notes,
    counted,
    left_out_notes,
    other_classes_notes,
    seen_notes,
    split_notes,
)
from zoo.intervals import bootstrap_share, wilson
from zoo.metrics import top_k
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zoo.evaluation.entry import Entry
    from zoo.predictions import Predictions
    from zoo.tables import Cell


UNSEEN = "unseen top-1 %"
"""The column of accuracies on faces that do not also stand in train."""


def comparison_table(
    entries: Sequence[Entry], *, data_name: str | None = None, test_readings: int | None = None
) -> Table:
    """The models best accuracy first; `Table.sorted_by` gives any other order.

    Args:
        entries: models with predictions on the same faces.
        data_name: what the data set is called; None: the beginning of its fingerprint.
        test_readings: how often its test split has been read.

    Raises:
        ZooError: there are no entries, or two of them speak of different faces.
    """
    first = same_faces(entries)
    entries = distinct_names(entries)
    told = () if first.split != "test" or test_readings is None else (test_readings,)
    remarked, unseen = any(entry.remarks for entry in entries), first.unseen is not None
    columns = (
        Column("model"),
        Column("top-1 accuracy %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("bootstrap low", percent=True, spare=3),
        Column("bootstrap high", percent=True, spare=3),
        *((Column(UNSEEN, percent=True),) if unseen else ()),
        Column("macro-F1 %", percent=True),
        Column("balanced accuracy %", percent=True, spare=1),
        Column("top-2 %", percent=True, spare=1),
        Column("log-loss", digits=4, lower_is_better=True),
        Column("Brier", digits=4, lower_is_better=True, spare=1),
        Column("ECE %", percent=True, lower_is_better=True, spare=1),
        Column("parameters", lower_is_better=True),
        Column("multiply-adds, millions", digits=1, lower_is_better=True, spare=1),
        Column("MB", lower_is_better=True, spare=1),
        Column("ms per face, batch 256", lower_is_better=True),
        Column("ms per face, batch 1", lower_is_better=True, spare=1),
        Column("training min", digits=1, lower_is_better=True),
        Column("split", spare=2),
        Column("n", spare=2),
        Column("split chose", spare=2),
        *((Column("test readings", spare=2),) if told else ()),
        *((Column("remarks", spare=1),) if remarked else ()),
    )
    seen = first.seen if unseen else None
    rows = [
        (*_row(entry, seen), *told, *((entry.remarks,) if remarked else ())) for entry in entries
    ]
    notes = _notes(entries, first, test_readings)
    return Table(comparison_title(entries, data_name), columns, rows, notes).sorted_by(
        "top-1 accuracy %"
    )


def comparison_title(entries: Sequence[Entry], data_name: str | None) -> str:
    """How many models on which faces: ``3 models on fer2013, validation, n = 3,589``."""
    count = len({single_view_name(entry) for entry in distinct_names(entries)})
    models = "1 model" if count == 1 else f"{count:,} models"
    return f"{models} on {faces_told(entries[0].predictions, data_name)}"


def faces_told(predictions: Predictions, data_name: str | None) -> str:
    """Which faces: ``fer2013, validation, n = 3,589``."""
    data_name = data_name or f"data set {predictions.fingerprint[:8]}…"
    return f"{data_name}, {predictions.split}, {counted(predictions)}"


def same_faces(entries: Sequence[Entry]) -> Predictions:
    """The predictions that know most of the faces that all entries were measured on.

    Raises:
        ZooError: there are no entries, or two of them speak of different faces; it says how.
    """
    if not entries:
        raise ZooError("nothing to compare: train a model first, zoo train ARCHITECTURE")
    first = entries[0]
    for other in entries[1:]:
        if reason := first.predictions.differs(other.predictions):
            raise ZooError(
                f"{first.name} and {other.name} were not measured on the same faces ({reason}): "
                "evaluate both on the same data set and split"
            )
    # Of the same faces one that knows which of them also stand in train knows it for all.
    knowing = (entry.predictions for entry in entries if entry.predictions.seen is not None)
    return next(knowing, first.predictions)


def _row(entry: Entry, seen: np.ndarray | None) -> tuple[Cell, ...]:
    """One line of the table; with `seen`, the accuracy on the other faces is in it."""
    saved, costs = entry.predictions, entry.costs
    metrics = saved.measure()
    right = round(metrics.top1 * metrics.n)
    unseen = () if seen is None else (top_k(saved.labels[~seen], saved.probabilities[~seen], 1),)
    return (
        entry.name, metrics.top1, *wilson(right, metrics.n), *bootstrap_share(right, metrics.n),
        *unseen, metrics.macro_f1, metrics.balanced_accuracy, metrics.top2, metrics.log_loss,
        metrics.brier, metrics.ece, costs.parameters, _per(1e6, costs.multiply_adds),
        _per(1e6, costs.bytes), costs.milliseconds_per_face, costs.milliseconds_at_batch_1,
        _per(60, costs.train_seconds), saved.split, metrics.n, entry.chose,
    )  # fmt: skip


def _per(unit: float, value: float | None) -> float | None:
    return None if value is None else value / unit


def _timing_notes(entries: Sequence[Entry]) -> list[str]:
    """Where the milliseconds were measured, unless it was everywhere the same."""
    places: dict[str, list[str]] = {}
    for entry in entries:
        if entry.costs.timed_on:
            places.setdefault(entry.costs.timed_on, []).append(entry.name)
    if len(places) < 2:
        return [f"ms per face: on {place}." for place in places]
    listed = "; ".join(f"{', '.join(names)}: {place}" for place, names in places.items())
    return [
        "ms per face: not all measured alike, no comparison (zoo compare --costs measures them "
        f"anew): {listed}."
    ]


def _notes(entries: Sequence[Entry], first: Predictions, test_readings: int | None) -> list[str]:
    notes = split_notes(first.split, [entry.chose for entry in entries], test_readings)
    notes += left_out_notes(first.split, first.left_out, first.exclusions)
    notes += other_classes_notes(first)
    for entry in entries:
        notes += [f"{entry.name}: {note}" for note in calibration_notes(entry.predictions)]
    notes += absent_notes(first) + seen_notes(first)
    if unseen := first.unseen:
        notes.append(f"{UNSEEN}: on the {len(unseen):,} faces that do not.")
    notes.append(
        "95 %: Wilson's interval (columns bootstrap: percentiles over draws of the faces): what "
        "another draw of faces would change, not another seed."
    )
    notes += _timing_notes(entries)
    remarked: dict[str, list[str]] = {}
    for entry in entries:
        members = f" ({', '.join(entry.members)})" if entry.members else ""
        if entry.remarks not in ("", VIEWS):  # of the views the one note below tells
            remarked.setdefault(f"{entry.remarks}{members}", []).append(entry.name)
    notes += [f"{', '.join(names)}: {remark}." for remark, names in remarked.items()]
    if any(entry.limit is not None for entry in entries):
        notes.append("A model limited in training faces is a trial, not its architecture's best.")
    if any(entry.predictions.tta == "flip" for entry in entries):
        notes.append(FLIP)
    if any(entry.start == "from scratch" for entry in entries):
        notes.append("from scratch: without the pre-trained weights its architecture starts from.")
    runs = [f"{one.name} = {one.run}" for one in entries if one.run and one.run not in one.name]
    notes += [f"Runs: {'; '.join(runs)}."] if runs else []
    return notes
