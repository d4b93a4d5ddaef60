"""What a reader offers to the cache: faces on disk, not yet decoded."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zoo.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    Progress = Callable[[int, int], None]

CHANNELS = {"grey": 1, "rgb": 3}
"""The colours a data set can have, and the channels of its faces."""

READER_VERSION = 2
"""Part of every fingerprint: goes up when a reader gives other faces for the same bytes."""


def channels(colour: str) -> int:
    """How many channels faces of `colour` have.

    Raises:
        ZooError: `colour` is neither ``"grey"`` nor ``"rgb"``.
    """
    if colour not in CHANNELS:
        raise unknown("colour", colour, CHANNELS)
    return CHANNELS[colour]


@dataclass(frozen=True)
class Batch:
    """Some faces of one split, decoded.

    Attributes:
        split: one of `zoo.data.dataset.EVERY_SPLIT`.
        faces: (n, H, W, C) uint8, 0–255.
        labels: n positions in the source's classes; none in the split `UNLABELLED`.
        ids: n texts, where each face stands in its source.
        soft_labels: (n, K) float32 whose rows sum to 1; None where there are no votes.
        columns: what else the source says of each face, by name: (n,) numbers or text, NaN or
            blank where it says nothing. Each batch of a source has the same names, which
            `zoo.data.columns.unused_name` gives. A column of text whose every value in the whole
            source is a number becomes one of numbers.
    """

    split: str
    faces: np.ndarray
    labels: Sequence[int]
    ids: Sequence[str]
    soft_labels: np.ndarray | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass
class Skipped:
    """What was left out, by reason: as it could not be read, or as the settings say so.

    Attributes:
        counts: how many could not be read, by reason.
        first: where the first one stands, by reason.
        every: the reason and place of each that could not be read.
        dropped: how many the settings leave out, by reason, split and class in the source.
    """

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    every: list[tuple[str, str]] = field(default_factory=list)
    dropped: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)

    def add(self, reason: str, where: str) -> None:
        """Count one more."""
        self.counts[reason] += 1
        self.first.setdefault(reason, where)
        self.every.append((reason, where))

    def drop(self, reason: str, split: str, label: str) -> None:
        """Count one more that can be read but is not to be among the faces."""
        self.dropped.setdefault(reason, {}).setdefault(split, Counter())[label] += 1

    @property
    def totals(self) -> dict[str, int]:
        """How many were left out in all, by reason."""
        dropped = {
            reason: sum(of.total() for of in splits.values())
            for reason, splits in self.dropped.items()
        }
        return {**self.counts, **dropped}

    def facts(self) -> dict[str, dict[str, Any]]:
        """``{reason: {"count": n, "first": where}}``, as JSON takes it."""
        return {
            reason: {"count": count, "first": self.first[reason]}
            for reason, count in self.counts.most_common()
        }


class Source(Protocol):
    """Faces in a file or folder, with the settings under which they are read."""

    @property
    def reader(self) -> str:
        """The reader's name."""
        ...

    @property
    def kind(self) -> str:
        """What was recognised, in words that fit behind "read as": ``"a FER2013 csv"``."""
        ...

    @property
    def path(self) -> Path:
        """The file or folder, as the user wrote it."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Ordered class names; labels are positions in it. None where no face has a label."""
        ...

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the decoded faces."""
        ...

    @property
    def expected_faces(self) -> int:
        """About how many faces there are, known without decoding them."""
        ...

    @property
    def facts(self) -> dict[str, Any]:
        """What else decides splits and labels (fractions, seeds, votes), JSON."""
        ...

    @property
    def strict(self) -> bool:
        """Whether `batches` refuses what could be skipped if the user said so."""
        ...

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 over the bytes of everything that is read, whatever the settings."""
        ...

    def batches(self, skipped: Skipped, progress: Progress | None = None) -> Iterator[Batch]:
        """Decode, a bounded number of faces at a time, in the source's order.

        Raises:
            ZooError: something cannot be read and is not to be skipped.
        """
        ...


def fingerprint(source: Source, content: str) -> str:
    """Hex sha256 over everything that decides the faces, labels and splits of `source`.

    Args:
        source: what is read.
        content: its `content_hash`.
    """
    parts = {
        "reader": source.reader,
        "version": READER_VERSION,
        "classes": source.classes,
        "face_shape": source.face_shape,
        "facts": source.facts,
        "content": content,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stamp(path: Path) -> dict[str, int]:
    """Number, bytes and newest change of the files at `path`: cheap, and enough to see a change.

    Returns:
        ``{"files": n, "bytes": n, "modified": nanoseconds}``; no files when `path` is gone.
    """
    files = [path] if path.is_file() else []
    for folder, _, names in os.walk(path):
        files += [Path(folder, name) for name in names if not name.startswith(".")]
    states = [file.stat() for file in files if os.path.exists(file)]
    return {
        "files": len(states),
        "bytes": sum(state.st_size for state in states),
        "modified": max((state.st_mtime_ns for state in states), default=0),
    }


def text(path: Path) -> str:
    """`path` with forward slashes as text that every encoding can hold, whatever its bytes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
