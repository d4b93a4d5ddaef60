"""Faces of a data set on contact sheets, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.emotions import canonical
from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset, Split

_COLUMNS = 8
_PER_PAGE = 80


def show_faces(
    dataset: Dataset,
    path: Path,
    *,
    split: str | None = None,
    class_name: str | None = None,
    page: int = 1,
    overwrite: bool = False,
) -> str:
    """Draw a page of faces in the data set's order, each with its label and id.

    Args:
        dataset: whose faces.
        path: where the picture goes.
        split: the split's name; by default the first one.
        class_name: only faces with this label; synonyms of emotions are understood.
        page: from 1.
        overwrite: whether an existing file may be replaced.

    Returns:
        What the picture shows: ``fer2013, train, fear: faces 1–80 of 4,097 (page 1 of 52)``.

    Raises:
        ZooError: there is no such split, class or page, or `path` exists.
    """
    from zoo.figures.contact_sheet import Tile, contact_sheet, in_rows

    shown = dataset.split(split or next(iter(dataset.splits)))
    rows = np.arange(len(shown))
    parts = [dataset.name, shown.name]
    if class_name is not None:
        name = class_called(class_name, shown, dataset)
        rows = np.flatnonzero(shown.labels == dataset.classes.index(name))
        parts.append(name)
    what = ", ".join(parts)
    pages = -(-len(rows) // _PER_PAGE)
    if not 1 <= page <= pages:
        there = f"1 to {pages}" if pages else "none, for there are no such faces"
        raise ZooError(f"{what}: no page {page}: expected {there}")
    first = (page - 1) * _PER_PAGE
    chosen = rows[first : first + _PER_PAGE]
    tiles = [
        Tile(shown.faces[row], (*_label_line(dataset, shown, row), str(shown.ids[row])))
        for row in chosen.tolist()
    ]
    last = first + len(chosen)
    title = f"{what}: faces {first + 1:,}–{last:,} of {len(rows):,} (page {page} of {pages})"
    contact_sheet(in_rows(tiles, _COLUMNS), path, title=title, overwrite=overwrite)
    return title


def class_called(class_name: str, split: Split, dataset: Dataset) -> str:
    """What the data set calls the class that a user calls `class_name`.

    Raises:
        ZooError: the split's faces have no such class.
    """
    for name in (class_name, canonical(class_name)):
        if split.labelled and name in dataset.classes:
            return name
    raise unknown("class", class_name, dataset.classes if split.labelled else ())


def _label_line(dataset: Dataset, split: Split, row: int) -> tuple[str, ...]:
    return (dataset.classes[split.labels[row]],) if split.labelled else ()
