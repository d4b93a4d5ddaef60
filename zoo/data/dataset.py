"""What every reader gives and every consumer takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

SPLITS = ("train", "validation", "test")
"""FER2013 calls them Training, PublicTest and PrivateTest."""


@dataclass(frozen=True)
class Split:
    """The faces of one split, in the source's order.

    Attributes:
        name: one of `SPLITS`.
        faces: (N, H, W, C) uint8, 0–255, C = 1 (grey) or 3 (RGB); often a read-only memory map.
        labels: (N,) int64, positions in the data set's `classes`.
        ids: (N,) str, where each face stands in its source, e.g. ``"fer2013.csv:812"``.
        soft_labels: (N, K) float32, how annotators' votes are shared out among the classes, rows
            sum to 1; None where the data set has labels alone.
    """

    name: str
    faces: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    soft_labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """Named faces with labels, in splits.

    Attributes:
        name: what the user calls it.
        classes: ordered class names; `Split.labels` are positions in it.
        splits: the splits that are there, keyed by name, in the order of `SPLITS`.
        fingerprint: hex sha256 over everything that decides the faces, labels and splits (the
            source's content, size, colour, class order, split seed). Predictions of data sets
            with different fingerprints are never combined.
        facts: what else is worth recording (source path, reader, rows skipped and why, …), JSON;
            ``content`` is the hex sha256 of the source's bytes alone, whatever the settings.
    """

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, Split]
    fingerprint: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of every face."""
        height, width, channels = next(iter(self.splits.values())).faces.shape[1:]
        return height, width, channels

    def split(self, name: str) -> Split:
        """The split called `name`.

        Raises:
            ZooError: the data set has no such split.
        """
        if name not in self.splits:
            there = ", ".join(self.splits)
            raise ZooError(
                f"data set {self.name!r} has no {name} split, only {there}: "
                "zoo data add one that has it"
            )
        return self.splits[name]
