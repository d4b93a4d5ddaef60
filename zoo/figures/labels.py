"""Names beside points, so that no two of them overlap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

_FONT_SIZE = 8
_DISTANCES = (7, 12, 20, 30, 42, 56, 72, 90)
"""Points from a dot to the nearest side of its name, tried in this order."""
_ANGLES = (0, 180, 90, 270, 45, 315, 135, 225, 22, 338, 158, 202, 67, 293, 113, 247)
"""Degrees, tried in this order."""
_CLEAR = 2.0
"""Points around a dot and between two names."""


def label_points(
    axes: Axes,
    places: Sequence[tuple[float, float]],
    names: Sequence[str],
    lines: Sequence[tuple[tuple[float, float], tuple[float, float]]] = (),
) -> list[Bbox]:
    """Write each point's name beside it: clear of other names, of dots, and inside the axes.

    Where there is room, also clear of `lines`.

    A name that had to go far is tied to its dot by a thin line. Where a picture has no room left,
    names are left out rather than laid over each other. Limits and layout must be final.

    Args:
        axes: where the points are drawn.
        places: of the points, in the axes' data.
        names: one per point; those in front have the first choice.
        lines: both ends of what else is drawn, upright or level, in the axes' data.

    Returns:
        The boxes of the names that were written, in pixels.
    """
    figure = axes.figure
    figure.draw_without_rendering()  # type: ignore[union-attr]  # a layout decides the axes' size
    scale = figure.dpi / 72
    dots = [axes.transData.transform(place) for place in places]
    around = (_CLEAR + 3) * scale
    # Boxes as rows of left, bottom, right, top.
    taken = np.array([[*(dot - around), *(dot + around)] for dot in dots])
    ends = [axes.transData.transform(sorted(line)).ravel() for line in lines]
    drawn = np.array(ends).reshape(-1, 4)
    inside, written = axes.get_window_extent(), list[Bbox]()
    for own, (place, name, dot) in enumerate(zip(places, names, dots, strict=True)):
        note = axes.annotate(
            name, place, xytext=(0, 0), textcoords="offset points", fontsize=_FONT_SIZE,
            ha="center", va="center", zorder=5,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )  # fmt: skip
        note.set_in_layout(False)
        size = note.get_window_extent()
        others = np.delete(taken, own, axis=0)
        everything = np.concatenate([others, drawn])
        # Better on a line than far away.
        for avoided, distances in ((everything, _DISTANCES[:5]), (others, _DISTANCES)):
            spots = _offsets(distances, size.width, size.height, scale)
            spot = _free_spot(dot, size.width, size.height, inside, avoided, spots, _CLEAR * scale)
            if spot is not None:
                break
        if spot is None:
            note.remove()
            continue
        offset, distance, box = spot
        note.set_position((offset[0] / scale, offset[1] / scale))
        taken = np.concatenate([taken, [box.extents]])
        written.append(box)
        if distance > _DISTANCES[1]:
            _tie(axes, dot, box)
    return written


def _free_spot(
    dot: np.ndarray,
    width: float,
    height: float,
    inside: Bbox,
    taken: np.ndarray,
    spots: Iterable[tuple[float, float, float]],
    clear: float,
) -> tuple[tuple[float, float], float, Bbox] | None:
    """Offset of a name's middle from its dot, in pixels, its distance in points, and its box."""
    for distance, x, y in spots:
        left, bottom = dot[0] + x - width / 2, dot[1] + y - height / 2
        if not (inside.x0 <= left and left + width <= inside.x1):
            continue
        if not (inside.y0 <= bottom and bottom + height <= inside.y1):
            continue
        hit = (left - clear <= taken[:, 2]) & (left + width + clear >= taken[:, 0])
        hit &= (bottom - clear <= taken[:, 3]) & (bottom + height + clear >= taken[:, 1])
        if not hit.any():
            return (x, y), distance, Bbox.from_bounds(left, bottom, width, height)
    return None


def _offsets(
    distances: Sequence[float], width: float, height: float, scale: float
) -> Iterator[tuple[float, float, float]]:
    """Distances in points, and where a name's middle would be then, in pixels from its dot."""
    for distance in distances:
        for angle in _ANGLES:
            x, y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            reach = distance * scale
            yield distance, x * (reach + width / 2), y * (reach + height / 2)


def _tie(axes: Axes, dot: np.ndarray, box: Bbox) -> None:
    """A thin line from a dot to the nearest point of its name's box."""
    near = (min(max(dot[0], box.x0), box.x1), min(max(dot[1], box.y0), box.y1))
    back = axes.transData.inverted()
    (x0, y0), (x1, y1) = back.transform(dot), back.transform(near)
    axes.plot([x0, x1], [y0, y1], color="#999999", lw=0.6, zorder=1, scalex=False, scaley=False)
