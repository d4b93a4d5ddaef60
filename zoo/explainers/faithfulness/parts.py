"""The parts of a face that two maps are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from zoo.explainers.superpixels import SuperpixelExplanation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.explainers.base import Explanation

GRID = 8
"""Patches per side where the method has no superpixels of its own: 6×6 pixels of 48×48."""


def patches(shape: Sequence[int], grid: int = GRID) -> np.ndarray:
    """(H, W) int64: which of grid² patches of nearly the same size each pixel is in.

    Faces with fewer pixels per side have a patch per pixel.
    """
    rows, columns = (
        np.arange(length) * min(grid, length) // length for length in (shape[0], shape[1])
    )
    return rows[:, np.newaxis] * min(grid, shape[1]) + columns


def summed(relevance: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """(P,) float64: what a map, (H, W), adds up to in each of P parts, (H, W) numbered from 0."""
    return np.bincount(numbers.ravel(), relevance.ravel().astype(np.float64))


def part_scores(explanation: Explanation) -> np.ndarray:
    """What an explanation says of the parts of the face, for its most probable class.

    Its superpixels are the parts, else `patches`.

    Returns:
        (P,) float64.
    """
    if isinstance(explanation, SuperpixelExplanation):
        return explanation.weights[explanation.top]
    relevance = explanation.maps[explanation.top]
    return summed(relevance, patches(relevance.shape))


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's, −1 to 1, of two (P,) scores; None where either is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one, other).statistic)


def shared_leaders(one: np.ndarray, other: np.ndarray, leading: int) -> float:
    """The share, 0–1, of the parts with the largest |score| in one that are so in the other, too.

    Args:
        one: (P,) scores.
        other: (P,) scores.
        leading: how many parts; all P if they are fewer.
    """
    count = min(leading, len(one))
    first, second = (
        set(np.argsort(-np.abs(scores), kind="stable")[:count].tolist()) for scores in (one, other)
    )
    return len(first & second) / count
