"""A folder of csv files of faces, as Kaggle's competition has it: which one is read.

The one with emotion, pixels and Usage, where there is one alone; else the one with emotion and
pixels. The others are left alone, and it is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.readers import fer2013, kaggle
from zoo.data.readers.inside import Inside
from zoo.data.readers.rows import read_pixel_header
from zoo.data.readers.tree import images_below, visible
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.settings import ImportSettings

EXPECTED = "a folder with one such csv"
TAKES: frozenset[str] = frozenset()

_COMPLETE = "emotion, pixels and Usage"
_LABELLED = "emotion and pixels"
_BARE = "pixels alone"


def recognise(path: Path) -> bool:
    """Whether it is a folder with csv files that have a column pixels, and without images."""
    return path.is_dir() and bool(tables(path)) and next(images_below(path, path), None) is None


def open_source(path: Path, settings: ImportSettings) -> Inside:
    """The one csv that is meant.

    Raises:
        ZooError: several might be, or it is not as it should be.
    """
    found = tables(path)
    best = next(kind for kind in (_COMPLETE, _LABELLED, _BARE) if kind in found.values())
    (chosen, *others) = [table for table, kind in found.items() if kind == best]
    if others:
        names = " or ".join(table.name for table in (chosen, *others))
        raise ZooError(f"{path}: several csv files with {best}: name one of them, {names}")
    reader = fer2013 if best == _COMPLETE else kaggle
    left = ", ".join(f"{table.name} with {kind}" for table, kind in found.items() if kind != best)
    where = f"called {chosen.name}" + (f" (beside it, not read: {left})" if left else "")
    return Inside(reader.open_source(chosen, settings), path, where)


def tables(folder: Path) -> dict[Path, str]:
    """The csv files of faces in a folder, and which columns each has."""
    found = {}
    for path in visible(folder, folder):
        if path.suffix.casefold() != ".csv" or not path.is_file():
            continue
        if header := read_pixel_header(path):
            labelled = "emotion" in header.lowered
            whole = labelled and "usage" in header.lowered
            found[path] = _COMPLETE if whole else _LABELLED if labelled else _BARE
    return found
