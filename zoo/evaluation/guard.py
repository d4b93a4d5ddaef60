"""What must be known of the faces a model is measured on: what they chose, which it has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import SELECTION_SPLIT, SPLITS
from zoo.data.readings import log_test_reading
from zoo.tables import Column
from zoo.training.seen import faces_seen_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.dataset import Dataset
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Cell, Table

NOT_KNOWN, SOME = "not known", "some epochs"
"""What a split chose of a model of other data, and of an ensemble with members of other data."""

PERHAPS_WEIGHTS = "perhaps weights"
"""What a split chose of an ensemble whose members do not count the same, nobody knows why."""

GUARD = ("split", "n", "split chose", "test readings")
"""What no number in a csv, which has neither title nor notes, is without."""


def split_chose(
    split: str, *, members: int = 1, elsewhere: int = 0, also: Sequence[str] = ()
) -> str:
    """What a split chose of a model, in the words of a table's column.

    Args:
        split: on which it is measured.
        members: how many networks it consists of.
        elsewhere: how many of them were trained on another data set.
        also: what else it chose, see `also_chosen`.
    """
    if split != SELECTION_SPLIT:
        epochs = NOT_KNOWN if elsewhere else ""
    elif elsewhere:
        epochs = SOME if elsewhere < members else NOT_KNOWN
    else:
        epochs = "epochs" if members > 1 else "epoch"
    return ", ".join(word for word in (epochs, *also) if word) or "nothing"


def chosen_of(model: Model, dataset: Dataset, split: str) -> str:
    """What a split of a data set chose of a model; see `split_chose`."""
    elsewhere = len(model.trained_elsewhere(dataset.fingerprint))
    also = also_chosen(model, dataset.fingerprint, split)
    return split_chose(split, members=len(model.runs), elsewhere=elsewhere, also=also)


def also_chosen(model: Model, fingerprint: str, split: str) -> tuple[str, ...]:
    """What a split of a data set chose of an ensemble besides epochs: ``members``, ``weights``.

    On the split that chooses, `PERHAPS_WEIGHTS` where no file says what chose its weights.
    """
    choice, perhaps = model.choice, split == SELECTION_SPLIT and model.weights is not None
    if choice is None:
        return (PERHAPS_WEIGHTS,) if perhaps else ()
    known = choice.of if (choice.fingerprint, choice.split) == (fingerprint, split) else ()
    return (*known, PERHAPS_WEIGHTS) if perhaps and "weights" not in choice.of else known


def log_if_test(model: Model, dataset: Dataset, split: str) -> None:
    """Enter a reading of the test split in the data set's test log; of other splits nothing."""
    if split == SPLITS[-1]:
        log_test_reading(dataset, model.name, [run.id for run in model.runs])


def guarded(table: Table, split: str, n: int, chose: str, test_readings: int | None) -> Table:
    """A table as a csv has it: with the columns of `GUARD` that it does not have already.

    Args:
        table: of numbers measured on one split.
        split: its name.
        n: how many faces of it.
        chose: see `split_chose`.
        test_readings: how often the test split was read; of other splits nothing is said.
    """
    told: dict[str, Cell] = {"split": split, "n": n, "split chose": chose}
    if split == "test" and test_readings is not None:
        told["test readings"] = test_readings
    there = {column.heading for column in table.columns}
    more = {heading: cell for heading, cell in told.items() if heading not in there}
    return replace(
        table,
        columns=[*table.columns, *map(Column, more)],
        rows=[[*row, *more.values()] for row in table.rows],
    )


@dataclass(frozen=True)
class Guard:
    """What a model has seen of N faces before, pixel for pixel.

    Attributes:
        trained: (N,) bool, it was trained on the same pixels.
        chose: (N,) bool, the same pixels chose its epoch and did not train it. All false on the
            model's own validation split, all of which did: a note says so of every number there.
        complete: whether that is all; not where the model started from weights of which nobody
            knows what they had seen.
    """

    trained: np.ndarray
    chose: np.ndarray
    complete: bool = True

    @property
    def new(self) -> np.ndarray:
        """(N,) bool, the faces that neither trained the model nor chose its epoch."""
        return ~(self.trained | self.chose)

    def only(self, kept: np.ndarray) -> Guard:
        """Of those of the faces that `kept` says: (N,) bool, or their positions."""
        return Guard(self.trained[kept], self.chose[kept], self.complete)


def guard_on(model: Model, dataset: Dataset, predictions: Predictions) -> Guard | None:
    """What a model has seen of the faces that it was measured on; see `guard_of`.

    Args:
        model: finished runs.
        dataset: of any fingerprint.
        predictions: of some faces of one of its splits, in the split's order.
    """
    guard = guard_of(model, dataset, predictions.split)
    return None if guard is None else guard.only(predictions.places(dataset))


def guard_of(model: Model, dataset: Dataset, split: str) -> Guard | None:
    """What a model has seen of a split before; of an ensemble what any member has.

    Args:
        model: finished runs.
        dataset: of any fingerprint.
        split: the split's name.

    Returns:
        None where that is not known of a run: it is of an older zoo and another data set, or its
        faces were of another size or colour, which makes other pixels of the same photo.

    Raises:
        ZooError: what a run says is damaged.
    """
    hashes = dataset.split(split).hashes
    trained, chose = np.zeros((2, len(hashes)), bool)
    complete = True
    for run in model.runs:
        own = run.metrics["fingerprint"] == dataset.fingerprint
        comparable = tuple(run.metrics["face_shape"]) == dataset.face_shape
        seen = faces_seen_by(run, dataset if own else None) if comparable else None
        if seen is None:
            return None
        complete &= seen.complete
        trained |= np.isin(hashes, seen.trained)
        if not (own and split == SELECTION_SPLIT):
            chose |= np.isin(hashes, seen.chose)
    return Guard(trained, chose & ~trained, complete)
