"""Reliability diagrams: accuracy against confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped
from zoo.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from zoo.metrics import Bin

_BLUE, _ORANGE, _GREY = CLASS_COLOURS[0], CLASS_COLOURS[1], "#777777"


def reliability_figure(
    panels: Mapping[str, tuple[Sequence[Bin], float]],
    *,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw accuracy with intervals over confidence, and below it how many faces there are.

    Degroot and Fienberg, The Statistician 32, 1983; as in Guo et al. 2017 (arXiv 1706.04599).

    Args:
        panels: side by side; by the name of each its bins and its calibration error, 0–1.
        title: which model on which split, with n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    with new_figure(3.6 * len(panels), 4.4, path, overwrite=overwrite) as figure:
        axes = figure.subplots(
            2, len(panels), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1)
        )
        for place, (name, (bins, error)) in enumerate(panels.items()):
            _diagram(axes[0, place], bins)
            axes[0, place].set_title(f"{name}\nECE {100 * error:.2f} %", fontsize=9)
            _counts(axes[1, place], bins)
        axes[0, 0].set_ylabel("top-1 accuracy, %")
        axes[1, 0].set_ylabel("faces")
        axes[0, 0].legend(loc="upper left", frameon=False, fontsize=8)
        figure.suptitle(wrapped(title, 85), fontsize=10)


def _diagram(axes: Axes, bins: Sequence[Bin]) -> None:
    filled = [one for one in bins if one.confidence is not None and one.accuracy is not None]
    sure = np.array([100 * (one.confidence or 0) for one in filled])
    right = np.array([100 * (one.accuracy or 0) for one in filled])
    ends = 100 * np.array(
        [wilson(round((one.accuracy or 0) * one.n), one.n) for one in filled]
    ).reshape(-1, 2)
    axes.plot([0, 100], [0, 100], color=_GREY, ls="--", lw=1, label="as right as sure")
    axes.vlines(sure, np.minimum(sure, right), np.maximum(sure, right), color=_ORANGE, lw=4,
                alpha=0.6, label="gap")  # fmt: skip
    axes.errorbar(
        sure, right, [right - ends[:, 0], ends[:, 1] - right], fmt="o", ms=4, color=_BLUE,
        elinewidth=1, label="faces of a bin, 95 % interval",
    )  # fmt: skip
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.grid(color="#DDDDDD", lw=0.6)
    axes.set_axisbelow(True)


def _counts(axes: Axes, bins: Sequence[Bin]) -> None:
    width = 100 * (bins[0].high - bins[0].low)
    middles = [100 * (one.low + one.high) / 2 for one in bins]
    axes.bar(middles, [one.n for one in bins], width=0.9 * width, color=_BLUE)
    axes.set_xlabel("confidence: largest probability, %")
