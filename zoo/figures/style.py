"""How every picture looks, and how it reaches the disk."""

from __future__ import annotations

import textwrap
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from zoo.errors import ZooError
from zoo.files import refuse_existing, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES = (".png", ".svg", ".pdf")
SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"
CLASS_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#777777")
"""Okabe and Ito's palette, which colour-blind readers can tell apart."""

FOR = CLASS_COLOURS[5]
AGAINST = CLASS_COLOURS[0]
"""What speaks for a class, and what against it."""

_SETTINGS: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 150,
    "text.parse_math": False,  # names may hold dollar signs
}


def wrapped(title: str, width: int) -> str:
    """`title`, each of its lines broken into lines of at most `width` characters."""
    return "\n".join(textwrap.fill(line, width) for line in title.split("\n"))


@contextmanager
def new_figure(
    width: float, height: float, path: Path, *, overwrite: bool = False
) -> Iterator[Figure]:
    """Give an empty figure; when the block ends it is saved to `path` (.png, .svg or .pdf).

    No pyplot: nothing global, no window, usable from any thread.

    Args:
        width: inches.
        height: inches.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` has another suffix, or exists and `overwrite` is false.
    """
    if path.suffix.casefold() not in SUFFIXES:
        raise ZooError(f"{path}: pictures are written as {', '.join(SUFFIXES)}")
    refuse_existing(path, overwrite=overwrite)
    with empty_figure(width, height) as figure:
        yield figure
        with replacing(path) as temporary, warnings.catch_warnings():
            # Letters that the font lacks are boxes; file names in any script are no fault.
            warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
            figure.savefig(temporary)


@contextmanager
def empty_figure(width: float, height: float) -> Iterator[Figure]:
    """Give an empty figure in the house's style, `width` × `height` inches; nothing is saved."""
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        yield figure
