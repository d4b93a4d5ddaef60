"""What is chosen by some faces, measured on the same ones and on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_BLUE, _ORANGE = CLASS_COLOURS[0], CLASS_COLOURS[5]


def optimism_figure(
    names: Sequence[str],
    *,
    naive: Sequence[tuple[float, float]],
    fair: Sequence[tuple[float, float]],
    spread: Sequence[tuple[float, float]],
    folds: int,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw for each method what it reaches on the faces it chose by, and on held-out ones.

    Args:
        names: of the J methods, the first on top.
        naive: (J, 2) top-1, fractions, and log-loss, nats, on the faces chosen by.
        fair: (J, 2) the same, cross-fitted.
        spread: (J, 2) standard deviations of these over the partings into folds.
        folds: into how many the faces were parted.
        title: of what, with split and n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    height = 1.7 + 0.32 * len(names)
    with new_figure(7.5, height, path, overwrite=overwrite) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, part, scale, label in (
            (left, 0, 100, "top-1 accuracy, %"),
            (right, 1, 1, "log-loss, nats (less is better)"),
        ):
            _dots(
                axes,
                [scale * one[part] for one in naive],
                [scale * one[part] for one in fair],
                [scale * one[part] for one in spread],
            )
            axes.set_xlabel(label)
        left.set_yticks(range(len(names)), names)
        left.set_ylim(len(names) - 0.5, -0.5)
        handles, labels = left.get_legend_handles_labels()
        figure.legend(
            handles, [f"{labels[0]}", f"{labels[1]}, {folds} folds (bar: ± sd over partings)"],
            loc="outside lower center", ncols=2, frameon=False, fontsize=8,
        )  # fmt: skip
        figure.suptitle(wrapped(title, 85), fontsize=10)


def _dots(
    axes: Axes, naive: Sequence[float], fair: Sequence[float], spread: Sequence[float]
) -> None:
    places = range(len(naive))
    axes.hlines(places, naive, fair, color="#999999", lw=1.2, zorder=1)
    axes.plot(
        naive, places, "o", color=_ORANGE, mfc="white", ms=6, zorder=2,
        label="naive: chosen by these faces",
    )  # fmt: skip
    axes.errorbar(
        fair, places, xerr=spread, fmt="o", color=_BLUE, ms=5, lw=1.5, zorder=3,
        label="cross-fitted",
    )  # fmt: skip
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#DDDDDD", lw=0.6)
    axes.set_axisbelow(True)
