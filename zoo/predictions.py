"""Saved class probabilities of one model on one split."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

TTA = ("none", "flip")
"""Test-time augmentation: a single view of each face, or the mean over it and its mirror image."""

_DAMAGED = (
    OSError, ValueError, KeyError, TypeError, EOFError, MemoryError, NotImplementedError,
    RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What numpy and zipfile raise on files that are cut, overwritten, pickled or not archives."""


@dataclass(frozen=True)
class Predictions:
    """Saved class probabilities of one model on one split.

    Attributes:
        split: the split's name.
        classes: ordered class names, the columns of `probabilities`.
        fingerprint: of the data set (`zoo.data.dataset.Dataset.fingerprint`).
        ids: (N,) str, where each face stands in its source.
        labels: (N,) int64, positions in `classes`.
        probabilities: (N, K) float32, rows sum to 1.
        tta: the test-time augmentation, one of `TTA`.
    """

    split: str
    classes: tuple[str, ...]
    fingerprint: str
    ids: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    tta: str = "none"

    def __len__(self) -> int:
        return len(self.labels)

    def same_faces(self, other: Predictions) -> bool:
        """Whether both speak of the same faces with the same classes, in the same order."""
        return (
            (self.split, self.classes, self.fingerprint)
            == (other.split, other.classes, other.fingerprint)
            and np.array_equal(self.ids, other.ids)
            and np.array_equal(self.labels, other.labels)
        )

    def write(self, path: Path) -> None:
        """Write to an .npz file, whole or not at all."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                split=np.array(self.split),
                classes=np.array(self.classes),
                fingerprint=np.array(self.fingerprint),
                ids=np.asarray(self.ids, np.str_),  # an object array would be pickled
                labels=np.asarray(self.labels, np.int64),
                probabilities=np.asarray(self.probabilities, np.float32),
                tta=np.array(self.tta),
            )

    @classmethod
    def read(cls, path: Path) -> Predictions:
        """Read what `write` wrote; never unpickles.

        Raises:
            ZooError: the file is missing, damaged or not of this kind.
        """
        try:
            # numpy leaves a file it opened itself open when it turns out damaged.
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                predictions = cls(
                    split=str(file["split"]),
                    classes=tuple(str(name) for name in file["classes"]),
                    fingerprint=str(file["fingerprint"]),
                    ids=file["ids"],
                    labels=file["labels"],
                    probabilities=file["probabilities"],
                    tta=str(file["tta"]) if "tta" in file else "none",
                )
        except FileNotFoundError:
            raise ZooError(f"{path}: no saved predictions; zoo evaluate writes them") from None
        except _DAMAGED as error:
            raise ZooError(f"{path}: damaged predictions ({error}); evaluate again") from None
        if fault := predictions._fault():
            raise ZooError(f"{path}: damaged predictions ({fault}); evaluate again")
        return predictions

    def _fault(self) -> str | None:
        """What is wrong with the arrays, if anything."""
        shape = (self.labels.size, len(self.classes))
        if self.probabilities.shape != shape or not (
            self.labels.shape == self.ids.shape == shape[:1]
        ):
            return "shapes disagree"
        if not (self.labels.dtype.kind in "iu" and self.probabilities.dtype.kind == "f"):
            return "labels are not integers, or probabilities not floats"
        if shape[0] and not (self.labels.min() >= 0 and self.labels.max() < shape[1]):
            return "labels outside the classes"
        if self.tta not in TTA:
            return f"unknown test-time augmentation {self.tta!r}"
        sums = self.probabilities.sum(axis=1, dtype=np.float64)
        if not (np.all(self.probabilities >= 0) and np.all(np.abs(sums - 1) < 1e-2)):
            return "rows are not probabilities"
        return None


def stem(split: str, tta: str) -> str:
    """What names of files about `split` begin with: ``validation``, ``validation-flip``."""
    return split if tta == "none" else f"{split}-{tta}"


def shown_name(name: str, tta: str) -> str:
    """What a model is called in tables and pictures: ``five_layer``, ``five_layer (flip)``."""
    return name if tta == "none" else f"{name} ({tta})"
