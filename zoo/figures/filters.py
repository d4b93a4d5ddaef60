"""The kernels of a first convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from zoo.figures.sheet import sheet
from zoo.figures.style import DIVERGING

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

SHOWN = 64
"""Filters on the picture, the first ones."""

CHANNELS = 3
"""Input channels of each, side by side, the first ones."""

_SIDE = {1: 0.75, 2: 0.6, 3: 0.5}
_GAP = 0.04
_BETWEEN = 0.16
_CAPTION = 0.17
_WIDE = 7.4
"""All in inches: a kernel by the number of channels, between channels, between filters, above
each, and all of them together."""


class FirstFilters(Protocol):
    """What the picture needs to know; `zoo.visualization.filters` says what it means."""

    @property
    def layer(self) -> str:
        """The convolution's name."""
        ...

    @property
    def kernels(self) -> np.ndarray:
        """(filters, h, w, channels)."""
        ...

    @property
    def passed_over(self) -> tuple[str, ...]:
        """The 1×1 convolutions in front of it."""
        ...


def write_filters(
    filters: FirstFilters, path: Path, *, model: str, overwrite: bool = False
) -> None:
    """Draw a tile per filter, its input channels side by side, blue below 0 and red above.

    Args:
        filters: whose kernels; of many the first `SHOWN`, and their first `CHANNELS` channels.
        path: where the picture goes.
        model: the model's name.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    count, height, width, channels = filters.kernels.shape
    kernels = filters.kernels[:SHOWN, ..., :CHANNELS]
    side = _SIDE[kernels.shape[-1]]
    tile = kernels.shape[-1] * (side + _GAP) - _GAP + _BETWEEN
    columns = min(int(_WIDE / tile), len(kernels))
    rows = -(-len(kernels) // columns)
    row_height = side + _CAPTION + 0.08
    with sheet(
        columns * tile, rows * row_height, path,
        title=f"First filters of {model}: {_counted(len(kernels), count)} {height}×{width} kernels"
        f" of {filters.layer}",
        note=_note(filters, kernels.shape[-1], channels),
        overwrite=overwrite,
    ) as axes:  # fmt: skip
        for index, kernel in enumerate(kernels):
            row, column = divmod(index, columns)
            _show_kernel(axes, index, kernel, (column * tile, row * row_height), side)


def _counted(shown: int, of: int) -> str:
    return str(of) if shown == of else f"{shown} of {of}"


def _note(filters: FirstFilters, shown: int, channels: int) -> str:
    notes = ["red: above 0, blue: below 0, white: 0; each filter's colours end at its ± value"]
    if channels > 1:
        notes.append(f"{_counted(shown, channels)} input channels side by side")
    if filters.passed_over:
        notes.append(f"in front of it, 1×1: {', '.join(filters.passed_over)}")
    return "; ".join(notes)


def _show_kernel(
    axes: Axes, index: int, kernel: np.ndarray, place: tuple[float, float], side: float
) -> None:
    """One filter (h, w, channels), its upper left corner at `place`."""
    left, top = place
    peak = float(np.abs(kernel).max())
    axes.text(left, top + _CAPTION - 0.05, f"{index}  ±{peak:.2g}", fontsize=6.5, va="baseline")
    for channel in range(kernel.shape[-1]):
        start, under = left + channel * (side + _GAP), top + _CAPTION
        axes.imshow(
            kernel[..., channel], cmap=DIVERGING, vmin=-(peak or 1), vmax=peak or 1,
            extent=(start, start + side, under + side, under), interpolation="nearest",
        )  # fmt: skip
