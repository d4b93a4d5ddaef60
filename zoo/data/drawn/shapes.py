"""The pencil: curves through points, and shapes that one grey fills or strokes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Shape:
    """The same kind of shape in N pictures.

    Attributes:
        points: (N, P, 2) float64, in the picture's frame: −1 to 1, x right, y down.
        grey: (N,) float64, 0–255; NaN where the shape is not drawn.
        stroke: width of the line in half picture sides; 0 fills the polygon.
    """

    points: np.ndarray
    grey: np.ndarray
    stroke: float = 0.0


def points(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, P, 2) from x and y, (N, P) or (N, 1) each."""
    return np.stack(np.broadcast_arrays(x, y), axis=-1)


def through(start: ArrayLike, middle: ArrayLike, end: ArrayLike, count: int = 7) -> np.ndarray:
    """(N, count): the parabola's values that pass `start`, `middle` and `end`, (N,) each."""
    t = np.linspace(0.0, 1.0, count)
    start, middle, end = (
        np.asarray(value, np.float64)[..., None] for value in (start, middle, end)
    )
    return start * (1 - t) * (1 - 2 * t) + middle * 4 * t * (1 - t) + end * t * (2 * t - 1)


def superellipse(
    x: ArrayLike, y: ArrayLike, radius_x: ArrayLike, radius_y: ArrayLike,
    *, power: float = 2.0, count: int = 24,
) -> np.ndarray:  # fmt: skip
    """(N, count, 2): an ellipse at power 2, nearly a rectangle at large powers."""
    angle = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    across, down = (
        np.sign(f(angle)) * np.abs(f(angle)) ** (2.0 / power) for f in (np.cos, np.sin)
    )
    x, y, radius_x, radius_y = (
        np.asarray(value, np.float64)[..., None] for value in (x, y, radius_x, radius_y)
    )
    return points(x + radius_x * across, y + radius_y * down)


def mirrored(shape: np.ndarray, side: int) -> np.ndarray:
    """`shape`, (N, P, 2) in the face frame, on the right (1) or on the left (−1)."""
    return shape * np.array([side, 1.0])


def where(drawn: np.ndarray, grey: ArrayLike) -> np.ndarray:
    """(N,) greys, NaN (leave it out) where `drawn`, (N,) bool, is false."""
    return np.where(drawn, grey, np.nan)
