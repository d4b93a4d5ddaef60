"""Reading fer2013.csv and its twin icml_face_data.csv: a label, 2304 pixels and a usage per row.

The pixels are parsed by arithmetic over a few rows of text at once, several times quicker
than row by row. A block that holds anything but plain numbers is parsed again literally, which
finds the fault and its line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image

from zoo.data.emotions import FER2013_CLASSES
from zoo.data.images import resized
from zoo.data.source import Batch, channels
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoo.data.source import Progress, Skipped

SIDE = 48
PIXELS = SIDE * SIDE
COLUMNS = ("emotion", "pixels", "Usage")
SPLIT_OF_USAGE = {b"Training": "train", b"PublicTest": "validation", b"PrivateTest": "test"}
_LABELS = {str(label).encode(): label for label in range(len(FER2013_CLASSES))}

_BLOCK_BYTES = 1 << 18
_ROWS_AT_ONCE = 4
"""Few enough that the intermediate arrays stay in a core's fastest cache and in memory that the
process already has: the whole FER2013 parses in half the time that blocks of 100 rows take."""

_MAX_LINE_BYTES = 1 << 20


class _BadRow(Exception):
    """Why a row cannot be read: words to count by, and the particulars."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class _Row:
    """A row split into its fields, the pixels still text."""

    number: int
    label: int
    split: str
    pixels: bytes


@dataclass(frozen=True)
class Fer2013Csv:
    """A fer2013.csv as a source of faces.

    Attributes:
        path: the csv file.
        size: side of the faces; 48 as they are, else resized.
        colour: ``"grey"``, or ``"rgb"`` to repeat the grey three times.
        skip_bad_rows: count rows that cannot be read instead of stopping at the first.
    """

    path: Path
    size: int = SIDE
    colour: str = "grey"
    skip_bad_rows: bool = False

    @property
    def reader(self) -> str:
        """Its name."""
        return "fer2013"

    @property
    def classes(self) -> tuple[str, ...]:
        """FER2013's seven, whichever of them occur."""
        return FER2013_CLASSES

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(size, size, 1 or 3)."""
        return self.size, self.size, channels(self.colour)

    @property
    def expected_faces(self) -> int:
        """From the file's size: a pixel and its blank take 3.6 bytes on average."""
        return int(self.path.stat().st_size / (3.6 * PIXELS)) + 1

    @property
    def facts(self) -> dict[str, Any]:
        """Nothing: the file itself holds the splits."""
        return {}

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 of the file; too quick to report progress."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def batches(self, skipped: Skipped, progress: Progress | None = None) -> Iterator[Batch]:
        """Parse block by block, in the file's order.

        Raises:
            ZooError: the header or, unless bad rows are skipped, a row is not as it should be.
        """
        total = self.path.stat().st_size
        if total == 0:
            raise ZooError(f"{self.path}: empty file")
        with self.path.open("rb") as file:
            columns = _read_header(file, self.path)
            for first, lines in _blocks(file, self.path):
                rows, faults = _split_rows(lines, first, columns)
                rows, pixels, bad_pixels = _parse_pixels(rows)
                self._report(sorted(faults + bad_pixels, key=lambda fault: fault[0]), skipped)
                yield from self._batches(rows, pixels)
                if progress:
                    progress(file.tell(), total)

    def _report(self, faults: list[tuple[int, _BadRow]], skipped: Skipped) -> None:
        for number, fault in faults:
            if not self.skip_bad_rows:
                raise ZooError(
                    f"{self.path} line {number}: {fault}; mend it, or pass --skip-bad-rows"
                )
            skipped.add(fault.reason, f"line {number}")

    def _batches(self, rows: list[_Row], pixels: np.ndarray) -> Iterator[Batch]:
        for split in SPLIT_OF_USAGE.values():
            chosen = [index for index, row in enumerate(rows) if row.split == split]
            if chosen:
                yield Batch(
                    split,
                    self._faces(pixels[chosen]),
                    [rows[index].label for index in chosen],
                    [f"line {rows[index].number}" for index in chosen],
                )

    def _faces(self, pixels: np.ndarray) -> np.ndarray:
        faces = pixels.reshape(-1, SIDE, SIDE)
        if self.size != SIDE:
            small = [np.asarray(resized(Image.fromarray(face), self.size)) for face in faces]
            faces = np.stack(small)
        return np.repeat(faces[..., None], channels(self.colour), axis=-1)


def _read_header(file: BinaryIO, path: Path) -> list[str]:
    """The column names, stripped and lower-cased, in the file's order.

    Raises:
        ZooError: one of `COLUMNS` is missing.
    """
    line = file.readline(_MAX_LINE_BYTES).decode("utf-8-sig", "replace").strip()
    names = [name.strip(' \t"') for name in line.split(",")]
    columns = [name.casefold() for name in names]
    if missing := [name for name in COLUMNS if name.casefold() not in columns]:
        found = ", ".join(names)
        found = found if len(found) <= 60 else found[:60] + "…"
        raise ZooError(
            f"{path} line 1: no column {' nor '.join(missing)}: expected the header"
            f" {','.join(COLUMNS)} in any order, found {found!r}"
        )
    return columns


def _blocks(file: BinaryIO, path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Whole lines, block by block, with the number of the first; the header was line 1."""
    number, rest = 2, b""
    while block := file.read(_BLOCK_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _MAX_LINE_BYTES:
            raise ZooError(
                f"{path} line {number + len(lines)}: longer than {_MAX_LINE_BYTES} bytes: not a"
                " FER2013 csv"
            )
        yield number, lines
        number += len(lines)
    if rest:
        yield number, [rest]


def _split_rows(
    lines: list[bytes], first: int, columns: list[str]
) -> tuple[list[_Row], list[tuple[int, _BadRow]]]:
    """Rows in fields, and the faults of those that cannot be split; blank lines are neither."""
    emotion, pixels, usage = (columns.index(name.casefold()) for name in COLUMNS)
    rows, faults = [], []
    for number, line in enumerate(lines, first):
        fields = [field.strip(b' \t\r"') for field in line.split(b",")]
        if fields == [b""]:
            continue
        try:
            _check_fields(fields, len(columns))
            label, split = _label(fields[emotion]), _split(fields[usage])
        except _BadRow as fault:
            faults.append((number, fault))
        else:
            rows.append(_Row(number, label, split, fields[pixels]))
    return rows, faults


def _check_fields(fields: list[bytes], expected: int) -> None:
    if len(fields) != expected:
        raise _BadRow("wrong number of columns", f"{len(fields)} columns, expected {expected}")


def _label(field: bytes) -> int:
    if field not in _LABELS:
        raise _BadRow(
            "unknown label", f"label {_shown(field)}, expected 0–{len(FER2013_CLASSES) - 1}"
        )
    return _LABELS[field]


def _split(field: bytes) -> str:
    if field not in SPLIT_OF_USAGE:
        known = ", ".join(usage.decode() for usage in SPLIT_OF_USAGE)
        raise _BadRow("unknown Usage", f"Usage {_shown(field)}, expected {known}")
    return SPLIT_OF_USAGE[field]


def _shown(field: bytes) -> str:
    shown = field.decode("utf-8", "replace")
    return repr(shown if len(shown) <= 20 else shown[:20] + "…")


def _parse_pixels(
    rows: list[_Row],
) -> tuple[list[_Row], np.ndarray, list[tuple[int, _BadRow]]]:
    """The rows whose pixels can be read, their pixels (n, 2304) uint8, the faults of the rest."""
    good, faults = [], []
    parsed = [np.zeros((0, PIXELS), np.uint8)]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        group = rows[start : start + _ROWS_AT_ONCE]
        plain = _parse_plain([row.pixels for row in group])
        if plain is not None:
            good += group
            parsed.append(plain)
            continue
        for row in group:
            try:
                parsed.append(np.array([_parse_literally(row.pixels)], np.uint8))
                good.append(row)
            except _BadRow as fault:
                faults.append((row.number, fault))
    return good, np.concatenate(parsed), faults


def _parse_plain(texts: list[bytes]) -> np.ndarray | None:
    """(n, 2304) uint8, or None unless every text is 2304 numbers 0–255 between blanks.

    At every byte the value of the number that would end there is computed from the byte and the
    two before it; then the bytes at which a number does end are picked.
    """
    # Three blanks in front stand before the first number's digits, one behind ends the last.
    text = np.frombuffer(b"   " + b" ".join(texts) + b" ", np.uint8)
    value = text - np.uint8(ord("0"))
    is_digit = value < 10
    if not (is_digit | (text == ord(" "))).all():
        return None
    digit = is_digit.view(np.uint8)
    value *= digit
    ends = is_digit[3:-1] & ~is_digit[4:]
    hundreds = value[1:-3] * digit[2:-2]
    below_hundred = value[2:-2] * np.uint8(10) + value[3:-1]
    numbers = hundreds * np.uint8(100) + below_hundred  # wraps above 255, and is then smaller
    four_digits = (digit[:-4] & digit[1:-3] & digit[2:-2]).view(bool)
    too_large = (hundreds > 2) | (numbers < below_hundred) | four_digits
    if (too_large & ends).any():
        return None
    start = 0
    for field in texts:
        if np.count_nonzero(ends[start : start + len(field)]) != PIXELS:
            return None
        start += len(field) + 1
    return np.compress(ends, numbers).reshape(-1, PIXELS)  # five times as quick as numbers[ends]


def _parse_literally(text: bytes) -> list[int]:
    """The 2304 numbers of one row.

    Raises:
        _BadRow: there are more or fewer, or one is not a whole number 0–255.
    """
    fields = text.split()
    if len(fields) != PIXELS:
        raise _BadRow(
            "wrong number of pixels",
            f"{len(fields)} pixels, expected {PIXELS} ({SIDE}×{SIDE})",
        )
    for place, field in enumerate(fields, 1):
        if not (field.isdigit() and int(field) <= 255):
            raise _BadRow("bad pixel", f"pixel {place} is {_shown(field)}, expected 0–255")
    return [int(field) for field in fields]
