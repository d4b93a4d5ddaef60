"""A number for any two of several models, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import seaborn

from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ANNOTATED = 16
"""Above this many models the numbers in the cells would overlap."""


def pairs_figure(
    matrix: np.ndarray,
    names: Sequence[str],
    *,
    title: str,
    label: str,
    digits: int,
    colours: str,
    limits: tuple[float | None, float | None],
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw a symmetric matrix, the diagonal left out.

    Args:
        matrix: (M, M); NaN where there is no number.
        names: of the M models.
        title: what is drawn, with split and n.
        label: what a colour is, with the unit.
        digits: decimals of the numbers in the cells.
        colours: the name of a colour map.
        limits: the numbers at its ends; None: found out.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    side = 1.2 + 0.55 * len(names) + 0.07 * max(len(name) for name in names)
    with new_figure(max(4.2, side + 1.0), max(2.4, side), path, overwrite=overwrite) as figure:
        # Square axes: the default layout would push the outer labels off the picture.
        figure.set_layout_engine("compressed")
        figure.suptitle(title, fontsize=10)
        axes = figure.subplots()
        seaborn.heatmap(
            matrix, mask=np.eye(len(names), dtype=bool), ax=axes, vmin=limits[0], vmax=limits[1],
            cmap=colours, square=True, annot=len(names) <= _ANNOTATED, fmt=f".{digits}f",
            annot_kws={"fontsize": 8}, xticklabels=names, yticklabels=names,
            cbar_kws={"label": label},
        )  # fmt: skip
        axes.set_facecolor("#EEEEEE")
        axes.tick_params(axis="x", rotation=30, length=0)
        axes.tick_params(axis="y", rotation=0, length=0)
        for tick in axes.get_xticklabels():
            tick.set(ha="right", rotation_mode="anchor")
