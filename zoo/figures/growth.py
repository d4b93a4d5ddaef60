"""How an average of models gets better with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BLUE = CLASS_COLOURS[0]


def growth_figure(
    sizes: Sequence[int],
    top1: Sequence[np.ndarray],
    log_loss: Sequence[np.ndarray],
    *,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw every average as a point, and the mean over those of a size as a line.

    Args:
        sizes: numbers of members.
        top1: of each size the accuracies of its averages, fractions.
        log_loss: of each size their log-losses, nats.
        title: of what, with split and n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    with new_figure(7.5, 3.4, path, overwrite=overwrite) as figure:
        for axes, values, label in (
            (figure.add_subplot(1, 2, 1), [100 * one for one in top1], "top-1 accuracy, %"),
            (figure.add_subplot(1, 2, 2), list(log_loss), "log-loss, nats (less is better)"),
        ):
            for size, of_size in zip(sizes, values, strict=True):
                axes.plot(
                    np.full(len(of_size), size), of_size, "o", ms=3, mec="none", color=_BLUE,
                    alpha=0.35,
                )  # fmt: skip
            axes.plot(sizes, [one.mean() for one in values], "-", color=_BLUE, label="mean")
            axes.set(xlabel="members (points: averages of so many)", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(axis="y", color="#DDDDDD", lw=0.6)
            axes.set_axisbelow(True)
            axes.legend(frameon=False, fontsize=8)
        figure.suptitle(wrapped(title, 85), fontsize=10)
