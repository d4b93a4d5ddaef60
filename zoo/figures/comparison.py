"""Accuracies of several models side by side."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_BLUE, _ORANGE, _GREY = CLASS_COLOURS[0], CLASS_COLOURS[5], "#555555"


def accuracy_figure(
    names: Sequence[str],
    accuracies: Sequence[float],
    *,
    intervals: Sequence[tuple[float, float]],
    remarks: Sequence[str],
    majority: float,
    chance: float,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw one dot with its interval per model, the first on top.

    Args:
        names: of the M models, in the order to draw.
        accuracies: (M,) top-1, fractions in 0–1.
        intervals: (M, 2) ends of the 95 % intervals, fractions.
        remarks: of the M models, written below their names; a model with one has a hollow dot.
        majority: share of the most frequent class.
        chance: 1 / number of classes.
        title: what was compared, with the split and n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    labels = [
        "\n".join([name, *textwrap.wrap(remark, 28)])
        for name, remark in zip(names, remarks, strict=True)
    ]
    # Each model gets as much height as its lines need.
    sizes = [1.7 + label.count("\n") for label in labels]
    middles = [sum(sizes[:place]) + size / 2 for place, size in enumerate(sizes)]
    height = 1.6 + 0.16 * wrapped(title, 85).count("\n") + 0.17 * sum(sizes)
    with new_figure(7, height, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        for place, accuracy, (low, high), remark in zip(
            middles, accuracies, intervals, remarks, strict=True
        ):
            axes.plot([low * 100, high * 100], [place, place], color=_BLUE, lw=2, zorder=2)
            axes.plot(
                accuracy * 100, place, "o", color=_BLUE, ms=6, zorder=3,
                mfc="white" if remark else _BLUE,
            )  # fmt: skip
            axes.annotate(
                f"{accuracy * 100:.1f}", (high * 100, place), xytext=(5, 0),
                textcoords="offset points", va="center", fontsize=8,
            )  # fmt: skip
        _reference_lines(axes, majority * 100, chance * 100)
        axes.set_yticks(middles, labels)
        axes.set_ylim(sum(sizes) + 0.2, -0.2)
        axes.set_xlim(0, min(100, max(high for _, high in intervals) * 100 + 8))
        axes.set_xlabel("top-1 accuracy, % (bar: 95 % interval)")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        figure.suptitle(wrapped(title, 85), fontsize=10)


def _reference_lines(axes: Axes, majority: float, chance: float) -> None:
    """What no model should fall below: the most frequent class, and drawing lots."""
    lines = [(majority, _ORANGE, "--", f"most frequent class, {majority:.1f} %")]
    if abs(majority - chance) > 0.05:
        lines.append((chance, _GREY, ":", f"chance, {chance:.1f} %"))
    for place, colour, style, label in lines:
        axes.axvline(place, color=colour, ls=style, lw=1.2, label=label, zorder=1)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8)
