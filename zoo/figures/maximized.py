"""The pictures that classes or channels answer to most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.faces import rgb, show_face
from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

_COLUMNS = 4


def write_maximized(
    pictures: np.ndarray,
    captions: Sequence[str],
    path: Path,
    *,
    title: str,
    note: str,
    overwrite: bool = False,
) -> None:
    """Draw pictures in rows of four.

    Args:
        pictures: (N, H, W, 1|3), 0–255.
        captions: what stands above each.
        path: where the picture of all goes.
        title: what they are, the model's name in it.
        note: how they came about.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    columns = min(_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    with new_figure(max(2 * columns, 6.4), 2.35 * rows + 0.8, path, overwrite=overwrite) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis in axes[len(pictures) :]:
            axis.axis("off")
        for axis, picture, caption in zip(axes, pictures, captions, strict=False):
            show_face(axis, rgb(picture), caption)
        figure.suptitle(title)
        figure.supxlabel(note, fontsize=8, wrap=True)
