"""Maps that explain nothing: what methods must do better than."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

RANDOM, CENTRED = "random map", "centred Gaussian"
"""Knowing nothing, and knowing that faces are in the middle."""


def random_map(face: np.ndarray, seed: int = 0) -> np.ndarray:
    """What knows nothing, not even where a face is.

    Args:
        face: (H, W, 1|3); the same one always has the same map, so that methods and models are
            compared with one floor.
        seed: of the draw.

    Returns:
        (H, W), 0–1.
    """
    random = np.random.default_rng([seed, zlib.crc32(np.ascontiguousarray(face).tobytes())])
    return random.random(face.shape[:2])


def centred_gaussian(shape: Sequence[int]) -> np.ndarray:
    """(H, W), peak 1: what knows that faces are in the middle; its deviation is a quarter side."""
    rows, columns = (
        (np.arange(length) - (length - 1) / 2) / (length / 4) for length in (shape[0], shape[1])
    )
    return np.exp(-(rows[:, np.newaxis] ** 2 + columns**2) / 2)
