"""The feature maps of a face, a row per depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zoo.figures.faces import rgb
from zoo.figures.sheet import sheet
from zoo.figures.style import SEQUENTIAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from matplotlib.axes import Axes

_SIDE = 0.82
_STEP = 0.88
_CAPTION = 0.16
_ROW = 1.1
_LETTER = 0.08
"""All in inches: a map, from map to map, above a map, from row to row, and a letter of the words
that stand to the left."""


class DepthMaps(Protocol):
    """What the picture needs to know; `zoo.visualization.feature_maps` says what it means."""

    @property
    def layer(self) -> str:
        """Its name."""
        ...

    @property
    def shape(self) -> tuple[int, int, int]:
        """(h, w, channels) of all of its output."""
        ...

    @property
    def channels(self) -> np.ndarray:
        """(n,) int, which are shown."""
        ...

    @property
    def maps(self) -> np.ndarray:
        """(n, h, w)."""
        ...

    @property
    def low(self) -> float:
        """The smallest value of all channels."""
        ...

    @property
    def high(self) -> float:
        """The largest."""
        ...


def write_feature_maps(
    depths: Sequence[DepthMaps],
    face: np.ndarray,
    path: Path,
    *,
    model: str,
    face_name: str,
    overwrite: bool = False,
) -> None:
    """Draw the face, and below it a row per depth, each in colours of its own.

    Args:
        depths: from the face on.
        face: (H, W, 1|3), 0–255.
        path: where the picture goes.
        model: the model's name.
        face_name: what the face is called.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    columns = max(len(one.maps) for one in depths)
    words = _LETTER * max(20, *(len(one.layer) + 2 for one in depths))
    with sheet(
        words + columns * _STEP, (len(depths) + 1) * _ROW, path,
        title=f"Feature maps of {face_name} through {model}",
        note="each row from its layer's smallest value (dark) to its largest (bright); the "
        f"{columns} channels that vary most over the places, by number",
        overwrite=overwrite,
    ) as axes:  # fmt: skip
        _show(axes, rgb(face), (words, 0), "")
        height, width, channels = face.shape
        _describe(axes, 0, ["the face", f"{height}×{width}×{channels}", "0 to 255"])
        for row, one in enumerate(depths, start=1):
            height, width, channels = one.shape
            sizes = f"{height}×{width}, {channels} channel{'s' if channels > 1 else ''}"
            _describe(axes, row, [one.layer, sizes, f"{one.low:.3g} to {one.high:.3g}"])
            for column, (channel, values) in enumerate(zip(one.channels, one.maps, strict=True)):
                place = words + column * _STEP, row * _ROW
                _show(axes, values, place, str(channel), (one.low, one.high))


def _describe(axes: Axes, row: int, lines: Sequence[str]) -> None:
    """Three lines to the left of a row."""
    for place, (line, weight) in enumerate(zip(lines, ("bold", "normal", "normal"), strict=True)):
        axes.text(
            0, row * _ROW + _CAPTION + 0.3 + 0.17 * place, line,
            fontsize=8, weight=weight, va="baseline",
        )  # fmt: skip


def _show(
    axes: Axes,
    image: np.ndarray,
    place: tuple[float, float],
    caption: str,
    limits: tuple[float, float] | None = None,
) -> None:
    """One picture below its caption, in colours between `limits` if it has none of its own."""
    left, top = place[0], place[1] + _CAPTION
    low, high = limits or (None, None)
    axes.text(left, top - 0.04, caption, fontsize=6.5, va="baseline")
    axes.imshow(
        image, cmap=SEQUENTIAL, vmin=low, vmax=high,
        extent=(left, left + _SIDE, top + _SIDE, top), interpolation="nearest",
    )  # fmt: skip
