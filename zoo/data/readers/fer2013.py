"""Reading fer2013.csv and its twin icml_face_data.csv: a label, 2304 pixels and a usage per row.

Other columns that have a name are kept with the faces (`zoo.data.dataset.Split.columns`). Rows are
split one by one, their pixels parsed by `zoo.data.pixels`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.annotations import aggregate, open_annotations
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.pixels import SIDE, parse
from zoo.data.readers.fer2013_columns import (
    SPLIT_OF_USAGE,
    USAGE_OF_SPLIT,
    Layout,
    Row,
    read_layout,
)
from zoo.data.readers.rows import (
    blocks,
    expected_rows,
    face_id,
    file_hash,
    read_pixel_header,
    report,
    rows_of,
    text_of,
)
from zoo.data.settings import option
from zoo.data.soft_labels import SOFT_LABELS
from zoo.data.source import Batch, Part
from zoo.data.votes import COLUMN_NAMES
from zoo.errors import ZooError
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from zoo.data.annotations import Annotations
    from zoo.data.readers.rows import Block
    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Skipped

EXPECTED = "a csv with the columns emotion, pixels and Usage"
TAKES = frozenset({"votes", "ferplus"})


@dataclass(frozen=True)
class Fer2013Csv:
    """A fer2013.csv as a source of faces; `open_source` makes it.

    Attributes:
        path: the csv file.
        settings: size, colour, and whether bad rows are skipped.
        layout: of its columns.
        annotations: annotators' votes, one row for each of the file's, and what they mean.
    """

    path: Path
    settings: ImportSettings
    layout: Layout
    annotations: Annotations | None = None

    @property
    def reader(self) -> str:
        """Its name."""
        return "fer2013"

    @property
    def kind(self) -> str:
        """What it is, in words."""
        votes = f" {self.annotations.words}" if self.annotations else ""
        return f"a FER2013 csv{votes}{self.layout.labels.words}"

    @property
    def classes(self) -> tuple[str, ...]:
        """FER2013's seven, whichever of them occur, or those of the names or votes."""
        return self.annotations.classes if self.annotations else self.layout.labels.classes

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
        """What is known of soft labels, if there are any; the file itself holds the splits."""
        if self.annotations:
            return self.annotations.facts
        return {SOFT_LABELS: True} if self.layout.soft_labels else {}

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 of the file."""
        return file_hash(self.path, progress)

    def parts(self) -> Iterator[Part]:
        """Blocks of lines."""
        total = self.path.stat().st_size
        for block in blocks(self.path):
            yield Part(block, block.start, block.stop, total)

    @property
    def decoder(self) -> Fer2013Csv:
        """Itself."""
        return self

    def decode(self, content: Block, skipped: Skipped) -> Iterator[Batch]:
        """Parse a block.

        Raises:
            ZooError: a row is not as it should be, unless bad rows are skipped, or the votes are
                of other rows.
        """
        rows, faults = rows_of(self.path, content, self.layout.header, self.layout.row)
        seen = content.row + len(rows) + len(faults)
        pixels, bad = parse([row.pixels for row in rows])
        faults += [(rows[index].number, fault) for index, fault in bad.items()]
        first_bad = min((number for number, _ in faults if self.strict), default=math.inf)
        self._check_votes([row for row in rows if row.number < first_bad])
        report(self.path, faults, skipped, strict=self.strict)
        rows = [row for index, row in enumerate(rows) if index not in bad]
        yield from self._batches(rows, pixels, skipped)
        if self.annotations and content.last:
            self.annotations.votes.check_count(self.path, seen)

    def check(self, trained: Collection[int], skipped: Skipped) -> None:
        """Refuse training faces of a single class.

        Raises:
            ZooError: they are.
        """
        if len(trained) == 1:
            (label,) = trained
            raise ZooError(
                f"{self.path}: only one class among the training faces, {self.classes[label]}: a"
                " classifier needs two"
            )

    def _check_votes(self, rows: list[Row]) -> None:
        if self.annotations:
            told = ((row.position, row.number, USAGE_OF_SPLIT[row.split]) for row in rows)
            self.annotations.votes.check_rows(self.path, told)

    def _batches(self, rows: list[Row], pixels: np.ndarray, skipped: Skipped) -> Iterator[Batch]:
        for split in SPLIT_OF_USAGE.values():
            of_split = [index for index, row in enumerate(rows) if row.split == split]
            positions = [rows[index].position for index in of_split]
            labels = [rows[index].label for index in of_split]
            aggregated = aggregate(self.annotations, split, positions, labels, skipped)
            kept = [place for place, reason in enumerate(aggregated.dropped) if not reason]
            chosen = [of_split[place] for place in kept]
            if chosen:
                soft_labels = aggregated.soft_labels
                if self.layout.soft_labels:
                    soft_labels = np.array([row.soft_label for row in rows], np.float32)[of_split]
                attributes = {
                    name: np.array([text_of(rows[index].attributes[place]) for index in chosen])
                    for place, name in enumerate(self.layout.attributes)
                }
                yield Batch(
                    split,
                    self._faces(pixels[chosen]),
                    aggregated.labels[kept].tolist(),
                    [face_id(rows[index].face_id, rows[index].number) for index in chosen],
                    None if soft_labels is None else soft_labels[kept],
                    attributes | {name: of[kept] for name, of in aggregated.columns.items()},
                )

    def _faces(self, pixels: np.ndarray) -> np.ndarray:
        return to_face_shape(pixels.reshape(-1, SIDE, SIDE, 1), self.face_shape)


def recognise(path: Path) -> bool:
    """Whether it is a file whose first line has a column called pixels."""
    return path.is_file() and read_pixel_header(path) is not None


def open_source(path: Path, settings: ImportSettings) -> Fer2013Csv:
    """The csv at `path`, with its votes if there are any.

    Raises:
        ZooError: the header is not as it should be, the votes cannot be read, or the csv has soft
            labels or other classes than FER2013's besides.
    """
    annotations = open_annotations(settings)
    layout = read_layout(path, COLUMN_NAMES if annotations else ())
    if annotations:
        given = option("votes" if settings.votes else "ferplus")
        if layout.soft_labels:
            raise ZooError(f"{path}: it has soft labels already: leave out {given}")
        if layout.labels.classes != FER2013_CLASSES:
            found = ", ".join(layout.labels.classes)
            raise ZooError(f"{path}: {given} needs FER2013's seven classes, it has {found}")
    return Fer2013Csv(path, settings, layout, annotations)
