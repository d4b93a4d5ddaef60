"""The leaderboard: many models, the same faces, one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from zoo.errors import ZooError
from zoo.evaluation.guard import SELECTION_SPLIT
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
from zoo.models.costs import costs_of
from zoo.predictions import shown_name
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zoo.models.costs import Costs
    from zoo.predictions import Predictions
    from zoo.runs import Run
    from zoo.tables import Cell


Number = TypeVar("Number", int, float)

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
        multiply_adds: of one face.
        bytes: of its weights' files.
        milliseconds_per_face: time of one prediction in batches of 256.
        milliseconds_at_batch_1: of a face that is predicted alone.
        timed_on: machine, precision and backend of the milliseconds; empty where unknown.
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
    multiply_adds: int | None = None
    bytes: int | None = None
    milliseconds_per_face: float | None = None
    milliseconds_at_batch_1: float | None = None
    timed_on: str = ""
    train_seconds: float | None = None
    limit: int | None = None
    left_out: int = 0
    start: str = ""
    trained_on: str = ""
    note: str = ""

    @property
    def chose(self) -> str:
        """What the split that it is measured on chose of it; of other data that is not known."""
        selection = self.predictions.split == SELECTION_SPLIT
        if self.trained_on:
            partly = selection and self.trained_on.endswith("members)")
            return "some epochs" if partly else "not known"
        return ("epochs" if self.members else "epoch") if selection else "nothing"

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


def entry_of_run(run: Run, predictions: Predictions, costs: Costs | None = None) -> Entry:
    """The leaderboard's entry of a finished run.

    Args:
        run: the run.
        predictions: its saved probabilities on the split to compare on.
        costs: None: `zoo.models.costs.costs_of`.

    Raises:
        ZooError: the run has not finished.
    """
    facts, costs = run.metrics, costs or costs_of(run)
    views = 2 if predictions.tta == "flip" else 1
    return Entry(
        name=shown_name(
            run.architecture, predictions.tta, calibrated=bool(predictions.calibration)
        ),
        predictions=predictions,
        run=run.id,
        parameters=costs.parameters,
        multiply_adds=times(views, costs.multiply_adds),
        bytes=costs.bytes,
        milliseconds_per_face=times(views, costs.milliseconds_per_face),
        milliseconds_at_batch_1=times(views, costs.milliseconds_at_batch_1),
        timed_on=costs.timed_on,
        train_seconds=facts.get("train_seconds"),
        limit=facts.get("limit"),
        left_out=(facts.get("exclusions") or {}).get("train", 0),
        start=run.start,
    )


def times(views: int, cost: Number | None) -> Number | None:
    """What several views of a face cost; None where one's cost is not known."""
    return None if cost is None else views * cost


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
    count = len({_single_view_name(entry) for entry in distinct_names(entries)})
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
    saved = entry.predictions
    metrics = saved.measure()
    right = round(metrics.top1 * metrics.n)
    unseen = () if seen is None else (top_k(saved.labels[~seen], saved.probabilities[~seen], 1),)
    return (
        entry.name, metrics.top1, *wilson(right, metrics.n), *bootstrap_share(right, metrics.n),
        *unseen, metrics.macro_f1, metrics.balanced_accuracy, metrics.top2, metrics.log_loss,
        metrics.brier, metrics.ece, entry.parameters, _per(1e6, entry.multiply_adds),
        _per(1e6, entry.bytes), entry.milliseconds_per_face, entry.milliseconds_at_batch_1,
        _per(60, entry.train_seconds), saved.split, metrics.n, entry.chose,
    )  # fmt: skip


def _per(unit: float, value: float | None) -> float | None:
    return None if value is None else value / unit


def _timing_notes(entries: Sequence[Entry]) -> list[str]:
    """Where the milliseconds were measured, unless it was everywhere the same."""
    places: dict[str, list[str]] = {}
    for entry in entries:
        if entry.timed_on:
            places.setdefault(entry.timed_on, []).append(entry.name)
    if len(places) < 2:
        return [f"ms per face: on {place}." for place in places]
    listed = "; ".join(f"{', '.join(names)}: {place}" for place, names in places.items())
    return [
        "ms per face: not all measured alike, no comparison (zoo compare --costs measures them "
        f"anew): {listed}."
    ]


def _notes(entries: Sequence[Entry], first: Predictions, test_readings: int | None) -> list[str]:
    notes = split_notes(first.split, [entry.chose for entry in entries], test_readings)
    notes += left_out_notes(first) + other_classes_notes(first)
    for entry in entries:
        notes += [f"{entry.name}: {note}" for note in calibration_notes(entry.predictions)]
    notes += absent_notes(first) + seen_notes(first)
    if unseen := first.unseen:
        notes.append(f"{UNSEEN}: on the {len(unseen):,} faces that do not.")
    notes.append(
        "95 %: Wilson's interval, beside it the bootstrap's, what another draw of faces would "
        "change; not another seed."
    )
    notes += _timing_notes(entries)
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
