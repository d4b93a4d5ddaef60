"""Taking a share of every class, or parting faces into folds that all have it, by lot."""

from __future__ import annotations

import numpy as np

from zoo.errors import ZooError


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


def stratified_folds(
    labels: np.ndarray, groups: np.ndarray, folds: int, seed: tuple[int, ...]
) -> np.ndarray:
    """A fold, 0–`folds` − 1, for each face; a group is never parted.

    Groups are dealt out like cards, class by class, in an order drawn by lot. So each fold gets
    its share of every class, and a class of two groups or more stands in two folds at least. A
    group whose faces have different labels counts to its first one's class.

    Args:
        labels: (N,) int.
        groups: (N,) int, equal for faces that must stay together.
        folds: how many.
        seed: of the lot.

    Returns:
        (N,) int64.

    Raises:
        ZooError: fewer than two folds, or fewer groups than folds.
    """
    _, first, of_face = np.unique(groups, return_index=True, return_inverse=True)
    if not 2 <= folds <= len(first):
        raise ZooError(
            f"{folds} folds of {len(first):,} different faces: choose at least 2 folds, and no "
            "more than faces"
        )
    chance = np.random.default_rng(seed)
    drawn = chance.permutation(len(first))
    dealt = drawn[np.argsort(labels[first][drawn], kind="stable")]
    fold_of_group = np.empty(len(first), np.int64)
    fold_of_group[dealt] = np.arange(len(first)) % folds
    return fold_of_group[of_face]
