"""The rows of a csv of faces: blocks of lines, lines in fields, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from zoo.data.emotions import FER2013_CLASSES
from zoo.data.pixels import BadRow, shown
from zoo.data.readers.header import MAX_LINE_BYTES
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LABELS = {str(label).encode(): label for label in range(len(FER2013_CLASSES))}

_BLOCK_BYTES = 1 << 18


def blocks(file: BinaryIO, path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Whole lines, block by block, with the number of the first; the header was line 1.

    Raises:
        ZooError: a line has no end.
    """
    number, rest = 2, b""
    while block := file.read(_BLOCK_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            raise ZooError(
                f"{path} line {number + len(lines)}: longer than {MAX_LINE_BYTES} bytes: not a"
                " FER2013 csv"
            )
        yield number, lines
        number += len(lines)
    if rest:
        yield number, [rest]


def fields_of(line: bytes) -> list[bytes]:
    """A line's fields, stripped of blanks and quotes; ``[b""]`` for a blank line."""
    return [field.strip(b' \t\r"') for field in line.split(b",")]


def check_fields(fields: list[bytes], expected: int) -> None:
    """Refuse a row of another number of columns than the header's.

    Raises:
        BadRow: it has more or fewer.
    """
    if len(fields) != expected:
        raise BadRow("wrong number of columns", f"{len(fields)} columns, expected {expected}")


def label_of(field: bytes) -> int:
    """The label, 0–6.

    Raises:
        BadRow: it is another or none.
    """
    if field not in _LABELS:
        raise BadRow(
            "unknown label", f"label {shown(field)}, expected 0–{len(FER2013_CLASSES) - 1}"
        )
    return _LABELS[field]


def text_of(field: bytes) -> str:
    """What stands in a field, whatever its bytes."""
    return field.decode("utf-8", "backslashreplace")
