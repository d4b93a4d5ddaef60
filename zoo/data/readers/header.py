"""The first line of a csv, by which its kind is recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.text_lines import MAX_LINE_BYTES
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_header(path: Path) -> list[str] | None:
    """The column names in a csv's first line as they are written, stripped of blanks and quotes.

    Returns:
        The names; None where the file does not begin with a line of UTF-8 text.

    Raises:
        ZooError: the file cannot be read.
    """
    return header_names(_first_bytes(path))


def read_first_line(path: Path) -> str | None:
    """A file's first line, without byte order mark and line end.

    Returns:
        The line; None where the file does not begin with a line of UTF-8 text.

    Raises:
        ZooError: the file cannot be read.
    """
    return _text(_first_bytes(path))


def header_names(line: bytes) -> list[str] | None:
    """What `read_header` gives for a csv whose first line is `line`."""
    shown = _text(line)
    return None if shown is None else [name.strip(' \t"') for name in shown.split(",")]


def quoted(names: list[str]) -> str:
    """Column names as a refusal quotes them, cut where they are many."""
    found = ", ".join(names)
    return repr(found if len(found) <= 60 else found[:60] + "…")


def refuse_twice(path: Path, names: Sequence[str]) -> None:
    """Refuse columns of which nobody knows which one is meant.

    Args:
        path: the csv.
        names: what those of its columns are called that are looked for.

    Raises:
        ZooError: two of them have one name.
    """
    for name in names:
        if (count := names.count(name)) > 1:
            raise ZooError(
                f"{path} line 1: {count} columns called {name}: remove those that are not meant,"
                " or give them other names"
            )


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.readline(MAX_LINE_BYTES)
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None


def _text(line: bytes) -> str | None:
    shown = line.decode("utf-8-sig", "replace").strip()
    return shown if "\ufffd" not in shown and shown.replace("\t", "").isprintable() else None
