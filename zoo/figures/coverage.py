"""Accuracy on the faces a model is surest of, against how many these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped
from zoo.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_GREY = "#777777"
_STYLES = ("-", "--", "-.", ":")


def coverage_figure(
    risks: Mapping[str, np.ndarray],
    *,
    best: np.ndarray,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw accuracy over coverage, the first curve with its interval.

    Args:
        risks: by the curve's name, (N,) share of wrong answers among the 1, 2, …, N surest faces.
        best: (N,) the same for a perfect order.
        title: which model on which split, with n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    counts = np.arange(1, len(best) + 1)
    coverage = counts / len(best)
    with new_figure(6.2, 3.8, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        axes.plot(coverage, 1 - best, color=_GREY, ls=":", lw=1.2, label="perfect order")
        for number, (name, each) in enumerate(risks.items()):
            area = f"{name}, area under the risk {each.mean():.4f}"
            axes.plot(
                coverage, 1 - each, _STYLES[number % 4], color=CLASS_COLOURS[number], label=area
            )
        first = next(iter(risks.values()))
        ends = np.array(
            [
                wilson(round((1 - risk) * n), n)
                for risk, n in zip(first, counts.tolist(), strict=True)
            ]
        )
        axes.fill_between(
            coverage, ends[:, 0], ends[:, 1], color=CLASS_COLOURS[0], alpha=0.15,
            label="95 % interval at each coverage",
        )  # fmt: skip
        axes.axhline(1 - first[-1], color=_GREY, lw=0.8, label="all faces answered")
        axes.set_xlim(0, 1)
        axes.set_ylim(max(0.0, 1 - first[-1] - 0.3), 1.01)
        axes.set(xlabel="coverage: faces answered, the surest first", ylabel="top-1 accuracy")
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, fontsize=8, loc="lower left")
        figure.suptitle(wrapped(title, 75), fontsize=10)
