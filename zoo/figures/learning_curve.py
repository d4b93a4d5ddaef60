"""How accuracy grows with the number of labelled faces, from several starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import NullLocator, PercentFormatter

from zoo.figures.style import CLASS_COLOURS, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_STYLES = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"))
_ORANGE, _GREY = CLASS_COLOURS[5], "#555555"


def learning_curve_figure(
    accuracies: Mapping[str, Mapping[int, Sequence[float]]],
    *,
    untrained: tuple[str, float] | None,
    chance: float,
    n: int,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw mean accuracy over seeds by number of labelled faces as a line, every seed as a point.

    Args:
        accuracies: of each start and number of labelled faces those of the seeds, fractions.
        untrained: what reaches an accuracy without any labelled face, and that accuracy.
        chance: 1 / number of classes.
        n: faces that the accuracies were measured on.
        title: which network on which faces.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    with new_figure(6.5, 3.8, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        for number, (start, by_count) in enumerate(accuracies.items()):
            colour, (marker, line) = CLASS_COLOURS[number], _STYLES[number]
            counts = sorted(by_count)
            means = [float(np.mean(by_count[count])) for count in counts]
            axes.plot(counts, means, line, color=colour, label=start)
            for count in counts:
                seeds = by_count[count]
                axes.plot([count] * len(seeds), seeds, marker, ms=4.5, mfc="white", mec=colour)
        _reference_lines(axes, untrained, chance)
        every = sorted({count for by_count in accuracies.values() for count in by_count})
        axes.set_xscale("log")
        axes.set_xticks(every, [f"{count:,}" for count in every])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set(xlabel="labelled faces (logarithmic)", ylabel=f"top-1 accuracy, n = {n:,}")
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        axes.grid(axis="y", color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        axes.legend(
            frameon=False, fontsize=8, loc="lower right", title="line: mean, points: seeds",
            title_fontsize=8,
        )  # fmt: skip
        figure.suptitle(title, fontsize=10)


def _reference_lines(axes: Axes, untrained: tuple[str, float] | None, chance: float) -> None:
    lines = [(chance, _GREY, ":", f"chance, {chance:.1%}")]
    if untrained:
        name, accuracy = untrained
        lines.insert(0, (accuracy, _ORANGE, "-.", f"{name}, {accuracy:.1%}"))
    for height, colour, style, label in lines:
        axes.axhline(height, color=colour, ls=style, lw=1.2, label=label, zorder=1)
