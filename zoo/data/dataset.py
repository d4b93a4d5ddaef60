"""What every reader gives and every consumer takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

SPLITS = ("train", "validation", "test")
"""FER2013 calls them Training, PublicTest and PrivateTest."""

SELECTION_SPLIT = "validation"
"""The split on which everything is chosen; its numbers are optimistic."""

UNLABELLED = "unlabelled"
"""The split of faces whose labels nobody knows: they can be predicted, and nothing else."""

EVERY_SPLIT = (*SPLITS, UNLABELLED)
"""In the order in which a data set has them."""


@dataclass(frozen=True)
class Split:
    """The faces of one split, in the source's order.

    Attributes:
        name: one of `EVERY_SPLIT`.
        faces: (N, H, W, C) uint8, 0–255, C = 1 (grey) or 3 (RGB); often a read-only memory map.
        labels: (N,) int64, positions in the data set's `classes`; (0,) in the split `UNLABELLED`,
            so that no code takes a face that has no label for one of some class.
        ids: (N,) str, where each face stands in its source, e.g. ``"fer2013.csv:812"``.
        soft_labels: (N, K) float32, how annotators' votes are shared out among the classes, rows
            sum to 1; None where the data set has labels alone.
        columns: whatever else is known of each face, by name, each (N,) text, float32 or float64;
            blank or NaN where it is not known. An imported data set has at least
            `zoo.data.columns.MEASURED`.
    """

    name: str
    faces: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    soft_labels: np.ndarray | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.faces)

    @property
    def labelled(self) -> bool:
        """Whether its faces have labels."""
        return self.name != UNLABELLED

    @cached_property
    def hashes(self) -> np.ndarray:
        """(N,) uint64, `zoo.data.hashes.face_hashes`: computed once, from every face."""
        from zoo.data.hashes import face_hashes

        return face_hashes(self.faces)


@dataclass(frozen=True)
class Dataset:
    """Named faces in splits, with labels but in the split `UNLABELLED`.

    Attributes:
        name: what the user calls it.
        classes: ordered class names; `Split.labels` are positions in it. Empty where no face has
            a label.
        splits: the splits that are there, keyed by name, in the order of `EVERY_SPLIT`.
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

    def class_counts(self, split: str) -> dict[str, int]:
        """How many faces of a split each class has, by its name, in the order of `classes`.

        Raises:
            ZooError: the data set has no such split.
        """
        import numpy as np

        count = len(self.classes)
        counts = np.bincount(self.split(split).labels, minlength=count).tolist()
        return dict(zip(self.classes, counts, strict=True))

    def split(self, name: str) -> Split:
        """The split called `name`.

        Raises:
            ZooError: the data set has no such split.
        """
        if name not in EVERY_SPLIT:
            raise unknown("split", name, self.splits)
        if name not in self.splits:
            if list(self.splits) == [UNLABELLED]:
                raise ZooError(
                    f"data set {self.name!r} has no {name} split: its faces have no labels and can"
                    " only be predicted: zoo data add one that has labels"
                )
            there = ", ".join(self.splits)
            raise ZooError(
                f"data set {self.name!r} has no {name} split, only {there}: "
                "zoo data add one that has it"
            )
        return self.splits[name]
