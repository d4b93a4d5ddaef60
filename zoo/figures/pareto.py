"""Accuracy against what it costs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from zoo.figures.labels import label_points
from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_Line = tuple[tuple[float, float], tuple[float, float]]

_BLUE, _ORANGE = CLASS_COLOURS[0], CLASS_COLOURS[5]


def pareto_front(accuracies: Sequence[float], costs: Sequence[float]) -> list[int]:
    """Positions of those that no other one equals or beats in both, cheapest first.

    Of several that are equal in both the first stands for all.

    Args:
        accuracies: (M,).
        costs: (M,).
    """
    front: list[int] = []
    for place in sorted(range(len(costs)), key=lambda one: (costs[one], -accuracies[one], one)):
        if not front or accuracies[place] > accuracies[front[-1]]:
            front.append(place)
    return front


def pareto_figure(
    names: Sequence[str],
    accuracies: Sequence[float],
    costs: Sequence[float],
    *,
    intervals: Sequence[tuple[float, float]],
    marked: Sequence[bool],
    cost_label: str,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw a dot per model with its interval, and the front of those that none beats in both.

    Args:
        names: of the M models.
        accuracies: (M,) top-1, fractions in 0–1.
        costs: (M,) above 0.
        intervals: (M, 2) ends of the 95 % intervals, fractions.
        marked: (M,) whether a remark stands with the model; its dot is hollow.
        cost_label: of the axis, with the unit.
        title: what was compared, with the split and n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    heights = 100 * np.asarray(accuracies)
    ends = 100 * np.asarray(intervals)
    front = pareto_front(accuracies, costs)
    with new_figure(7.5, 5, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        axes.set_xscale("log")
        for place, (cost, height) in enumerate(zip(costs, heights, strict=True)):
            colour = _ORANGE if place in front else _BLUE
            axes.plot([cost, cost], ends[place], color=colour, lw=1.2, alpha=0.6, zorder=2)
            axes.plot(
                cost, height, "o", color=colour, ms=6, zorder=3,
                mfc="white" if marked[place] else colour,
            )  # fmt: skip
        label = "no model here is as cheap and as accurate"
        axes.step(
            [costs[place] for place in front], heights[front], where="post", color=_ORANGE,
            lw=1.2, ls="--", zorder=1, label=label,
        )  # fmt: skip
        if any(marked):
            axes.plot([], [], "o", color=_BLUE, ms=6, mfc="white", label="with a remark")
        _axes(axes, costs, ends, cost_label)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8)
        figure.suptitle(wrapped(title, 95), fontsize=9)
        order = [*front, *(place for place in range(len(names)) if place not in front)]
        bars = [((cost, low), (cost, high)) for cost, (low, high) in zip(costs, ends, strict=True)]
        named = label_points(
            axes,
            [(costs[k], float(heights[k])) for k in order],
            [names[k] for k in order],
            [*bars, *_steps([(costs[k], float(heights[k])) for k in front])],
        )
        if unnamed := len(names) - len(named):
            axes.set_xlabel(f"{axes.get_xlabel()}; no room for {unnamed} of {len(names)} names")


def _steps(front: Sequence[tuple[float, float]]) -> list[_Line]:
    """The level and upright parts of the line through the front."""
    parts: list[_Line] = []
    for (x0, y0), (x1, y1) in pairwise(front):
        parts += [((x0, y0), (x1, y0)), ((x1, y0), (x1, y1))]
    return parts


def _axes(axes: Axes, costs: Sequence[float], ends: np.ndarray, cost_label: str) -> None:
    low, high = min(costs), max(costs)
    around = max((high / low) ** 0.12, 1.5)
    axes.set_xlim(low / around, high * around)
    axes.set_ylim(max(0.0, ends.min() - 3), min(100.0, ends.max() + 3))
    axes.set_xlabel(cost_label + " (logarithmic)")
    axes.set_ylabel("top-1 accuracy, % (bar: 95 % interval)")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(color="#DDDDDD", lw=0.6)
    axes.set_axisbelow(True)
