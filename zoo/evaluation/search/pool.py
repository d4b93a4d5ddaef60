"""The members that a search may combine, by what they gave for the same faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.ensemble import refuse_other_faces
from zoo.errors import ZooError
from zoo.metrics import SMALLEST_PROBABILITY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.predictions import Predictions


@dataclass(frozen=True)
class Pool:
    """M members' class probabilities for the same N faces.

    Attributes:
        names: of the members.
        probabilities: (M, N, K) float64, rows sum to 1.
        labels: (N,) int, positions in the classes.
        groups: (N,) int, equal for faces that must not be parted: those with the same pixels.
    """

    names: tuple[str, ...]
    probabilities: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lonely_classes(self) -> list[int]:
        """The classes with one face, or copies of one, which no fold can learn from the others."""
        _, faces = np.unique(self.groups, return_index=True)
        return np.flatnonzero(np.bincount(self.labels[faces]) == 1).tolist()

    @property
    def copies(self) -> int:
        """How many faces share their pixels with another one."""
        _, counts = np.unique(self.groups, return_counts=True)
        return int(counts[counts > 1].sum())


def pool_of(
    names: Sequence[str], predictions: Sequence[Predictions], hashes: np.ndarray | None = None
) -> Pool:
    """The pool of several models' saved probabilities.

    Args:
        names: of the models, all different.
        predictions: of each, on the same faces in the same order.
        hashes: (N,) of the faces' pixels (`zoo.data.hashes`); None: no two are alike.

    Raises:
        ZooError: fewer than two members, different faces, classes or data, or too few
            faces to hold any out.
    """
    if len(predictions) < 2:
        listed = ", ".join(names) or "none"
        raise ZooError(f"a search needs at least two members, there are: {listed}")
    first = predictions[0]
    refuse_other_faces(predictions, names)
    kept = np.arange(len(first)) if hashes is None else hashes
    _, faces, groups = np.unique(kept, return_index=True, return_inverse=True)
    if (np.bincount(first.labels[faces]) > 1).sum() < 2:
        raise ZooError(
            f"{len(first):,} {first.split} faces: choosing members by them needs two classes at "
            "least with two different faces or more"
        )
    probabilities = np.stack([one.probabilities for one in predictions]).astype(np.float64)
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    return Pool(tuple(names), probabilities, np.asarray(first.labels), groups)


def of_labels(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What (…, N, K) probabilities give to the faces' labels: (…, N), as log-loss clips them."""
    given = np.take_along_axis(probabilities, _as_index(labels, probabilities.ndim), axis=-1)
    return np.clip(given[..., 0], SMALLEST_PROBABILITY, 1.0)


def _as_index(labels: np.ndarray, dimensions: int) -> np.ndarray:
    return labels.reshape((1,) * (dimensions - 2) + (-1, 1))
