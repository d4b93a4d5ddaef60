"""The rows of a csv of faces: blocks of lines, lines in fields, and what is wrong with them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar

from zoo.data.columns import FACE_ID
from zoo.data.pixels import PIXELS, BadRow
from zoo.data.readers.header import read_header, refuse_twice
from zoo.data.text_lines import MAX_LINE_BYTES
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zoo.data.readers.header import Header
    from zoo.data.source import Progress, Skipped

Row = TypeVar("Row")

_BLOCK_BYTES = 1 << 22
"""Some 600 rows of FER2013."""


class Block(NamedTuple):
    """Some whole lines of a csv, of which the first is the header.

    Attributes:
        start: where they begin in the file.
        stop: where the next ones begin.
        line: the number of the first, the header's being 1.
        lines: how many there are.
        row: how many rows stand in front; blank lines are none.
        last: whether nothing stands behind.
    """

    start: int
    stop: int
    line: int
    lines: int
    row: int
    last: bool


def blocks(path: Path) -> Iterator[Block]:
    """All lines behind the header, block by block: one of them at least, if an empty one."""
    total = path.stat().st_size
    with path.open("rb") as file:
        file.readline(MAX_LINE_BYTES)
        stop, line, row, last = file.tell(), 2, 0, False
        while not last:
            start = stop
            lines = _to_line_end(file).split(b"\n")
            stop = file.tell()
            last = stop >= total or stop == start
            yield Block(start, stop, line, len(lines), row, last)
            line += len(lines) - 1
            row += sum(not _is_blank(one) for one in lines)


def lines_of(path: Path, block: Block) -> list[bytes]:
    """The lines of a block.

    Raises:
        ZooError: one has no end.
    """
    with path.open("rb") as file:
        file.seek(block.start)
        lines = file.read(block.stop - block.start).split(b"\n")
    for number, line in enumerate(lines, block.line):
        if len(line) > MAX_LINE_BYTES:
            raise ZooError(
                f"{path} line {number}: longer than {MAX_LINE_BYTES} bytes: not a FER2013 csv"
            )
    return lines


def read_pixel_header(path: Path) -> Header | None:
    """The columns of a csv of faces; None for any other file.

    Raises:
        ZooError: the file cannot be read.
    """
    return read_header(path, ("pixels",))


def file_hash(path: Path, progress: Progress | None) -> str:
    """Hex sha256 of a file."""
    total, done, digest = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while content := file.read(_BLOCK_BYTES):
            digest.update(content)
            done += len(content)
            if progress:
                progress(done, total)
    return digest.hexdigest()


def expected_rows(path: Path) -> int:
    """About how many rows of 48×48 pixels: each and its blank take 3.6 bytes on average."""
    return int(path.stat().st_size / (3.6 * PIXELS)) + 1


def _is_blank(line: bytes) -> bool:
    """Whether a line holds nothing but blanks and quotes."""
    return not line.strip(b' \t\r"')


def _to_line_end(file: BinaryIO) -> bytes:
    """A block's bytes; the last line is not read to its end where that is far away."""
    return file.read(_BLOCK_BYTES) + file.readline(MAX_LINE_BYTES + 1)


def rows_of(
    path: Path, block: Block, header: Header, make: Callable[[int, int, list[bytes]], Row]
) -> tuple[list[Row], list[tuple[int, BadRow]]]:
    """A block's rows, and the faults of those that are none; blank lines are neither.

    Args:
        path: the csv.
        block: of its lines.
        header: of the csv.
        make: makes a row of its position in the file, counted from 0 with the bad ones, its line
            and its fields; raises `BadRow` where they are not as they should be.

    Raises:
        ZooError: a line has no end.
    """
    rows: list[Row] = []
    faults: list[tuple[int, BadRow]] = []
    delimiter = header.delimiter.encode()
    for number, line in enumerate(lines_of(path, block), block.line):
        if _is_blank(line):
            continue
        try:
            fields = _fields_of(line, delimiter, len(header.names))
            rows.append(make(block.row + len(rows) + len(faults), number, fields))
        except BadRow as fault:
            faults.append((number, fault))
    return rows, faults


def _fields_of(line: bytes, delimiter: bytes, columns: int) -> list[bytes]:
    """A line's fields, stripped of blanks and quotes.

    Raises:
        BadRow: they are not as many as the header's.
    """
    fields = [field.strip(b' \t\r"') for field in line.split(delimiter)]
    if len(fields) != columns:
        raise BadRow("wrong number of columns", f"{len(fields)} columns, expected {columns}")
    return fields


def face_id_place(path: Path, header: Header) -> int | None:
    """Where the column `FACE_ID` stands; None: nowhere.

    Raises:
        ZooError: there are two.
    """
    refuse_twice(path, [name for name in header.lowered if name == FACE_ID])
    return header.lowered.index(FACE_ID) if FACE_ID in header.lowered else None


def face_id(field: bytes, line: int) -> str:
    """What a row's face is called, by what stands in the column `FACE_ID`, if there is one."""
    return text_of(field) or f"line {line}"


def report(
    path: Path, faults: list[tuple[int, BadRow]], skipped: Skipped, *, strict: bool
) -> None:
    """Count a block's bad rows, each the number of its line and its fault.

    Raises:
        ZooError: of the first, where `strict`.
    """
    for number, fault in sorted(faults, key=lambda fault: fault[0]):
        if strict:
            raise ZooError(f"{path} line {number}: {fault}; mend it, or pass --skip-bad-rows")
        skipped.add(fault.reason, f"line {number}")


def text_of(field: bytes) -> str:
    """What stands in a field, whatever its bytes."""
    return field.decode("utf-8", "backslashreplace")
