"""Writing one split's faces to a .npy file whose length is known only at the end."""

from __future__ import annotations

import math
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.data.source import Batch


@dataclass(frozen=True)
class Kept:
    """What is kept of a batch in memory, and in the record of its part, beside its faces.

    Attributes:
        split: of its n faces.
        faces: n.
        checksum: CRC-32 of them.
        labels: (n,) int64; (0,) without labels.
        ids: (n,) text.
        soft_labels: (n, K) float32, if there are any.
        columns: (n,) each.
    """

    split: str
    faces: int
    checksum: int
    labels: np.ndarray
    ids: np.ndarray
    soft_labels: np.ndarray | None
    columns: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, batch: Batch) -> Kept:
        """What is kept of `batch`."""
        return cls(
            batch.split,
            len(batch.faces),
            zlib.crc32(np.ascontiguousarray(batch.faces).data),
            np.array(batch.labels, np.int64),
            np.array(batch.ids, np.str_),
            batch.soft_labels,
            batch.columns,
        )

    @property
    def about(self) -> dict[str, Any]:
        """All but the arrays, JSON."""
        return {
            "split": self.split,
            "faces": self.faces,
            "checksum": self.checksum,
            "columns": list(self.columns),
        }

    def arrays(self) -> list[tuple[str, np.ndarray]]:
        """The arrays, each with a name."""
        soft = [] if self.soft_labels is None else [("soft labels", self.soft_labels)]
        columns = [(f"column {place}", of) for place, of in enumerate(self.columns.values())]
        return [("labels", self.labels), ("ids", self.ids), *soft, *columns]

    @classmethod
    def read(cls, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Kept:
        """What has this `about` and these `arrays`."""
        columns = {name: arrays[f"column {i}"] for i, name in enumerate(about["columns"])}
        labels, ids, soft = arrays["labels"], arrays["ids"], arrays.get("soft labels")
        return cls(about["split"], about["faces"], about["checksum"], labels, ids, soft, columns)


class SplitWriter:
    """One split: its faces go to the disk batch by batch, what is kept beside them stays here.

    Args:
        folder: where its files are, or will be.
        split: its name.
        face_shape: (H, W, C).
    """

    def __init__(self, folder: Path, split: str, face_shape: tuple[int, int, int]):
        self._folder = folder
        self._split = split
        self._face_shape = face_shape
        self._kept: list[Kept] = []
        path = folder / f"faces-{split}.npy"
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._write_header()
        self._start = self._file.tell()

    def __len__(self) -> int:
        return sum(kept.faces for kept in self._kept)

    def _write_header(self) -> None:
        # numpy pads headers so that the first axis can grow in place (NumPy format, version 1.0).
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(self), *self._face_shape)}
        self._file.seek(0)
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, faces: np.ndarray, kept: Kept) -> None:
        """Write the faces of a batch, and keep the rest."""
        left = np.ascontiguousarray(faces).data.cast("B")
        while left:
            left = left[self._file.write(left) :]
        self.take_up(kept)

    def holds(self, kept: Kept) -> bool:
        """Whether the faces that were written with `kept` are what comes next in the file."""
        size = kept.faces * math.prod(self._face_shape)
        content = self._file.read(size)
        return len(content) == size and zlib.crc32(content) == kept.checksum

    def take_up(self, kept: Kept) -> None:
        """Keep what belongs to faces that are in the file.

        Raises:
            ValueError: it has other columns than what came before.
        """
        if self._kept and self._kept[0].columns.keys() != kept.columns.keys():
            raise ValueError(f"columns {list(kept.columns)} after {list(self._kept[0].columns)}")
        self._kept.append(kept)

    def cut(self) -> None:
        """Cut off faces with which nothing was kept; what is appended next stands there."""
        self._file.seek(self._start + len(self) * math.prod(self._face_shape))
        self._file.truncate()

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64 of what was appended; (0,) without labels."""
        return np.concatenate([kept.labels for kept in self._kept])

    def id_twice(self) -> str:
        """An id that two faces have; blank where each has its own."""
        # An array of a million ids takes a third of the memory of a set of them.
        ids = np.sort(np.concatenate([kept.ids for kept in self._kept]))
        twice = ids[1:][ids[1:] == ids[:-1]]
        return str(twice[0]) if len(twice) else ""

    def columns(self) -> dict[str, np.ndarray]:
        """(N,) each of what was appended, by name."""
        names = self._kept[0].columns
        return {name: np.concatenate([of.columns[name] for of in self._kept]) for name in names}

    def finish(self, columns: Mapping[str, np.ndarray]) -> None:
        """Write what is known only now, and wait until the disk has the faces."""
        self.cut()
        self._write_header()
        os.fsync(self._file.fileno())
        ids = np.concatenate([kept.ids for kept in self._kept])
        self._save("labels", self.labels)
        self._save("ids", ids)
        soft = [kept.soft_labels for kept in self._kept if kept.soft_labels is not None]
        if soft:
            self._save("soft-labels", np.concatenate(soft))
        for index, values in enumerate(columns.values()):
            self._save(f"column-{index}", values)

    def _save(self, what: str, values: np.ndarray) -> None:
        np.save(self._folder / f"{what}-{self._split}.npy", values)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
