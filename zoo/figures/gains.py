"""What each of several changes to a training gained."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from zoo.figures.style import CLASS_COLOURS, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BLUE, _GREY = CLASS_COLOURS[0], "#555555"


def gains_figure(
    names: Sequence[str],
    gains: Sequence[float],
    *,
    intervals: Sequence[tuple[float, float]],
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw one dot with its interval per change, the first on top; hollow where it spans zero.

    Args:
        names: of the M changes, in the order to draw.
        gains: (M,) differences of top-1 accuracy to the same training without, fractions.
        intervals: (M, 2) ends of the 95 % intervals, fractions.
        title: which network on which split, with n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    labels = [textwrap.fill(name, 32) for name in names]
    height = 1.3 + 0.24 * sum(label.count("\n") + 1 for label in labels)
    with new_figure(6.5, height, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        axes.axvline(0, color=_GREY, lw=1, zorder=1)
        for place, (gain, (low, high)) in enumerate(zip(gains, intervals, strict=True)):
            axes.plot([low * 100, high * 100], [place, place], color=_BLUE, lw=1.5, zorder=2)
            axes.plot(
                gain * 100, place, "o", color=_BLUE, ms=5, zorder=3,
                mfc="white" if low <= 0 <= high else _BLUE,
            )  # fmt: skip
        axes.set_yticks(range(len(names)), labels)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel(
            "gain in top-1 accuracy, points\n(bar: 95 % interval; hollow: it spans zero)"
        )
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        figure.suptitle(title, fontsize=10)
