"""Taking a share of every class, by lot."""

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


def draw_stratified(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Draw faces whose classes are as frequent as among all, to within a face.

    Args:
        labels: (N,) int, at least 0.
        count: how many; all where there are no more.
        seed: 0 or more; with the order of the faces it decides which ones.

    Returns:
        (min(count, N),) int64, their positions, in order.
    """
    if count >= len(labels):
        return np.arange(len(labels))
    wanted = np.bincount(labels) * count / len(labels)
    counts = np.floor(wanted).astype(np.int64)
    # The faces that rounding down left over go to the classes that lack most of one.
    counts[np.argsort(counts - wanted, kind="stable")[: count - counts.sum()]] += 1
    drawn = [
        np.random.default_rng([seed, label]).permutation(np.flatnonzero(labels == label))[:share]
        for label, share in enumerate(counts)
    ]
    return np.sort(np.concatenate(drawn))
