"""All faces of a data set in one row, as an audit looks at them: grey, 48×48, upright."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.dataset import Dataset, Split

SIDE = 48
"""Faces of any other size are brought to this one, in which every threshold was measured."""

NO_LABEL = -1

_FACES_AT_ONCE = 2048
_BYTES_AT_ONCE = 2**24
"""Of faces as the data set has them: five in colour of 1,024×1,024 pixels, 7,281 grey of 48×48."""


@dataclass(frozen=True)
class AuditedFaces:
    """The faces of every split of a data set, one split after the other, numbered from 0.

    Attributes:
        dataset: whose faces they are.
    """

    dataset: Dataset

    def __len__(self) -> int:
        return int(self._ends[-1])

    @property
    def _splits(self) -> list[Split]:
        return list(self.dataset.splits.values())

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum([len(split) for split in self._splits])

    @cached_property
    def splits(self) -> np.ndarray:
        """(N,) str, the name of each face's split."""
        return np.repeat([split.name for split in self._splits], [len(s) for s in self._splits])

    @cached_property
    def labels(self) -> np.ndarray:
        """(N,) int64, positions in the classes; `NO_LABEL` in a split without labels."""
        return np.concatenate(
            [
                split.labels if split.labelled else np.full(len(split), NO_LABEL)
                for split in self._splits
            ]
        )

    @cached_property
    def ids(self) -> np.ndarray:
        """(N,) str, where each face stands in its source."""
        return np.concatenate([split.ids for split in self._splits])

    def label(self, position: int) -> str:
        """The name of a face's class; a dash where it has no label."""
        label = self.labels[position]
        return "–" if label == NO_LABEL else self.dataset.classes[label]

    def where(self, position: int) -> str:
        """A face's id and split in words: ``fer2013.csv:812 (train)``."""
        return f"{self.ids[position]} ({self.splits[position]})"

    def original(self, positions: np.ndarray) -> np.ndarray:
        """Some faces as the data set has them, in the order given: (n, H, W, C) uint8."""
        faces = np.empty((len(positions), *self.dataset.face_shape), np.uint8)
        starts = self._ends - [len(split) for split in self._splits]
        for split, start, end in zip(self._splits, starts, self._ends, strict=True):
            chosen = (positions >= start) & (positions < end)
            faces[chosen] = split.faces[positions[chosen] - start]
        return faces

    def pixels(self, positions: np.ndarray) -> np.ndarray:
        """Some faces in grey, in the order given: (n, `SIDE`, `SIDE`) uint8."""
        grey = np.empty((len(positions), SIDE, SIDE), np.uint8)
        step = max(1, _BYTES_AT_ONCE // math.prod(self.dataset.face_shape))
        for start in range(0, len(positions), step):
            faces = self.original(positions[start : start + step])
            grey[start : start + step] = to_face_shape(faces, (SIDE, SIDE, 1))[..., 0]
        return grey

    def blocks(
        self, positions: np.ndarray | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All faces in order, or those given, a few at a time: positions (n,) and `pixels`."""
        positions = np.arange(len(self)) if positions is None else positions
        for start in range(0, len(positions), _FACES_AT_ONCE):
            some = positions[start : start + _FACES_AT_ONCE]
            yield some, self.pixels(some)
