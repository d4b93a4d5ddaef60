"""Contact sheets: many faces on one picture, each with a few words below it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

_CELL = 0.95
_FACE = 0.87
_LINE = 0.105
_TITLE = 0.4
_MARGIN = 0.1
"""All in inches."""

_CHARACTERS = 19
"""How many fit below a face."""


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
    cell = _FACE + 0.06 + _LINE * max(len(tile.lines) for row in rows for tile in row)
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
                axes.text(
                    left + _FACE / 2, top + _FACE + 0.03, "\n".join(map(_fitting, tile.lines)),
                    fontsize=5.5, ha="center", va="top", linespacing=1.2, parse_math=False,
                )  # fmt: skip
        axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")


def in_rows(tiles: Sequence[Tile], columns: int) -> list[Sequence[Tile]]:
    """The tiles one after the other, `columns` in a row."""
    return [tiles[start : start + columns] for start in range(0, len(tiles), columns)]


def _fitting(line: str) -> str:
    return line if len(line) <= _CHARACTERS else f"…{line[1 - _CHARACTERS :]}"
