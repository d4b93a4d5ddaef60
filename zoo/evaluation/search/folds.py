"""Parting faces into folds, stratified, copies kept together."""

from __future__ import annotations

import numpy as np

from zoo.errors import ZooError


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
