"""Contact sheets: many faces on one picture, each with a few words below it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

_CELL = 1.15
_FACE = 1.05
_LINE = 0.13
_TITLE = 0.4
_MARGIN = 0.1
"""All in inches."""

_POINTS = 7
"""The captions' letters."""

_LETTERS = FontProperties(size=_POINTS)
_CHARACTERS = 60
"""More of them than fit below a face."""


@dataclass(frozen=True)
class Tile:
    """A face on a contact sheet.

    Attributes:
        face: (H, W, 1|3) uint8, 0–255.
        lines: what stands below it; a line that is too long loses its beginning.
    """

    face: np.ndarray
    lines: Sequence[str] = ()


def contact_sheet(
    rows: Sequence[Sequence[Tile]], path: Path, *, title: str, overwrite: bool = False
) -> None:
    """Draw faces in rows.

    Args:
        rows: the tiles, row by row; at least one.
        path: where the picture goes.
        title: what the sheet shows, the data set's name in it.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    columns = max(len(row) for row in rows)
    cell = _FACE + 0.12 + _LINE * max(len(tile.lines) for row in rows for tile in row)
    width = max(columns * _CELL + 2 * _MARGIN, 0.075 * len(title))
    height = len(rows) * cell + _TITLE + _MARGIN
    with new_figure(width, height, path, overwrite=overwrite) as figure:
        figure.set_layout_engine("none")
        figure.text(_MARGIN / width, 1 - 0.6 * _TITLE / height, title, fontsize=10)
        # One axes for all, in inches: an axes for each face would take a hundred times as long.
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        for top, row in zip(count(_TITLE, cell), rows, strict=False):
            for left, tile in zip(count(_MARGIN, _CELL), row, strict=False):
                grey = tile.face.shape[-1] == 1
                axes.imshow(
                    tile.face[..., 0] if grey else tile.face, cmap="gray" if grey else None,
                    vmin=0, vmax=255, extent=(left, left + _FACE, top + _FACE, top),
                )  # fmt: skip
                for line, bottom in zip(
                    tile.lines, count(top + _FACE + _LINE, _LINE), strict=False
                ):
                    # On one base line, whichever letters a caption has.
                    axes.text(
                        left + _FACE / 2, bottom, _fitting(line),
                        fontsize=_POINTS, ha="center", va="baseline",
                    )  # fmt: skip
        axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")


def in_rows(tiles: Sequence[Tile], columns: int) -> list[Sequence[Tile]]:
    """The tiles one after the other, `columns` in a row."""
    return [tiles[start : start + columns] for start in range(0, len(tiles), columns)]


def _fitting(line: str) -> str:
    """The line, or as much of its end as fits below a face."""
    if _width(line[:_CHARACTERS]) <= _FACE:
        return line
    return next(
        end
        for start in range(max(1, len(line) - _CHARACTERS), len(line) + 1)
        if _width(end := f"…{line[start:]}") <= _FACE
    )


def _width(line: str) -> float:
    """In inches."""
    with warnings.catch_warnings():  # of letters that the font lacks
        warnings.simplefilter("ignore")
        width, _, _ = text_to_path.get_text_width_height_descent(line, _LETTERS, ismath=False)
    return float(width) / 72
