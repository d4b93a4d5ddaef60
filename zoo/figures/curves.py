"""Validation accuracy of several trainings, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter

from zoo.figures.style import CLASS_COLOURS, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_STYLES = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"))
"""Markers and lines, so that print keeps the curves apart as well."""


@dataclass(frozen=True)
class Curve:
    """One training.

    Attributes:
        name: as the legend has it.
        accuracies: top-1 after each epoch, fractions in 0–1.
        phases: what begins with which epoch, counted from 1; marked, where there is any.
    """

    name: str
    accuracies: Sequence[float]
    phases: Mapping[int, str] = field(default_factory=dict)


def curves_figure(
    curves: Sequence[Curve], *, n: int, title: str, path: Path, overwrite: bool = False
) -> None:
    """Draw validation accuracy by epoch, one line per training, with the beginnings of phases.

    Args:
        curves: at most seven.
        n: validation faces.
        title: what was trained on what.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    with new_figure(6.5, 3.6, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        for number, curve in enumerate(curves):
            colour, (marker, line) = CLASS_COLOURS[number], _STYLES[number % len(_STYLES)]
            epochs = range(1, len(curve.accuracies) + 1)
            axes.plot(
                epochs, curve.accuracies, line, marker=marker, ms=3.5, color=colour,
                label=curve.name,
            )  # fmt: skip
            for epoch, phase in curve.phases.items():
                axes.axvline(epoch - 0.5, color=colour, lw=0.8, ls=":", zorder=1)
                axes.annotate(
                    phase, (epoch - 0.5, 0.02), xycoords=("data", "axes fraction"),
                    xytext=(3, 0), textcoords="offset points", rotation=90, fontsize=7,
                    color=colour, va="bottom",
                )  # fmt: skip
        axes.set_xlim(left=0.5)
        axes.set(xlabel="epoch", ylabel=f"validation top-1 accuracy, n = {n:,}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        axes.grid(axis="y", color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False)
        figure.suptitle(title, fontsize=10)
