"""Shapes to pixels, with OpenCV, on a canvas four times as fine as the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.drawn.shapes import Shape

_FINENESS = 4
_FRACTION_BITS = 6


def _fixed_point(points: np.ndarray, side: int) -> np.ndarray:
    """Points of the picture's frame as OpenCV's fixed-point pixels of a `side`-wide canvas."""
    pixels = (points + 1.0) * (side / 2) - 0.5
    return np.rint(pixels * 2**_FRACTION_BITS).astype(np.int32)


class _Brush:
    """One shape, ready to be painted on each face's canvas."""

    def __init__(self, shape: Shape, side: int) -> None:
        self._points = _fixed_point(shape.points, side)
        self._greys = np.nan_to_num(shape.grey, nan=-1.0).astype(int).tolist()
        self._thickness = max(1, round(shape.stroke * side / 2))
        self._filled = shape.stroke == 0.0

    def paint(self, canvas: np.ndarray, face: int) -> None:
        """Paint the shape as it is in the face at position `face`."""
        if (grey := self._greys[face]) < 0:
            return
        outline = [self._points[face]]
        if self._filled:
            cv2.fillPoly(canvas, outline, grey, cv2.LINE_8, _FRACTION_BITS)
        else:
            cv2.polylines(
                canvas, outline, False, grey, self._thickness, cv2.LINE_8, _FRACTION_BITS
            )


def render(
    background: np.ndarray,
    behind: Sequence[Shape],
    expression: Sequence[tuple[np.ndarray, Sequence[Shape]]],
    front: Sequence[Shape],
    size: int,
) -> np.ndarray:
    """Paint the layers one over the other; the expression only through its stencils' holes.

    Args:
        background: (N,) greys, 0–255.
        behind: what lies under the expression.
        expression: stencils, (N, size, size) bool, true where they let paint through, each with
            the shapes that are painted through it.
        front: what covers everything.
        size: side of the pictures.

    Returns:
        (N, size, size) float32, 0–255.
    """
    side = size * _FINENESS
    under, over = ([_Brush(shape, side) for shape in shapes] for shapes in (behind, front))
    stencilled = [
        ((~stencil).astype(np.uint8), [_Brush(shape, side) for shape in shapes])
        for stencil, shapes in expression
    ]
    pictures = np.empty((len(background), size, size), np.float32)
    canvas, before, card = np.empty((3, side, side), np.uint8)
    for face, grey in enumerate(background.astype(int).tolist()):
        canvas[:] = grey
        for brush in under:
            brush.paint(canvas, face)
        for closed, brushes in stencilled:
            before[:] = canvas
            for brush in brushes:
                brush.paint(canvas, face)
            cv2.resize(closed[face], (side, side), dst=card, interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(before, card, canvas)
        for brush in over:
            brush.paint(canvas, face)
        pictures[face] = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return pictures


def area(outlines: Sequence[np.ndarray], size: int, drawn: np.ndarray | None = None) -> np.ndarray:
    """(N, size, size) bool: the pixels that any of the polygons touches.

    Args:
        outlines: (N, P, 2) each, in the picture's frame.
        size: side of the pictures.
        drawn: (N,) bool, the faces in which the polygons are; all by default.
    """
    covered = np.zeros((len(outlines[0]), size, size), np.uint8)
    for outline in outlines:
        polygons = _fixed_point(outline, size)
        for face in range(len(covered)) if drawn is None else np.flatnonzero(drawn):
            cv2.fillPoly(covered[face], [polygons[face]], 1, cv2.LINE_8, _FRACTION_BITS)
    return covered.astype(bool)


def grown(areas: np.ndarray, pixels: int) -> np.ndarray:
    """(N, H, W) bool areas, wider by `pixels` on every side; shrunk where it is negative."""
    kernel = np.ones((2 * abs(pixels) + 1,) * 2, np.uint8)
    change = cv2.dilate if pixels >= 0 else cv2.erode
    changed = [change(one, kernel) for one in areas.astype(np.uint8)]
    return np.array(changed, bool).reshape(areas.shape)
