"""Reading the csv files of Kaggle's competition on FER2013, which have no column Usage.

``train.csv`` has emotion and pixels: a stratified, seeded share of its rows becomes the
validation split. ``test.csv`` has pixels alone: its faces can be predicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.columns import FACE_ID, unused_name
from zoo.data.dataset import UNLABELLED
from zoo.data.pixels import SIDE, BadRow, parse
from zoo.data.readers.header import Header, quoted, refuse_twice
from zoo.data.readers.pixel_labels import NUMBERS, Labels, read_labels
from zoo.data.readers.rows import (
    blocks,
    expected_rows,
    face_id,
    face_id_place,
    file_hash,
    read_pixel_header,
    report,
    rows_of,
    text_of,
)
from zoo.data.source import Batch, Part
from zoo.data.stratified import hold_out
from zoo.errors import ZooError
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from zoo.data.readers.rows import Block
    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Skipped

EXPECTED = "a csv with emotion and pixels, or pixels alone (Kaggle's train.csv and test.csv)"
TAKES: frozenset[str] = frozenset()

_Row = tuple[int, int, list[bytes]]
"""Line, label and fields."""

_NUMBERS_OF_ROWS = ("", "id", "index", "unnamed: 0", FACE_ID)
"""Columns that may stand beside pixels where there are no labels."""


@dataclass(frozen=True)
class KaggleCsv:
    """A csv of faces without splits as a source; `open_source` makes it.

    Attributes:
        path: the csv file.
        settings: size, colour, and how the validation split is drawn.
        header: its columns.
        labels: what they mean, if there are any.
        face_id: where the column stands of what the faces are called; None: nowhere.
    """

    path: Path
    settings: ImportSettings
    header: Header
    labels: Labels
    face_id: int | None

    @property
    def reader(self) -> str:
        """Its name."""
        return "kaggle"

    @property
    def kind(self) -> str:
        """What it is, in words."""
        if self.labelled:
            what = "a csv of labelled faces without splits, as Kaggle's train.csv"
            return what + self.labels.words
        return "a csv of faces without labels, as Kaggle's test.csv"

    @property
    def labelled(self) -> bool:
        """Whether there is a column emotion."""
        return "emotion" in self.header.lowered

    @property
    def classes(self) -> tuple[str, ...]:
        """FER2013's seven, or those of the names; none without labels."""
        return self.labels.classes if self.labelled else ()

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(size, size, 1 or 3)."""
        return self.settings.face_shape

    @property
    def strict(self) -> bool:
        """Unless bad rows are skipped."""
        return not self.settings.skip_bad_rows

    @property
    def expected_faces(self) -> int:
        """From the file's size."""
        return expected_rows(self.path)

    @property
    def elsewhere(self) -> tuple[Path, ...]:
        """None."""
        return ()

    @property
    def facts(self) -> dict[str, Any]:
        """How the validation split is drawn, if it is."""
        return self.settings.drawn_validation if self.labelled else {}

    @cached_property
    def _attributes(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for place, name in enumerate(self.header.names):
            if name and name.casefold() not in ("emotion", "pixels", FACE_ID):
                places[unused_name(name, places)] = place
        return places

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 of the file."""
        return file_hash(self.path, progress)

    def parts(self) -> Iterator[Part]:
        """Blocks of lines, with those that are validated on; labels are read beforehand.

        Raises:
            ZooError: all faces are of one class.
        """
        held_out = self._held_out() if self.labelled else np.zeros(0, np.int64)
        total = self.path.stat().st_size
        for block in blocks(self.path):
            ends = np.searchsorted(held_out, (block.line, block.line + block.lines))
            held = frozenset(held_out[slice(*ends)].tolist())
            yield Part((block, held), block.start, block.stop, total)

    @property
    def decoder(self) -> KaggleCsv:
        """Itself."""
        return self

    def decode(self, content: tuple[Block, frozenset[int]], skipped: Skipped) -> Iterator[Batch]:
        """Parse a block.

        Raises:
            ZooError: a row is not as it should be, unless bad rows are skipped.
        """
        block, held_out = content
        rows, faults = self._rows(block)
        pixels_at = self.header.lowered.index("pixels")
        pixels, bad = parse([fields[pixels_at] for _, _, fields in rows])
        faults += [(rows[index][0], fault) for index, fault in bad.items()]
        report(self.path, faults, skipped, strict=self.strict)
        rows = [row for index, row in enumerate(rows) if index not in bad]
        faces = to_face_shape(pixels.reshape(-1, SIDE, SIDE, 1), self.face_shape)
        splits = np.array([self._split(number, held_out) for number, _, _ in rows], np.str_)
        for split in np.unique(splits):
            chosen = np.flatnonzero(splits == split)
            yield self._batch(str(split), faces[chosen], [rows[index] for index in chosen])

    def check(self, trained: Collection[int], skipped: Skipped) -> None:
        """Nothing: the labels were read beforehand."""

    def _split(self, number: int, held_out: frozenset[int]) -> str:
        if not self.labelled:
            return UNLABELLED
        return "validation" if number in held_out else "train"

    def _batch(self, split: str, faces: np.ndarray, rows: list[_Row]) -> Batch:
        return Batch(
            split,
            faces,
            [label for _, label, _ in rows] if self.labelled else [],
            [self._face_id(number, fields) for number, _, fields in rows],
            columns={
                name: np.array([text_of(fields[at]) for _, _, fields in rows])
                for name, at in self._attributes.items()
            },
        )

    def _face_id(self, number: int, fields: list[bytes]) -> str:
        return face_id(b"" if self.face_id is None else fields[self.face_id], number)

    def _held_out(self) -> np.ndarray:
        """The lines of the validation split, sorted.

        Raises:
            ZooError: all faces are of one class.
        """
        numbers: list[int] = []
        labels: list[int] = []
        for block in blocks(self.path):
            rows, _ = self._rows(block)
            numbers += [number for number, _, _ in rows]
            labels += [label for _, label, _ in rows]
        if len(set(labels)) == 1:
            raise ZooError(
                f"{self.path}: only one class, {self.classes[labels[0]]}: a classifier needs two"
            )
        fraction, seed = self.settings.validation_fraction, self.settings.seed
        held = hold_out(np.array(labels, np.int64), fraction, seed)
        return np.array(numbers, np.int64)[held]

    def _rows(self, block: Block) -> tuple[list[_Row], list[tuple[int, BadRow]]]:
        """A block's rows, and its faults."""
        emotion = self.header.lowered.index("emotion") if self.labelled else None

        def row(position: int, number: int, fields: list[bytes]) -> _Row:
            return number, self.labels.of(fields[emotion]) if emotion is not None else -1, fields

        return rows_of(self.path, block, self.header, row)


def recognise(path: Path) -> bool:
    """Whether it is a file whose first line has a column called pixels and none called Usage."""
    header = read_pixel_header(path) if path.is_file() else None
    return header is not None and "usage" not in header.lowered


def open_source(path: Path, settings: ImportSettings) -> KaggleCsv:
    """The csv at `path`.

    Raises:
        ZooError: there is neither a column emotion nor pixels alone, or one stands there twice.
    """
    header = read_pixel_header(path) or Header((), ",")
    names = header.names
    refuse_twice(path, [name for name in names if name in ("emotion", "pixels")])
    others = [name for name in names if name.casefold() not in (*_NUMBERS_OF_ROWS, "pixels")]
    if others and "emotion" not in (name.casefold() for name in others):
        raise ZooError(
            f"{path} line 1: no column emotion, found {quoted(names)}: call the column of labels"
            " emotion, or leave pixels alone if there are none"
        )
    labels = NUMBERS
    if "emotion" in header.lowered:
        labels = read_labels(path, header, header.lowered.index("emotion"))
    return KaggleCsv(path, settings, header, labels, face_id_place(path, header))
