"""Confusion matrices as heat maps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import seaborn

from zoo.figures.style import SEQUENTIAL, empty_figure, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_ANNOTATED = 16
"""Above this many classes the numbers in the cells would overlap."""


def confusion_figure(
    confusion: np.ndarray,
    classes: Sequence[str],
    *,
    model: str,
    split: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw counts and, beside them, each row as shares of its label's faces.

    Args:
        confusion: (K, K) counts, row = label, column = prediction.
        classes: the K class names, in order.
        model: the model's name.
        split: the split's name.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    side = _side(classes)
    with new_figure(2 * side + 0.9, side + 0.1, path, overwrite=overwrite) as figure:
        # Square axes: the default layout would push the outer labels off the picture.
        figure.set_layout_engine("compressed", wspace=0.08)
        figure.suptitle(_title(confusion, model, split))
        left, right = figure.subplots(1, 2)
        left.set_title("number of faces")
        _heat_map(left, np.asarray(confusion), classes, ",.0f", None)
        right.set_title("% of the faces of each true class")
        _heat_map(right, _shares(confusion) * 100, classes, ".1f", 100)


def confusion_png(
    confusion: np.ndarray, classes: Sequence[str], *, model: str, split: str
) -> bytes:
    """Draw each row as shares of its label's faces, small and quickly, for a log.

    Args:
        confusion: (K, K) counts, row = label, column = prediction.
        classes: the K class names, in order.
        model: the model's name.
        split: the split's name.

    Returns:
        A PNG.
    """
    side, png = _side(classes), io.BytesIO()
    with empty_figure(side + 0.3, side + 0.5) as figure:
        figure.set_layout_engine("compressed")
        figure.suptitle(f"{_title(confusion, model, split)}\n% of the faces of each true class")
        # A bar beside it would take half as long again to draw.
        _heat_map(figure.subplots(), _shares(confusion) * 100, classes, ".0f", 100, bar=False)
        figure.savefig(png, format="png", dpi=100)
    return png.getvalue()


def _side(classes: Sequence[str]) -> float:
    """Inches of a heat map with its labels."""
    return max(3.9, 0.45 * len(classes) + 1.2)


def _title(confusion: np.ndarray, model: str, split: str) -> str:
    n = int(confusion.sum())
    accuracy = confusion.trace() / n if n else float("nan")
    return f"{model} on {split}, n = {n:,}, top-1 accuracy {accuracy * 100:.1f} %"


def _shares(confusion: np.ndarray) -> np.ndarray:
    """Each row over its sum; NaN, which seaborn leaves blank, for a class without faces."""
    support = confusion.sum(axis=1, keepdims=True)
    shares = np.full(confusion.shape, np.nan)
    np.divide(confusion, support, out=shares, where=support > 0)
    return shares


def _heat_map(
    axes: Axes,
    values: np.ndarray,
    classes: Sequence[str],
    number: str,
    highest: float | None,
    *,
    bar: bool = True,
) -> None:
    seaborn.heatmap(
        values, ax=axes, vmin=0, vmax=highest, cmap=SEQUENTIAL, square=True,
        annot=len(classes) <= _ANNOTATED, fmt=number, annot_kws={"fontsize": 8},
        xticklabels=classes, yticklabels=classes, cbar=bar,
        cbar_kws={"shrink": 0.7, "aspect": 30},
    )  # fmt: skip
    axes.set_facecolor("#EEEEEE")
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.tick_params(axis="x", rotation=45, length=0)
    axes.tick_params(axis="y", rotation=0, length=0)
    for tick in axes.get_xticklabels():
        tick.set(ha="right", rotation_mode="anchor")
