"""Reading a csv of paths: an image file per row, its label, and whatever else is known of it.

Relative paths start at the csv's folder and stay below it, links followed; absolute ones are taken
as they are written, for whoever wrote them meant that file. Rows without a label make the split
`UNLABELLED`. Files that are not there are counted, and the rest goes on.
"""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.columns import FACE_ID, SUBJECT, unused_name
from zoo.data.dataset import UNLABELLED
from zoo.data.emotions import canonical
from zoo.data.readers.found import Find, FoundImage, as_source
from zoo.data.readers.header import Header, read_header, refuse_twice
from zoo.data.readers.tree import SPLIT_FOLDERS, visible
from zoo.data.soft_labels import soft_label, soft_label_columns, soft_label_names
from zoo.data.text_lines import text_lines
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.readers.labelled import LabelledImages
    from zoo.data.settings import ImportSettings

EXPECTED = "a csv with the columns path and label"
TAKES = frozenset({"crop_faces"})

NAMES = {
    "path": ("path", "file", "filename", "file_name", "filepath", "file_path", "image_path"),
    "label": ("label", "emotion", "expression", "class"),
    "split": ("split", "usage"),
    "id": (FACE_ID,),
}
"""What each of these columns may be called, lower-cased; the first that is there is taken."""

SPLITS = {**SPLIT_FOLDERS, "publictest": "validation", "privatetest": "test"}
"""What a split may be called, lower-cased: as folders are, or as in FER2013."""

_LOOKED_AT = 100


class _BadRow(ZooError):
    """A row that contradicts itself or another: a reason to count by, and the message."""

    def __init__(self, path: Path, line: int, reason: str, detail: str):
        super().__init__(f"{path} line {line}: {detail}; mend it, or pass --skip-bad-rows")
        self.reason = reason
        self.line = line


@dataclass(frozen=True)
class _Layout:
    """Where each column of the header stands, counted from 0; None: not there."""

    header: Header
    path: int
    label: int | None
    split: int | None
    face_id: int | None
    attributes: dict[str, int]
    soft_labels: dict[str, int]

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.header.names)


@dataclass(frozen=True)
class _Row:
    """A row, and the line on which it ends."""

    line: int
    image: FoundImage


def recognise(path: Path) -> bool:
    """Whether it is a file whose first line has a column called path, or as good as that."""
    return path.is_file() and _layout(path) is not None


def labelling(folder: Path) -> list[Path]:
    """The csv files in a folder that label images which stand there, one of the first at least."""
    found = []
    for path in visible(folder, folder):
        layout = _layout(path) if path.suffix.casefold() == ".csv" else None
        if layout is None or layout.label is None:
            continue
        here = _Surroundings(folder)
        with suppress(ZooError):  # a fault in the csv is told where it is read
            first = islice(_fields(path, layout), _LOOKED_AT)
            named = [row[layout.path] for _, row in first if len(row) == layout.count]
            if not all(here.absent(_file(path, written), written) for written in named):
                found.append(path)
    return found


def open_source(path: Path, settings: ImportSettings) -> LabelledImages:
    """Read all rows of the csv, decoding no image.

    Raises:
        ZooError: two columns that are needed have one name, a row is not as it should be (unless
            bad rows are skipped), there is no training row or one class only, a split has a class
            that train lacks, or a subject stands in two splits.
    """
    layout = _layout(path)
    if layout is None:
        raise ZooError(f"{path} line 1: expected {EXPECTED}")
    kind = f"a csv of paths{_choices(path, layout)}"
    rows, left_out = _rows(path, layout, settings)
    find = Find(
        "paths", kind, path, path.parent, [row.image for row in rows],
        tuple(layout.attributes), left_out, (path,),
        f"without the column of splits the zoo splits by subject; a column {SUBJECT} under"
        " another name is not looked at",
        tuple(layout.soft_labels),
    )  # fmt: skip
    return as_source(find, settings)


def _layout(path: Path) -> _Layout | None:
    """Where everything stands; None where there is no column of paths."""
    header = read_header(path, NAMES["path"])
    if header is None:
        return None
    lowered = header.lowered
    at, label, split, face_id = (
        next((lowered.index(name) for name in known if name in lowered), None)
        for known in NAMES.values()
    )
    if at is None:
        return None
    soft_labels = {} if label is None else soft_label_columns(header.names)
    own = {at, label, split, face_id, *soft_labels.values()}
    attributes: dict[str, int] = {}
    for place, name in enumerate(header.names):
        if name and place not in own:
            attributes[unused_name(name, attributes)] = place
    return _Layout(header, at, label, split, face_id, attributes, soft_labels)


def _choices(path: Path, layout: _Layout) -> str:
    """Which of several columns that may say the same is taken, in words; blank without any.

    Raises:
        ZooError: two of them have one name.
    """
    refuse_twice(path, soft_label_names(layout.header.names))
    words = ""
    for what, known in NAMES.items():
        found = [name for name in layout.header.names if name.casefold() in known]
        refuse_twice(path, found)
        if len(found) > 1:
            found.sort(key=lambda name: known.index(name.casefold()))
            taken, *others = found
            words += f"; the {what} is taken from column {taken}, not from {' or '.join(others)}"
    return words


def _rows(
    path: Path, layout: _Layout, settings: ImportSettings
) -> tuple[list[_Row], list[tuple[str, str]]]:
    """The rows that can be used, and the reason and place of those that cannot."""
    rows: list[_Row] = []
    left_out: list[tuple[str, str]] = []
    first: dict[Path, _Row] = {}
    here = _Surroundings(path.parent)
    for line, fields in _fields(path, layout):
        try:
            written, row = _row(path, line, fields, layout)
            if reason := here.absent(row.image.file, written):
                left_out.append((reason, f"line {line}: {written}"))
                continue
            earlier = first.setdefault(row.image.file, row)
            if earlier is not row:
                _refuse_contradiction(path, earlier, row)
                left_out.append(("file named twice", f"line {line}: {written}"))
                continue
        except _BadRow as fault:
            if not settings.skip_bad_rows:
                raise
            left_out.append((fault.reason, f"line {fault.line}"))
        else:
            rows.append(row)
    return rows, left_out


def _fields(path: Path, layout: _Layout) -> Iterator[tuple[int, list[str]]]:
    """The fields of every row below the header, stripped, and the line on which it ends."""
    with path.open("rb") as file:
        lines = (line.replace("\0", "\ufffd") for line in text_lines(path, file))
        reader = csv.reader(lines, delimiter=layout.header.delimiter)
        try:
            next(reader)
            for fields in reader:
                stripped = [field.strip() for field in fields]
                if any(stripped):
                    yield reader.line_num, stripped
        except csv.Error as error:
            raise ZooError(f"{path} line {reader.line_num}: {error}: mend the csv") from None


def _row(path: Path, line: int, fields: list[str], layout: _Layout) -> tuple[str, _Row]:
    """The path as written, and the row."""
    if len(fields) != layout.count:
        raise _BadRow(
            path, line, "wrong number of columns",
            f"{len(fields)} columns, expected {layout.count}",
        )  # fmt: skip
    written = fields[layout.path]
    if not written:
        raise _BadRow(path, line, "no path", "the path is blank")
    name = canonical(fields[layout.label]) if layout.label is not None else ""
    split = _split(path, line, fields[layout.split]) if layout.split is not None else "train"
    attributes = tuple(fields[place] for place in layout.attributes.values())
    face_id = fields[layout.face_id] if layout.face_id is not None else ""
    soft_label = _soft_label(path, line, fields, layout) if name else None
    file, split = _file(path, written), split if name else UNLABELLED
    return written, _Row(line, FoundImage(file, name, split, attributes, soft_label, face_id))


def _soft_label(
    path: Path, line: int, fields: list[str], layout: _Layout
) -> tuple[float, ...] | None:
    if not layout.soft_labels:
        return None
    try:
        return soft_label([fields[place] for place in layout.soft_labels.values()])
    except ValueError as fault:
        raise _BadRow(path, line, "bad soft label", str(fault)) from None


def _file(path: Path, written: str) -> Path:
    """What a csv at `path` means by `written`; on text, for a `Path` takes longer than a look."""
    file = os.path.join(path.parent, written)
    # Backslashes part folders where the csv was written under Windows.
    if "\\" in written and not os.path.lexists(file):
        file = os.path.join(path.parent, written.replace("\\", "/"))
    return Path(os.path.normpath(file))


def _split(path: Path, line: int, written: str) -> str:
    if written.casefold() not in SPLITS:
        raise _BadRow(
            path, line, "unknown split",
            f"split {written[:20]!r}, expected train, validation or test",
        )  # fmt: skip
    return SPLITS[written.casefold()]


class _Surroundings:
    """What stands in a csv's folder, links followed.

    Args:
        folder: the csv's.
    """

    def __init__(self, folder: Path):
        self._start = os.path.join(os.path.realpath(folder), "")
        # Thousands of files stand in few folders, and to follow the links to one takes a while.
        self._followed: dict[str, str] = {}

    def absent(self, file: Path, written: str) -> str | None:
        """Why the file of a row cannot be taken, or None."""
        if not os.path.isabs(written) and not self._real(os.fspath(file)).startswith(self._start):
            return "path leads out of the csv's folder"
        return None if os.path.isfile(file) else "no such file"

    def _real(self, file: str) -> str:
        if os.path.islink(file):
            return os.path.realpath(file)
        folder, name = os.path.split(file)
        if folder not in self._followed:
            self._followed[folder] = os.path.realpath(folder)
        return os.path.join(self._followed[folder], name)


def _refuse_contradiction(path: Path, earlier: _Row, row: _Row) -> None:
    for what, one, other in (
        ("label", earlier.image.name, row.image.name),
        ("split", earlier.image.split, row.image.split),
    ):  # fmt: skip
        if one != other:
            raise _BadRow(
                path, row.line, f"file named twice, with another {what}",
                f"{row.image.file.name} has {what} {other!r}, in line {earlier.line} {one!r}",
            )  # fmt: skip
