"""Which faces a network has seen, as hashes of their pixels that outlive the data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.files import DAMAGED, open_npz, replacing

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset


@dataclass(frozen=True)
class SeenFaces:
    """The faces that a training has seen, each once, in no order of theirs.

    Attributes:
        trained: (T,) uint64, sorted, `zoo.data.hashes.face_hashes` of those it was trained on.
        chose: (V,) uint64, sorted, of those that chose its epoch.
        complete: whether these are all; not where it started from weights of which nobody knows
            what they had seen.
    """

    trained: np.ndarray
    chose: np.ndarray
    complete: bool = True

    @classmethod
    def none(cls, *, complete: bool) -> SeenFaces:
        """No face, or, where not `complete`, nobody knows which."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.uint64), complete)

    @classmethod
    def of(cls, dataset: Dataset, chosen: np.ndarray) -> SeenFaces:
        """What a training on `chosen` training faces, sorted positions, has seen."""
        trained = dataset.split("train").hashes[chosen]
        return cls(np.unique(trained), np.unique(dataset.split("validation").hashes))

    def joined(self, earlier: SeenFaces) -> SeenFaces:
        """These faces and those of `earlier`, from whose weights the training started."""
        return SeenFaces(
            np.union1d(self.trained, earlier.trained),
            np.union1d(self.chose, earlier.chose),
            self.complete and earlier.complete,
        )

    def write(self, path: Path) -> None:
        """Write to an .npz file, 8 bytes a face, whole or not at all."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, trained=self.trained, chose=self.chose, complete=self.complete)

    @classmethod
    def read(cls, path: Path, *, complete: bool = True) -> SeenFaces:
        """Read what `write` wrote; never unpickles.

        Args:
            path: the file.
            complete: what is so of a file of an older zoo, which does not say.

        Raises:
            ZooError: the file is damaged.
        """
        try:
            with open_npz(path) as file:
                if "complete" in file:
                    complete = bool(file["complete"])
                seen = cls(file["trained"], file["chose"], complete)
        except DAMAGED as error:
            raise ZooError(f"{path}: damaged ({error}): delete it") from None
        if any(part.dtype != np.uint64 or part.ndim != 1 for part in (seen.trained, seen.chose)):
            raise ZooError(f"{path}: damaged (not hashes of faces): delete it")
        return seen
