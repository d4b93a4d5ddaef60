"""Which faces a network has seen, as hashes of their pixels that outlive the data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.files import DAMAGED, replacing

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset


@dataclass(frozen=True)
class SeenFaces:
    """The faces that a training has seen, each once, in no order of theirs.

    Attributes:
        trained: (T,) uint64, sorted, `zoo.data.hashes.face_hashes` of those it was trained on.
        chose: (V,) uint64, sorted, of those that chose its epoch.
    """

    trained: np.ndarray
    chose: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset, chosen: np.ndarray) -> SeenFaces:
        """What a training on `chosen` training faces, sorted positions, has seen."""
        trained = dataset.split("train").hashes[chosen]
        return cls(np.unique(trained), np.unique(dataset.split("validation").hashes))

    def write(self, path: Path) -> None:
        """Write to an .npz file, 8 bytes a face, whole or not at all."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, trained=self.trained, chose=self.chose)

    @classmethod
    def read(cls, path: Path) -> SeenFaces:
        """Read what `write` wrote; never unpickles.

        Raises:
            ZooError: the file is damaged.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                seen = cls(file["trained"], file["chose"])
        except DAMAGED as error:
            raise ZooError(f"{path}: damaged ({error}): delete it") from None
        if any(part.dtype != np.uint64 or part.ndim != 1 for part in (seen.trained, seen.chose)):
            raise ZooError(f"{path}: damaged (not hashes of faces): delete it")
        return seen
