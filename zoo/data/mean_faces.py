"""What a class looks like on average."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from zoo.data.dataset import Split

_FACES_AT_ONCE = 1024


def mean_faces(split: Split, classes: int) -> np.ndarray:
    """The mean of each class's faces, pixel by pixel.

    Args:
        split: one with labels.
        classes: how many classes there are.

    Returns:
        (K, H, W, C) uint8; black for a class without faces.
    """
    sums = np.zeros((classes, int(np.prod(split.faces.shape[1:]))), np.int64)
    for start in range(0, len(split), _FACES_AT_ONCE):
        end = start + _FACES_AT_ONCE
        one_hot = np.eye(classes, dtype=np.float32)[split.labels[start:end]]
        pixels = split.faces[start:end].reshape(len(one_hot), -1).astype(np.float32)
        # Whole numbers below 2²⁴: exact in single precision.
        sums += (one_hot.T @ pixels).astype(np.int64)
    counts = np.bincount(split.labels, minlength=classes)
    means = sums / np.maximum(counts, 1)[:, np.newaxis]
    return np.rint(means).astype(np.uint8).reshape(classes, *split.faces.shape[1:])
