"""Pictures of data sets: how many faces of each class, and how what was measured is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from zoo.figures.style import CLASS_COLOURS, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_BINS = 41
_FAR = 8
"""Times the median from which the largest value makes a logarithmic axis."""


def class_distribution(
    counts: Mapping[str, Sequence[int]],
    classes: Sequence[str],
    path: Path,
    *,
    name: str,
    overwrite: bool = False,
) -> None:
    """Draw the faces per class as bars, one panel per split, the count and share at each bar.

    Args:
        counts: per split, the number of faces of each class, in the order of `classes`.
        classes: class names.
        path: where the picture goes.
        name: the data set's name, for the title.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    height = 1.2 + 0.28 * len(classes)
    with new_figure(1.2 + 3.0 * len(counts), height, path, overwrite=overwrite) as figure:
        figure.suptitle(f"Faces per class in {name}")
        panels = figure.subplots(1, len(counts), sharey=True, squeeze=False)[0]
        places = np.arange(len(classes))
        for panel, colour, (split, faces) in zip(
            panels, CLASS_COLOURS, counts.items(), strict=False
        ):
            total = sum(faces)
            bars = panel.barh(places, faces, color=colour)
            shares = [f"{count:,} ({count / max(total, 1):.1%})" for count in faces]
            panel.bar_label(bars, shares, padding=3, fontsize=8)
            panel.set_xlim(0, 1.45 * max(*faces, 1))
            panel.set_title(f"{split}, n = {total:,}")
            panel.set_xlabel("faces")
            # Few marks: those of two panels side by side would touch.
            panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            panel.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        panels[0].set_yticks(places, classes)
        panels[0].set_ylabel("class")
        panels[0].invert_yaxis()


def column_histograms(
    columns: Mapping[str, Mapping[str, np.ndarray]],
    path: Path,
    *,
    name: str,
    overwrite: bool = False,
) -> None:
    """Draw how what was measured of the faces is spread, one panel per column, a line per split.

    Args:
        columns: per column, with its unit, the values of each split, at least 0. A column whose
            largest values are far above its median is drawn on a logarithmic axis.
        path: where the picture goes.
        name: the data set's name, for the title.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    with new_figure(3.4 * len(columns), 3.1, path, overwrite=overwrite) as figure:
        figure.suptitle(f"Faces of {name}")
        panels = figure.subplots(1, len(columns), squeeze=False)[0]
        for panel, (column, of_splits) in zip(panels, columns.items(), strict=True):
            together = np.concatenate(list(of_splits.values()))
            logarithmic = together.max() > _FAR * max(float(np.median(together)), 1)
            top = max(float(together.max()), 1) * 1.001
            # The few smallest values would leave a logarithmic axis nearly empty.
            low = max(float(np.quantile(together, 0.001)), 1) if logarithmic else 0
            edges = np.geomspace(low, top, _BINS) if logarithmic else np.linspace(0, top, _BINS)
            for colour, (split, values) in zip(CLASS_COLOURS, of_splits.items(), strict=False):
                share = 100 / max(len(values), 1)
                panel.hist(
                    np.maximum(values, low), edges, weights=np.full(len(values), share),
                    histtype="step", color=colour, label=f"{split}, n = {len(values):,}",
                )  # fmt: skip
            below = f"\n(the first step also holds what is below {low:.3g})"
            panel.set(
                xlabel=column + below if together.min() < low else column,
                xscale="log" if logarithmic else "linear",
            )
        panels[0].set_ylabel("faces, % of the split")
        figure.legend(
            *panels[0].get_legend_handles_labels(), loc="outside lower center", frameon=False,
            ncols=len(CLASS_COLOURS), fontsize=8,
        )  # fmt: skip
