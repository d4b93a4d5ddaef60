"""Everything about one model on one split: tables, files, confusion matrices."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.evaluation.guard import guarded
from zoo.evaluation.notes import counted, evaluation_notes, seen_notes
from zoo.figures.confusion import confusion_figure
from zoo.files import refuse_existing, write_json, write_text
from zoo.intervals import wilson
from zoo.predictions import headline, stem
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.evaluation.guard import Guard
    from zoo.metrics import Metrics
    from zoo.predictions import Predictions
    from zoo.tables import Cell


def evaluation_tables(
    predictions: Predictions,
    name: str,
    *,
    chose: str,
    test_readings: int | None,
    remarks: str = "",
    guard: Guard | None = None,
) -> list[Table]:
    """The summary and the per-class table of one model.

    Args:
        predictions: the model's saved probabilities.
        name: the model's.
        chose: what the split chose of the model (`zoo.evaluation.guard.split_chose`).
        test_readings: how often the data set's test split has been read, this time included;
            None if nobody counts.
        remarks: what must be said of the model itself (`zoo.evaluation.entry.Entry`).
        guard: which of the faces the model has seen before; None where that is not known.
    """
    notes = evaluation_notes(predictions, chose, test_readings, guard)
    return _tables(predictions, name, remarks, notes, guard)


def _tables(
    predictions: Predictions, name: str, remarks: str, notes: Sequence[str], guard: Guard | None
) -> list[Table]:
    metrics = predictions.measure()
    count = len(metrics.per_class)
    floor = f"{count - 1}/{count} = {metrics.binary_accuracy_floor * 100:.2f} %"
    binary = (
        f"BinaryAccuracy(threshold 0.5) over {count} one-hot outputs is not an accuracy: outputs "
        f"that never exceed 0.5 get {floor}."
    )
    majority = (
        f"Always answering the most frequent class gets {metrics.majority * 100:.2f} % top-1."
    )
    where = f"{_title(name, remarks)} on {predictions.split}, {counted(predictions)}"
    everything = "all but those left out" if predictions.exclusions else "all"
    rows = [(everything, name, predictions.split, *_summary(metrics))]
    if unseen := predictions.unseen:
        rows.append(("not also in train", name, predictions.split, *_summary(unseen.measure())))
    if new := new_faces(predictions, guard):
        rows.append(("new to the model", name, predictions.split, *_summary(new.measure())))
    if shared := predictions.renormalized:
        faces = f"renormalized to {len(shared.classes)} shared classes"
        rows.append((faces, name, predictions.split, *_summary(shared.measure())))
    below = [*notes, *seen_notes(predictions), majority, binary]
    return [
        Table(where, _SUMMARY, rows, below, tall=True),
        per_class_table(metrics, f"{where}: per class", notes),
    ]


def new_faces(predictions: Predictions, guard: Guard | None) -> Predictions | None:
    """Those of the faces that the model has not seen; None if unknown, none, or told already.

    On the faces that do not also stand in train the numbers are told anyway.
    """
    if guard is None or not guard.new.any():
        return None
    told = predictions.seen is not None and np.array_equal(guard.new, ~predictions.seen)
    return None if told or guard.new.all() else predictions.only(guard.new)


_SUMMARY = (
    Column("faces"),
    Column("model"),
    Column("split"),
    Column("n"),
    Column("top-1 accuracy %", percent=True),
    Column("95 % low", percent=True),
    Column("95 % high", percent=True),
    Column("top-2 %", percent=True),
    Column("macro-F1 %", percent=True),
    Column("log-loss", digits=4, lower_is_better=True),
    Column("BinaryAccuracy %", percent=True),
)


def _summary(metrics: Metrics) -> tuple[Cell, ...]:
    """The numbers of one row of the summary, in the order of `_SUMMARY`."""
    low, high = wilson(round(metrics.top1 * metrics.n), metrics.n)
    return (
        metrics.n, metrics.top1, low, high, metrics.top2, metrics.macro_f1, metrics.log_loss,
        metrics.binary_accuracy,
    )  # fmt: skip


def per_class_table(metrics: Metrics, title: str, notes: Sequence[str] = ()) -> Table:
    """One row per class: precision, recall, F1, support."""
    columns = (
        Column("class"),
        Column("precision %", percent=True),
        Column("recall %", percent=True),
        Column("F1 %", percent=True),
        Column("support"),
    )
    rows = [
        (one.name, one.precision, one.recall, one.f1, one.support) for one in metrics.per_class
    ]
    return Table(title, columns, rows, notes)


def confusion_table(metrics: Metrics, title: str) -> Table:
    """Counts, row = label, column = prediction."""
    names = [one.name for one in metrics.per_class]
    columns = (Column("label ↓, prediction →"), *(Column(name) for name in names))
    rows: list[list[Cell]] = [
        [name, *counts] for name, counts in zip(names, metrics.confusion, strict=True)
    ]
    return Table(title, columns, rows)


def _title(name: str, remarks: str) -> str:
    if not remarks:
        return name
    return f"{remarks}," if remarks.startswith(name) else f"{name}, {remarks},"


def write_evaluation(
    folder: Path,
    predictions: Predictions,
    name: str,
    *,
    chose: str,
    test_readings: int | None,
    remarks: str = "",
    guard: Guard | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write metrics (json), both tables (csv) and the confusion matrices (png).

    The files are called after the split, ``validation-metrics.json`` and so on, those of averaged
    views ``validation-flip-metrics.json``. For the other arguments see `evaluation_tables`.

    Returns:
        The files, in the order above.

    Raises:
        ZooError: one of them exists and `overwrite` is false; none is written then.
    """
    endings = ("metrics.json", "summary.csv", "per-class.csv", "confusion.png")
    split, classes = predictions.split, predictions.classes
    files = [folder / f"{stem(split, predictions.tta)}-{ending}" for ending in endings]
    for file in files:
        refuse_existing(file, overwrite=overwrite)
    metrics = predictions.measure()
    notes = evaluation_notes(predictions, chose, test_readings, guard)
    facts = {"model": name, "remarks": remarks, "split": split, "tta": predictions.tta}
    facts |= {"fingerprint": predictions.fingerprint, "split chose": chose}
    out: dict[str, Any] = {"exclusions": predictions.exclusions}
    out["left_out"] = predictions.left_out
    out["data_classes"] = dict(predictions.data_classes)
    out["calibration"] = predictions.calibration and asdict(predictions.calibration)
    if predictions.found is not None:
        out["without a face"] = predictions.ids[predictions.found == 0].tolist()
        out["several faces"] = predictions.ids[predictions.found > 1].tolist()
    others = {"unseen": predictions.unseen, "new": new_faces(predictions, guard)}
    others["renormalized"] = predictions.renormalized
    measured = out | {"notes": notes} | {key: headline(some) for key, some in others.items()}
    write_json(files[0], facts | measured | metrics.as_json())
    tables = _tables(predictions, name, remarks, notes, guard)
    for file, table in zip(files[1:3], tables, strict=True):
        write_text(file, guarded(table, split, metrics.n, chose, test_readings).csv())
    confusion_figure(
        np.asarray(metrics.confusion), classes, model=textwrap.fill(_title(name, remarks), 60),
        split=split, path=files[3], overwrite=overwrite,
    )  # fmt: skip
    return files
