"""Reading a folder of images with a csv of paths among them that says what they are.

As many data sets are handed out: ``labels.csv`` beside ``part1/`` and ``part2/``. Where folders
are called as emotions they say it themselves, and the csv is left alone
(`zoo.data.readers.folders`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.emotions import KNOWN_CLASSES, canonical
from zoo.data.readers import paths
from zoo.data.readers.inside import Inside
from zoo.data.readers.tree import SPLIT_FOLDERS, folders
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.settings import ImportSettings

EXPECTED = "a folder of images and one csv with the columns path and label"
TAKES = paths.TAKES


def recognise(path: Path) -> bool:
    """Whether csv files of paths in it label its images, and no folder is called as an emotion."""
    return path.is_dir() and not _emotions(path) and bool(paths.labelling(path))


def open_source(path: Path, settings: ImportSettings) -> Inside:
    """The csv.

    Raises:
        ZooError: there are several, or it is not as it should be.
    """
    table, *others = paths.labelling(path)
    if others:
        names = " or ".join(text(other.relative_to(path)) for other in (table, *others))
        raise ZooError(f"{path}: several csv files of paths: name one of them, {names}")
    where = f"called {text(table.relative_to(path))}"
    return Inside(paths.open_source(table, settings), path, where)


def _emotions(path: Path) -> bool:
    """Whether folders of classes, in folders of splits or not, are called as emotions."""
    parents = [folder for folder in folders(path, path) if folder.name.casefold() in SPLIT_FOLDERS]
    return any(
        canonical(child.name) in KNOWN_CLASSES
        for parent in [path, *parents]
        for child in folders(parent, path)
    )
