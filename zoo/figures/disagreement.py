"""How often models choose differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import seaborn

from zoo.figures.style import SEQUENTIAL, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ANNOTATED = 16
"""Above this many models the numbers in the cells would overlap."""


def disagreement_figure(
    matrix: np.ndarray,
    names: Sequence[str],
    *,
    split: str,
    n: int,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw the pairwise disagreement of M models.

    Args:
        matrix: (M, M) shares of faces on which two models' top-1 differ, symmetric.
        names: of the M models.
        split: the faces' split.
        n: number of faces.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    percent = np.asarray(matrix) * 100
    side = 1.2 + 0.55 * len(names) + 0.07 * max(len(name) for name in names)
    with new_figure(max(4.2, side + 1.0), max(2.4, side), path, overwrite=overwrite) as figure:
        # Square axes: the default layout would push the outer labels off the picture.
        figure.set_layout_engine("compressed")
        figure.suptitle(f"Pairwise disagreement on {split}, n = {n:,}", fontsize=10)
        axes = figure.subplots()
        seaborn.heatmap(
            percent, mask=np.eye(len(names), dtype=bool), ax=axes, vmin=0, cmap=SEQUENTIAL,
            square=True, annot=len(names) <= _ANNOTATED, fmt=".1f", annot_kws={"fontsize": 8},
            xticklabels=names, yticklabels=names,
            cbar_kws={"label": "faces whose top-1 differ, %"},
        )  # fmt: skip
        axes.set_facecolor("#EEEEEE")
        axes.tick_params(axis="x", rotation=30, length=0)
        axes.tick_params(axis="y", rotation=0, length=0)
        for tick in axes.get_xticklabels():
            tick.set(ha="right", rotation_mode="anchor")
