"""Many small pictures on one axes, placed in inches.

An axes for each of them would take a hundred times as long.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

MARGIN = 0.15
TITLE = 0.4
NOTE = 0.3
"""All in inches: around everything, above it for the title, below it for a note."""

_LETTER = 0.085
"""A mean letter of the title."""


@contextmanager
def sheet(
    width: float, height: float, path: Path, *, title: str, note: str, overwrite: bool = False
) -> Iterator[Axes]:
    """Give an axes in inches, from the left and from the top, to place pictures on.

    Args:
        width: of the pictures together, which begin at (0, 0); it grows if the title needs it.
        height: of the pictures together.
        path: where the sheet goes.
        title: stands above them.
        note: stands below them.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    wide = max(width, _LETTER * len(title), 0.7 * _LETTER * len(note)) + 2 * MARGIN
    high = height + TITLE + NOTE + MARGIN
    with new_figure(wide, high, path, overwrite=overwrite) as figure:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.text(0, -0.4 * TITLE, title, fontsize=11, va="baseline")
        axes.text(
            0, height + 0.6 * NOTE, note,
            fontsize=8, va="baseline", color="#444444",
        )  # fmt: skip
        yield axes
        left, top = MARGIN, TITLE
        axes.set(xlim=(-left, wide - left), ylim=(high - top, -top), aspect="auto")
