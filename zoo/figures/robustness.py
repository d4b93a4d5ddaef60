"""Accuracy against the strength of what spoils the faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    Points = Sequence[tuple[float, float, float]]
    """Accuracy, lower and upper end of its interval, fractions, at strength 0, 1, …"""

AT_MOST = len(CLASS_COLOURS)
"""Models in one picture."""

_STYLES = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"))
"""Markers and lines, so that print keeps the curves apart as well."""
_PANELS_PER_ROW = 4


def robustness_figure(
    curves: Mapping[str, Sequence[Points]],
    *,
    panels: Sequence[tuple[str, str, Sequence[float]]],
    majority: float,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw one panel per perturbation, one line with intervals per model.

    Args:
        curves: by the model's name, for each panel its points; at most
            `AT_MOST` models.
        panels: of each its name, the unit of its strengths, and the strengths.
        majority: share of the most frequent class, which no model should fall below.
        title: data set, split and n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    across = min(_PANELS_PER_ROW, len(panels) + 1)
    down = -(-(len(panels) + 1) // across)
    with new_figure(2.5 * across, 2.3 * down + 0.4, path, overwrite=overwrite) as figure:
        grid = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
        for place, (axes, (name, unit, strengths)) in enumerate(zip(grid, panels, strict=False)):
            for number, (model, points) in enumerate(curves.items()):
                _curve(axes, points[place], number, model)
            axes.axhline(
                100 * majority, color="#555555", ls=":", lw=1, label="most frequent class"
            )
            axes.set_title(name)
            axes.set_xticks(
                range(len(strengths) + 1), ["0", *(f"{value:g}" for value in strengths)]
            )
            axes.set_xlabel(unit if unit != "quality" else "quality (0: not compressed)")
            axes.grid(axis="y", color="#DDDDDD", lw=0.6)
            axes.set_axisbelow(True)
        for axes in grid[::across]:
            axes.set_ylabel("top-1 accuracy, %")
        for axes in grid[len(panels) :]:
            axes.set_axis_off()
        handles, labels = grid[0].get_legend_handles_labels()
        grid[len(panels)].legend(handles, labels, frameon=False, loc="center left", fontsize=8)
        grid[0].set_ylim(bottom=0)
        figure.suptitle(wrapped(f"{title}\nbars: 95 % intervals", 95), fontsize=10)


def _curve(axes: Axes, points: Points, number: int, model: str) -> None:
    middle = [100 * accuracy for accuracy, _, _ in points]
    below = [100 * (accuracy - low) for accuracy, low, _ in points]
    above = [100 * (high - accuracy) for accuracy, _, high in points]
    marker, line = _STYLES[number % len(_STYLES)]
    axes.errorbar(
        range(len(points)), middle, [below, above], color=CLASS_COLOURS[number], ls=line,
        marker=marker, ms=3.5, lw=1.3, elinewidth=0.8, label=model,
    )  # fmt: skip
