"""When LIME has seen enough: whether another seed would show the same superpixels.

The weights of a linear model fitted to random masks are random themselves. How much is estimated
from the same masks: by the sandwich covariance of a weighted ridge regression (White 1980), its
residuals summed over each mask and its complement where masks come in pairs (Liang and Zeger
1986). Another seed's weights then lie around these with twice that covariance, once for either;
how often their leading superpixels would be others is counted over draws of them.
"""

from __future__ import annotations

import numpy as np

from zoo.explainers.surrogate import FINAL_RIDGE, weighted_deviations

LEADING = 5
"""Superpixels that lead: those with the largest |weight|."""

ALIKE = 4
"""How many of them two explanations must share to say the same."""

_DRAWS = 1000


def repeatability(masks: np.ndarray, probabilities: np.ndarray, *, pairs: bool) -> np.ndarray:
    """The probability that another seed's leading superpixels would be the same, all but one.

    Of linear models over all superpixels; 1 where there are no more of them than `LEADING`, NaN
    where the probability does not change, so that none leads.

    Args:
        masks: (N, S) bool, the first row all true.
        probabilities: (N, L) float, of the L classes that are explained.
        pairs: whether each mask behind the first is followed by its complement.

    Returns:
        (L,) float64, 0–1.
    """
    superpixels = masks.shape[1]
    nothing = np.where(np.ptp(probabilities, axis=0) == 0, np.nan, 1.0)
    if superpixels <= LEADING:
        return nothing
    shown, wanted = weighted_deviations(masks, np.asarray(probabilities, np.float64))
    inverse = np.linalg.inv(shown.T @ shown + FINAL_RIDGE * np.eye(superpixels))
    weights = inverse @ shown.T @ wanted
    residuals = wanted - shown @ weights
    return nothing * [
        _shared(column, inverse, shown * rest[:, np.newaxis], pairs)
        for column, rest in zip(weights.T, residuals.T, strict=True)
    ]


def _shared(weights: np.ndarray, inverse: np.ndarray, scores: np.ndarray, pairs: bool) -> float:
    """How often a draw of the weights shares the leading superpixels."""
    if pairs:  # a mask at the end may lack its complement
        starts = np.r_[0, np.arange(1, len(scores), 2)]
        scores = np.add.reduceat(scores, starts)
    correction = len(scores) / max(1, len(scores) - len(weights))
    covariance = correction * inverse @ (scores.T @ scores) @ inverse
    values, vectors = np.linalg.eigh(2 * covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    drawn = weights + np.random.default_rng(0).standard_normal((_DRAWS, len(weights))) @ root.T
    leading = _leading(weights[np.newaxis])
    return float(((_leading(drawn) & leading).sum(axis=1) >= ALIKE).mean())


def _leading(weights: np.ndarray) -> np.ndarray:
    """(N, S) weights → (N, S) bool, the `LEADING` largest by magnitude of each row."""
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :LEADING]
    leading = np.zeros(weights.shape, bool)
    np.put_along_axis(leading, order, True, axis=1)
    return leading
