"""What the labels in a csv of faces stand for: FER2013's numbers, or the names of classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.data.emotions import FER2013_CLASSES, canonical, ordered_classes
from zoo.data.pixels import BadRow, shown
from zoo.data.readers.rows import blocks, rows_of, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from zoo.data.readers.header import Header


@dataclass(frozen=True)
class Labels:
    """The labels of a csv.

    Attributes:
        classes: what they are positions in.
        meanings: the label that each field means.
        expected: the fields, in the words of a refusal.
        words: what to say of the csv, behind its kind.
    """

    classes: tuple[str, ...]
    meanings: Mapping[bytes, int]
    expected: str
    words: str = ""

    def of(self, field: bytes) -> int:
        """The label, a position in `classes`.

        Raises:
            BadRow: it is another or none.
        """
        if field not in self.meanings:
            raise BadRow("unknown label", f"label {shown(field)}, expected {self.expected}")
        return self.meanings[field]


NUMBERS = Labels(
    FER2013_CLASSES,
    {str(label).encode(): label for label in range(len(FER2013_CLASSES))},
    f"0–{len(FER2013_CLASSES) - 1}",
)
"""FER2013's."""


def read_labels(path: Path, header: Header, place: int, soft: Collection[str] = ()) -> Labels:
    """Find out what the labels of a csv are; it is read to its end only where they are names.

    Args:
        path: the csv.
        header: its columns.
        place: of the column of labels.
        soft: canonical names of classes that have soft labels, and maybe no face.

    Raises:
        ZooError: a line has no end.
    """
    found: set[bytes] = set()
    for block in blocks(path):
        fields, _ = rows_of(path, block, header, lambda _, __, row: row[place])
        found.update(fields)
        # Of a csv that has both, what is no number is a fault.
        if any(map(is_number, found)):
            return NUMBERS
    found.discard(b"")
    if not found:
        return NUMBERS
    names = {field: canonical(text_of(field)) for field in found}
    classes = ordered_classes({*names.values(), *soft})
    meanings = {field: classes.index(name) for field, name in names.items()}
    return Labels(classes, meanings, "the name of a class", ", its labels by name")


def is_number(field: bytes | str) -> bool:
    """Whether a field is taken for one of FER2013's labels, if a wrong one."""
    try:
        float(field)
    except ValueError:
        return False
    return True
