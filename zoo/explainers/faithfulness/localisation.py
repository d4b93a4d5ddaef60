"""Whether a map points at what is known to matter."""

from __future__ import annotations

import numpy as np


def pointing_game(relevance: np.ndarray, truth: np.ndarray) -> float:
    """Whether the largest value lies in the true region.

    Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016 (arXiv 1608.00507),
    without their tolerance around the region.

    Args:
        relevance: (H, W), the map.
        truth: (H, W) bool.

    Returns:
        1 or 0; where several pixels share the largest value, as those of a superpixel do, the
        share of them inside. 0 where nothing speaks for the class.
    """
    if relevance.max() <= 0:
        return 0.0
    return float(truth[relevance == relevance.max()].mean())


def relevance_inside(relevance: np.ndarray, truth: np.ndarray) -> float:
    """The share, 0–1, of the positive relevance that lies in the true region.

    Arras, Osman and Samek, "CLEVR-XAI", Information Fusion 81, 2022 (arXiv 2003.07258), where it
    is called relevance mass accuracy.

    Args:
        relevance: (H, W), the map.
        truth: (H, W) bool.

    Returns:
        0 where nothing is positive.
    """
    positive = np.maximum(relevance, 0).astype(np.float64)
    return float(positive[truth].sum() / (positive.sum() or 1.0))
