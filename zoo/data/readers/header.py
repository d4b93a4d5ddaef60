"""The first line of a csv, by which its kind is recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

MAX_LINE_BYTES = 1 << 20


def read_header(path: Path) -> list[str] | None:
    """The column names in a csv's first line as they are written, stripped of blanks and quotes.

    Returns:
        The names; None where the file does not begin with a line of UTF-8 text.

    Raises:
        ZooError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(MAX_LINE_BYTES)
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    return header_names(line)


def header_names(line: bytes) -> list[str] | None:
    """What `read_header` gives for a csv whose first line is `line`."""
    shown = line.decode("utf-8-sig", "replace").strip()
    if "\ufffd" in shown or not shown.replace("\t", "").isprintable():
        return None
    return [name.strip(' \t"') for name in shown.split(",")]


def quoted(names: list[str]) -> str:
    """Column names as a refusal quotes them, cut where they are many."""
    found = ", ".join(names)
    return repr(found if len(found) <= 60 else found[:60] + "…")
