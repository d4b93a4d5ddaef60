"""What illumination corrections make of the same faces under several lights."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_INCHES = 0.64
"""Side of a face."""


def illumination_figure(
    corrected: np.ndarray,
    *,
    lights: Sequence[str],
    methods: Sequence[str],
    source: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw a grid, one row per light and one column per method, the same faces in each cell.

    Args:
        corrected: (lights, methods, N, H, W) float or uint8, 0–255.
        lights: names of the rows.
        methods: names of the columns.
        source: what faces they are, for the title.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    count, height, width = corrected.shape[2:]
    size = (
        0.9 + (_INCHES * count * width / height + 0.08) * len(methods),
        0.8 + (_INCHES + 0.08) * len(lights),
    )
    with new_figure(*size, path, overwrite=overwrite) as figure:
        figure.suptitle(f"Illumination corrections of {source}, n = {count}; grey levels 0–255")
        grid = figure.subplots(len(lights), len(methods), squeeze=False)
        for panels, row, light in zip(grid, corrected, lights, strict=True):
            for panel, faces in zip(panels, row, strict=True):
                panel.imshow(np.hstack(faces), cmap="gray", vmin=0, vmax=255)
                panel.set_xticks([])
                panel.set_yticks([])
                panel.spines[:].set_visible(False)
            label = textwrap.fill(light, 8)
            panels[0].set_ylabel(label, rotation=0, ha="right", va="center")
        for panel, method in zip(grid[0], methods, strict=True):
            panel.set_title(method)
        figure.supxlabel("correction", fontsize=9)
        figure.supylabel("light", fontsize=9)
