"""What a reader offers to an import: faces on disk, not yet decoded, in parts."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from stat import S_ISDIR
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from zoo.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

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
        soft_labels: (n, K) float32 whose rows sum to 1; None where there are none.
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

    def drop(self, reason: str, split: str, label: str, count: int = 1) -> None:
        """Count one more, or `count`, that can be read but are not to be among the faces."""
        self.dropped.setdefault(reason, {}).setdefault(split, Counter())[label] += count

    def add_all(self, later: Skipped) -> None:
        """Count what was left out of a later part."""
        for reason, where in later.every:
            self.add(reason, where)
        for reason, splits in later.dropped.items():
            for split, labels in splits.items():
                for label, count in labels.items():
                    self.drop(reason, split, label, count)

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


class Part(NamedTuple):
    """What is decoded at once and apart from the rest: a bounded number of faces.

    Attributes:
        content: what its reader's `Decoder` needs of it, small, and without the faces where they
            can be read again from the source.
        start: where it begins in the source, in whatever `total` counts.
        stop: where the next one begins.
        total: where the last one ends.
    """

    content: Any
    start: int
    stop: int
    total: int


class Decoder(Protocol):
    """Makes faces of parts, each without knowing of the others, in any process: it is pickled."""

    def decode(self, content: Any, skipped: Skipped) -> Iterable[Batch]:
        """Decode a `Part.content`, in the source's order.

        Raises:
            ZooError: something cannot be read and is not to be skipped.
        """
        ...


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
        """Whether decoding refuses what could be skipped if the user said so."""
        ...

    @property
    def elsewhere(self) -> Sequence[Path]:
        """The files that are read and are neither at `path` nor below it."""
        ...

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 over the bytes of everything that is read, whatever the settings."""
        ...

    def parts(self) -> Iterator[Part]:
        """All there is to decode, in the source's order; the same whenever it is asked.

        Raises:
            ZooError: the source is not as it should be.
        """
        ...

    @property
    def decoder(self) -> Decoder:
        """What decodes the parts."""
        ...

    def check(self, trained: Collection[int], skipped: Skipped) -> None:
        """Refuse what only the whole can tell.

        Args:
            trained: the labels that training faces have.
            skipped: what was left out.

        Raises:
            ZooError: the source is not as it should be.
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


def stamp(*paths: Path) -> dict[str, int]:
    """Number, bytes and newest change of the files at `paths`: cheap, and enough to see a change.

    Args:
        paths: files and folders, none of them in another.

    Returns:
        ``{"files": n, "bytes": n, "modified": nanoseconds}``; what is gone does not count.
    """
    count = size = newest = 0
    for state in itertools.chain.from_iterable(map(_states, paths)):
        count += 1
        size += state.st_size
        newest = max(newest, state.st_mtime_ns)
    return {"files": count, "bytes": size, "modified": newest}


def joined_stamps(*stamps: dict[str, int]) -> dict[str, int]:
    """The `stamp` of all that `stamps` are of."""
    files, size = (sum(of[what] for of in stamps) for what in ("files", "bytes"))
    return {"files": files, "bytes": size, "modified": max(of["modified"] for of in stamps)}


def _states(path: Path) -> Iterator[os.stat_result]:
    """Of a file, or of every file in a folder that is not hidden."""
    with suppress(OSError):
        if not S_ISDIR((state := path.stat()).st_mode):
            yield state
            return
    pending = [os.fspath(path)]  # os.walk calls itself, a frame for each folder in another
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending += [] if entry.is_symlink() else [entry.path]
                elif not entry.name.startswith("."):
                    with suppress(OSError):
                        yield entry.stat()


def text(path: Path) -> str:
    """`path` with forward slashes as text that every encoding can hold, whatever its bytes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
