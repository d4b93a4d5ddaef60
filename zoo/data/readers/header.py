"""The first line of a csv, by which its kind is recognised."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from zoo.data.text_lines import MAX_LINE_BYTES
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

DELIMITERS = ",;\t|"
"""What may part a csv's columns."""


class Header(NamedTuple):
    """The columns' names as they are written, without blanks and quotes, and what parts them."""

    names: tuple[str, ...]
    delimiter: str

    @property
    def lowered(self) -> list[str]:
        """The names in no case."""
        return [name.casefold() for name in self.names]


def read_header(path: Path, known: Collection[str]) -> Header | None:
    """The columns in a csv's first line.

    Args:
        path: the csv.
        known: names in no case, of which there has to be one. The first of `DELIMITERS` by which
            it is a column parts the columns.

    Returns:
        The columns; None where the file does not begin with a line of UTF-8 text, or has no such
        column.

    Raises:
        ZooError: the file cannot be read.
    """
    line = read_first_line(path) or ""
    for delimiter in DELIMITERS:
        try:
            fields = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        header = Header(tuple(field.strip(' \t"') for field in fields), delimiter)
        if not set(known).isdisjoint(header.lowered):
            return header
    return None


def read_first_line(path: Path) -> str | None:
    """A file's first line, without byte order mark and line end.

    Returns:
        The line; None where the file does not begin with a line of UTF-8 text.

    Raises:
        ZooError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(MAX_LINE_BYTES)
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    shown = line.decode("utf-8-sig", "replace").strip()
    return shown if "\ufffd" not in shown and shown.replace("\t", "").isprintable() else None


def quoted(names: Sequence[str]) -> str:
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
