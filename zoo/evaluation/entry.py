"""One line of the leaderboard: a model, its predictions, its costs, what must be said of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo.evaluation.guard import split_chose
from zoo.models.costs import Costs, costs_of
from zoo.predictions import shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.predictions import Predictions
    from zoo.runs import Run

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
        costs: what it costs, all views of a face together.
        limit: the number of training faces it was limited to, if it was.
        left_out: how many training faces a list left out (`zoo.data.exclusions`).
        start: what its weights started from, where that must be said (`zoo.runs.Run.start`).
        trained_on: the data set it was trained on, if that is not the one it is compared on.
        elsewhere: how many of its networks were trained on another data set.
        also_chosen: what the split that it is measured on chose of it besides epochs
            (`zoo.evaluation.guard.also_chosen`).
        note: anything else to say of it.
    """

    name: str
    predictions: Predictions
    run: str = ""
    members: tuple[str, ...] = ()
    costs: Costs = Costs()
    limit: int | None = None
    left_out: int = 0
    start: str = ""
    trained_on: str = ""
    elsewhere: int = 0
    also_chosen: tuple[str, ...] = ()
    note: str = ""

    @property
    def chose(self) -> str:
        """What the split that it is measured on chose of it (`zoo.evaluation.guard`)."""
        return split_chose(
            self.predictions.split, members=len(self.members) or 1, elsewhere=self.elsewhere,
            also=self.also_chosen,
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
    return Entry(
        name=shown_name(
            run.architecture, predictions.tta, calibrated=bool(predictions.calibration)
        ),
        predictions=predictions,
        run=run.id,
        costs=costs.of_views(2) if predictions.tta == "flip" else costs,
        limit=facts.get("limit"),
        left_out=(facts.get("exclusions") or {}).get("train", 0),
        start=run.start,
    )


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
