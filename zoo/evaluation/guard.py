"""Which of the faces a model is measured on it has seen before, whatever data set they came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.seen_faces import SeenFaces
from zoo.training.chosen import recorded_choice

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.models import Model
    from zoo.runs import Run

SELECTION_SPLIT = "validation"
"""The split that chooses epochs; its numbers are optimistic."""


@dataclass(frozen=True)
class Guard:
    """What a model has seen of N faces before, pixel for pixel.

    Attributes:
        trained: (N,) bool, it was trained on the same pixels.
        chose: (N,) bool, the same pixels chose its epoch and did not train it. All false on the
            model's own validation split, all of which did: a note says so of every number there.
    """

    trained: np.ndarray
    chose: np.ndarray

    @property
    def new(self) -> np.ndarray:
        """(N,) bool, the faces that neither trained the model nor chose its epoch."""
        return ~(self.trained | self.chose)

    def only(self, kept: np.ndarray) -> Guard:
        """Of those of the faces where `kept`, (N,) bool, is true."""
        return Guard(self.trained[kept], self.chose[kept])


def guard_of(model: Model, dataset: Dataset, split: str) -> Guard | None:
    """What a model has seen of a split before; of an ensemble what any member has.

    Args:
        model: finished runs.
        dataset: of any fingerprint; in another size or colour than the model's data set every
            face has other pixels.
        split: the split's name.

    Returns:
        None where that is not known of a run: of an older zoo, and of another data set.

    Raises:
        ZooError: what a run says is damaged.
    """
    hashes = dataset.split(split).hashes
    trained, chose = np.zeros((2, len(hashes)), bool)
    for run in model.runs:
        own = run.metrics["fingerprint"] == dataset.fingerprint
        if (seen := _seen_faces(run, dataset if own else None)) is None:
            return None
        trained |= np.isin(hashes, seen.trained)
        if not (own and split == SELECTION_SPLIT):
            chose |= np.isin(hashes, seen.chose)
    return Guard(trained, chose & ~trained)


def _seen_faces(run: Run, dataset: Dataset | None) -> SeenFaces | None:
    """What a run has seen, by its file or, in an older run, by the data set it was trained on."""
    if run.seen_faces_file.is_file():
        return SeenFaces.read(run.seen_faces_file)
    if dataset is None or {"train", SELECTION_SPLIT} - dataset.splits.keys():
        return None
    return SeenFaces.of(dataset, recorded_choice(run, dataset))
