"""What the network is trained towards, from labels; and which labelled faces it sees."""

from __future__ import annotations

import numpy as np

from zoo.errors import ZooError
from zoo.training.seeds import Purpose, generator


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N,) positions in the classes → (N, K) float32 with a single one in each row."""
    return np.eye(classes, dtype=np.float32)[labels]


def smoothed(targets: np.ndarray, share: float) -> np.ndarray:
    """Targets (N, K) with `share` of each row spread evenly over all classes.

    Label smoothing after Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """
    return (targets * (1 - share) + share / targets.shape[1]).astype(np.float32)


def balanced_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """(K,) float32: N / (K·count), so that each class that occurs weighs the same in the loss."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)


def stratified_subset(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Positions of `count` faces, sorted, with the classes' shares kept to within one face.

    Args:
        labels: (N,) positions in the classes.
        count: how many; N or more takes all.
        seed: the same seed chooses the same faces.

    Raises:
        ZooError: `count` is below 1.
    """
    if count < 1:
        raise ZooError(f"--limit {count}: expected at least 1 face")
    if count >= len(labels):
        return np.arange(len(labels))
    chance = generator(Purpose.LIMIT, seed)
    shuffled = chance.permutation(len(labels))
    # Sorted stably by class, the shuffled faces are evenly spaced picks from one long row: each
    # class occupies a stretch of it, and gets its share of picks, rounded up or down.
    row = shuffled[np.argsort(labels[shuffled], kind="stable")]
    picks = (np.arange(count) * len(labels) + len(labels) // 2) // count
    return np.sort(row[picks])
