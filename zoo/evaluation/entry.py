"""One line of the leaderboard: a model, its predictions, its costs, what must be said of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from zoo.evaluation.guard import split_chose
from zoo.models.costs import costs_of
from zoo.predictions import shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.models.costs import Costs
    from zoo.predictions import Predictions
    from zoo.runs import Run

Number = TypeVar("Number", int, float)

VIEWS = "two views averaged"
"""The remark of models under test-time augmentation."""


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
        elsewhere: how many of its networks were trained on another data set.
        weighted: whether an ensemble's members do not all count the same.
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
    elsewhere: int = 0
    weighted: bool = False
    note: str = ""

    @property
    def chose(self) -> str:
        """What the split that it is measured on chose of it (`zoo.evaluation.guard`)."""
        return split_chose(
            self.predictions.split, members=len(self.members) or 1, elsewhere=self.elsewhere,
            weighted=self.weighted,
        )  # fmt: skip

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
            remarks.append(VIEWS)
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
    often = Counter(name for name, _ in {(single_view_name(one), one.run) for one in entries})
    return [
        replace(entry, name=_name_with_run(entry))
        if entry.run and (often[single_view_name(entry)] > 1 or entry.limit is not None)
        else entry
        for entry in entries
    ]


def _name_with_run(entry: Entry) -> str:
    return f"{single_view_name(entry)} {entry.run}{_views_of(entry)}"


def single_view_name(entry: Entry) -> str:
    """The entry's name without the marks of averaged views and of a temperature."""
    return entry.name.removesuffix(_views_of(entry))


def _views_of(entry: Entry) -> str:
    """What its name ends with that its run's does not."""
    saved = entry.predictions
    return shown_name("", saved.tta, calibrated=saved.calibration is not None)
