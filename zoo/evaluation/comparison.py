"""The leaderboard: many models, the same faces, one table and one picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.evaluation.notes import (
    FLIP,
    FOREIGN,
    absent_notes,
    calibration_notes,
    counted,
    left_out_notes,
    other_classes_notes,
    reading_notes,
    seen_notes,
)
from zoo.evaluation.paired import paired_tests
from zoo.figures.comparison import accuracy_figure
from zoo.intervals import wilson
from zoo.predictions import shown_name
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from zoo.evaluation.paired import PairedTest
    from zoo.predictions import Predictions
    from zoo.runs import Run
    from zoo.tables import Cell


_VIEWS = "two views averaged"
UNSEEN = "unseen top-1 %"
"""The column of accuracies on faces that do not also stand in train."""


@dataclass(frozen=True)
class Entry:
    """One model on the leaderboard.

    Attributes:
        name: the model's.
        predictions: its saved probabilities on the split it is compared on.
        run: its run's id; empty for ensembles and shipped weights.
        members: the names of an ensemble's members; empty for a single model.
        parameters: number of weights.
        milliseconds_per_face: time of one prediction.
        train_seconds: duration of the training.
        limit: the number of training faces it was limited to, if it was.
        left_out: how many training faces a list left out (`zoo.data.exclusions`).
        start: what its weights started from, where that must be said (`zoo.runs.Run.start`).
        trained_on: the data set it was trained on, if that is not the one it is compared on.
        note: anything else to say of it.
    """

    name: str
    predictions: Predictions
    run: str = ""
    members: tuple[str, ...] = ()
    parameters: int | None = None
    milliseconds_per_face: float | None = None
    train_seconds: float | None = None
    limit: int | None = None
    left_out: int = 0
    start: str = ""
    trained_on: str = ""
    note: str = ""

    @property
    def remarks(self) -> str:
        """What a reader must know before comparing it with the others; often empty."""
        remarks = []
        if self.members:
            remarks.append(f"ensemble of {len(self.members)}")
        if self.limit is not None:
            remarks.append(f"{self.limit:,} training face{'s' if self.limit != 1 else ''}")
        if self.left_out:
            remarks.append(f"trained without {self.left_out:,} faces")
        if self.start:
            remarks.append(self.start)
        if self.predictions.tta == "flip":
            remarks.append(_VIEWS)
        if self.predictions.found is not None:
            remarks.append("photos cut to faces")
        if self.trained_on:
            remarks.append(f"trained on {self.trained_on}")
        if self.note:
            remarks.append(self.note)
        return ", ".join(remarks)


def entry_of_run(run: Run, predictions: Predictions) -> Entry:
    """The leaderboard's entry of a finished run.

    Args:
        run: the run.
        predictions: its saved probabilities on the split to compare on.

    Raises:
        ZooError: the run has not finished.
    """
    facts = run.metrics
    single = facts.get("milliseconds_per_face")
    views = 2 if predictions.tta == "flip" else 1
    return Entry(
        name=shown_name(
            run.architecture, predictions.tta, calibrated=bool(predictions.calibration)
        ),
        predictions=predictions,
        run=run.id,
        parameters=facts.get("parameters"),
        milliseconds_per_face=None if single is None else views * single,
        train_seconds=facts.get("train_seconds"),
        limit=facts.get("limit"),
        left_out=(facts.get("exclusions") or {}).get("train", 0),
        start=run.start,
    )


def distinct_names(entries: Sequence[Entry]) -> list[Entry]:
    """The same entries, each with its run's id added where its name stands for several runs.

    A limited run is only a trial of its architecture, and always has its id added.
    """
    often = Counter(name for name, _ in {(_single_view_name(one), one.run) for one in entries})
    return [
        replace(entry, name=_name_with_run(entry))
        if entry.run and (often[_single_view_name(entry)] > 1 or entry.limit is not None)
        else entry
        for entry in entries
    ]


def _name_with_run(entry: Entry) -> str:
    return f"{_single_view_name(entry)} {entry.run}{_views_of(entry)}"


def _single_view_name(entry: Entry) -> str:
    return entry.name.removesuffix(_views_of(entry))


def _views_of(entry: Entry) -> str:
    """What its name ends with that its run's does not."""
    saved = entry.predictions
    return shown_name("", saved.tta, calibrated=saved.calibration is not None)


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
    first = _same_faces(entries)
    entries = distinct_names(entries)
    remarked, unseen = any(entry.remarks for entry in entries), first.unseen is not None
    columns = (
        Column("model"),
        Column("top-1 accuracy %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        *((Column(UNSEEN, percent=True),) if unseen else ()),
        Column("macro-F1 %", percent=True),
        Column("balanced accuracy %", percent=True, spare=True),
        Column("top-2 %", percent=True, spare=True),
        Column("log-loss", digits=4, lower_is_better=True),
        Column("Brier", digits=4, lower_is_better=True, spare=True),
        Column("ECE %", percent=True, lower_is_better=True, spare=True),
        Column("parameters", lower_is_better=True),
        Column("ms per face", lower_is_better=True),
        Column("training min", digits=1, lower_is_better=True),
        Column("split", spare=True),
        Column("n", spare=True),
        *((Column("remarks", spare=True),) if remarked else ()),
    )
    seen = first.seen if unseen else None
    rows = [(*_row(entry, seen), *((entry.remarks,) if remarked else ())) for entry in entries]
    data_name = data_name or f"data set {first.fingerprint[:8]}…"
    count = len({_single_view_name(entry) for entry in entries})
    models = "1 model" if count == 1 else f"{count} models"
    title = f"{models} on {data_name}, {first.split}, {counted(first)}"
    notes = _notes(entries, first, test_readings)
    return Table(title, columns, rows, notes).sorted_by("top-1 accuracy %")


def paired_table(entries: Sequence[Entry]) -> Table:
    """Whether any two models differ on the same faces, as a matrix, the best first.

    Args:
        entries: models with predictions on the same faces.

    Raises:
        ZooError: there are no entries, or two of them speak of different faces.
    """
    first = _same_faces(entries)
    ranked = sorted(
        distinct_names(entries), key=lambda entry: entry.predictions.measure().top1, reverse=True
    )
    right = {
        entry.name: entry.predictions.probabilities.argmax(axis=1) == entry.predictions.labels
        for entry in ranked
    }
    tests = {(test.first, test.second): test for test in paired_tests(right)}
    columns = [Column("top-1 less that of"), *(Column(name) for name in right)]
    rows: list[list[Cell]] = []
    for name in right:
        there = [tests.get((name, other)) for other in right]
        rows.append([name, *(_difference(test) if test else None for test in there)])
    pairs = f"{len(tests)} pairs" if len(tests) > 1 else "1 pair"
    notes = [
        "Points; in brackets the 95 % interval of the paired bootstrap, and p of the exact "
        f"McNemar test after Holm's correction for {pairs}: what another draw of faces would "
        "change, not another training seed."
    ]
    return Table(f"Differences on {first.split}, {counted(first)}", columns, rows, notes)


def _difference(test: PairedTest) -> str:
    p = f"p = {test.p_corrected:.3f}" if test.p_corrected >= 0.001 else "p < 0.001"
    points = [f"{100 * value:+.2f}" for value in (test.difference, test.low, test.high)]
    return f"{points[0]} ({points[1]} to {points[2]}, {p})"


def _same_faces(entries: Sequence[Entry]) -> Predictions:
    if not entries:
        raise ZooError("nothing to compare: train a model first, zoo train ARCHITECTURE")
    first = entries[0]
    for other in entries[1:]:
        if not first.predictions.same_faces(other.predictions):
            raise ZooError(
                f"{first.name} and {other.name} were not measured on the same faces: "
                "evaluate both on the same data set and split"
            )
    # Of the same faces one that knows which of them also stand in train knows it for all.
    knowing = (entry.predictions for entry in entries if entry.predictions.seen is not None)
    return next(knowing, first.predictions)


def _row(entry: Entry, seen: np.ndarray | None) -> tuple[Cell, ...]:
    """One line of the table; with `seen`, the accuracy on the other faces is in it."""
    saved = replace(entry.predictions, seen=seen)
    metrics, unseen = saved.measure(), saved.unseen
    low, high = wilson(round(metrics.top1 * metrics.n), metrics.n)
    minutes = None if entry.train_seconds is None else entry.train_seconds / 60
    return (
        entry.name, metrics.top1, low, high, *((unseen.measure().top1,) if unseen else ()),
        metrics.macro_f1, metrics.balanced_accuracy, metrics.top2, metrics.log_loss, metrics.brier,
        metrics.ece, entry.parameters, entry.milliseconds_per_face, minutes, saved.split,
        metrics.n,
    )  # fmt: skip


def _notes(entries: Sequence[Entry], first: Predictions, test_readings: int | None) -> list[str]:
    notes, split = [], first.split
    if split == "validation" and not all(entry.trained_on for entry in entries):
        notes.append("validation chose each model's epoch: optimistic numbers.")
    notes += [FOREIGN] if any(entry.trained_on for entry in entries) else []
    notes += left_out_notes(first) + other_classes_notes(first)
    notes += reading_notes(split, test_readings)
    for entry in entries:
        notes += [f"{entry.name}: {note}" for note in calibration_notes(entry.predictions)]
    notes += absent_notes(first) + seen_notes(first)
    if unseen := first.unseen:
        notes.append(f"{UNSEEN}: on the {len(unseen):,} faces that do not.")
    notes.append(
        "95 %: Wilson's interval, what another draw of faces would change; not another seed."
    )
    remarked: dict[str, list[str]] = {}
    for entry in entries:
        members = f" ({', '.join(entry.members)})" if entry.members else ""
        if entry.remarks not in ("", _VIEWS):  # of the views the one note below tells
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


def comparison_figure(
    entries: Sequence[Entry], path: Path, *, data_name: str | None = None, overwrite: bool = False
) -> None:
    """Draw the accuracies of models on the same faces, with intervals, best on top.

    Args:
        entries: models with predictions on the same faces.
        path: where the picture goes.
        data_name: what the data set is called; None: the beginning of its fingerprint.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: two of them speak of different faces, or `path` exists.
    """
    first = _same_faces(entries)
    table = comparison_table(entries, data_name=data_name)
    remarks = {entry.name: entry.remarks for entry in distinct_names(entries)}
    names, accuracies, lows, highs = zip(*(row[:4] for row in table.rows), strict=True)
    accuracy_figure(
        names,
        accuracies,
        intervals=list(zip(lows, highs, strict=True)),
        remarks=[remarks[name] for name in names],
        majority=first.measure().majority,
        chance=1 / len(first.classes),
        title=table.title,
        path=path,
        overwrite=overwrite,
    )
