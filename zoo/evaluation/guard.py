"""Which of the faces a model is measured on it has seen before, whatever data set they came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.training.seen import faces_seen_by

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.models import Model

SELECTION_SPLIT = "validation"
"""The split that chooses epochs; its numbers are optimistic."""


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
        """Of those of the faces where `kept`, (N,) bool, is true."""
        return Guard(self.trained[kept], self.chose[kept], self.complete)


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
