"""Holding out a share of every class, by lot."""

from __future__ import annotations

import numpy as np


def hold_out(labels: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Choose faces that are to be validated on: a share of each class, one face at least.

    A class with a single face keeps it.

    Args:
        labels: (N,) int, at least 0.
        fraction: between 0 and 1.
        seed: 0 or more; with the order of the faces it decides which ones.

    Returns:
        (N,) bool, true for the faces held out.
    """
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels).tolist():
        there = np.flatnonzero(labels == label)
        count = min(max(1, round(fraction * len(there))), len(there) - 1)
        order = np.random.default_rng([seed, label]).permutation(len(there))
        held[there[order[:count]]] = True
    return held
