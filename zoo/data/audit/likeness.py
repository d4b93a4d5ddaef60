"""How alike two faces are pixel by pixel, whatever their light and a shift by one pixel.

Of each face its blurred self is taken off, which removes the local mean: light, and the shades
that all faces have in common. What is left is edges and texture, and those of two windows are
compared by their correlation, which removes the scale. The likeness is the correlation over the
whole face at the best of nine shifts, or over its middle if that is smaller: the outline of hair
alone can be alike.
"""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np

from zoo.data.audit.faces import SIDE

BLUR = 1.5
"""σ of the Gaussian in pixels. With 3 or 5, and still more without it, different people under the
same light come near to copies."""

SHIFT = 1
"""Pixels by which one may be shifted against the other, along each side."""

COPY = 0.6
"""From this likeness on two faces are copies. Of 96 pairs of FER2013 between 0.60 and 0.63 none
shows two people; among mirror images, of which few are copies, the first two people come at 0.50.
Of copies of JPEG quality 20 99 % are above 0.65."""

_WHOLE = (slice(SHIFT, SIDE - SHIFT), slice(SHIFT, SIDE - SHIFT))
_MIDDLE = (slice(12, 42), slice(10, 38))
"""Rows and columns; in the middle are eyes, nose and mouth."""


def detail(pixels: np.ndarray) -> np.ndarray:
    """Faces less their blurred selves.

    Args:
        pixels: (N, `SIDE`, `SIDE`) uint8.

    Returns:
        (N, `SIDE`, `SIDE`) float32.
    """
    faces = pixels.astype(np.float32)
    for face in faces:
        face -= cv2.GaussianBlur(face, (0, 0), BLUR)
    return faces


def likeness(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How alike the details of two faces are, pair by pair.

    Args:
        first: (N, `SIDE`, `SIDE`), of `detail`.
        second: the same; for mirror images one of the two is flipped by the caller.

    Returns:
        (N,) float32, at most 1.
    """
    best = np.full((2, len(first)), -1, np.float32)
    for shift in product(range(-SHIFT, SHIFT + 1), repeat=2):
        both = np.stack([_correlation(first, second, part, shift) for part in (_WHOLE, _MIDDLE)])
        best = np.where(both[0] > best[0], both, best)
    return np.asarray(best.min(axis=0))


def _correlation(
    first: np.ndarray, second: np.ndarray, part: tuple[slice, slice], shift: tuple[int, ...]
) -> np.ndarray:
    """(N,) correlations of a window of `first` with that window of `second`, shifted."""
    rows, columns = (
        slice(side.start + by, side.stop + by) for side, by in zip(part, shift, strict=True)
    )
    one, other = first[:, part[0], part[1]], second[:, rows, columns]
    products = np.einsum("nhw,nhw->n", one, other)
    # A window of one grey has rounding errors for details: it is like nothing.
    return np.asarray(products / np.maximum(_length(one) * _length(other), 1))


def _length(windows: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.einsum("nhw,nhw->n", windows, windows)))
