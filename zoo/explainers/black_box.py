"""What the explainers that only ask for probabilities share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.predictor import checked_columns, checked_faces

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.explainers.base import Progress
    from zoo.predictor import Predictor

BATCH_BYTES = 64 * 2**20
"""Most bytes of changed faces held at once, however large a face is."""

TOLERANCE = 0.01
"""How far from 1 a face's probabilities may sum: half precision's rounding, and no logits."""


def one_face(face: np.ndarray) -> np.ndarray:
    """`face`, (H, W, 1|3), if it is a face as the zoo means it.

    Raises:
        ZooError: see `checked_faces`.
    """
    return checked_faces(np.asarray(face)[np.newaxis])[0]


def ask(
    predictor: Predictor,
    changed_faces: Callable[[slice], np.ndarray],
    count: int,
    batch_size: int,
    progress: Progress | None,
) -> np.ndarray:
    """The probabilities of many changed faces, of which few are held at a time.

    Args:
        predictor: only its `predict_proba` is called.
        changed_faces: gives some of them, (n, H, W, C).
        count: how many there are.
        batch_size: per call of the predictor, at most; fewer where faces are large.
        progress: called with the faces predicted so far, and `count`.

    Returns:
        (count, K) float32.

    Raises:
        ZooError: what the predictor gives are not probabilities of its classes.
    """
    probabilities = np.empty((count, len(predictor.classes)), np.float32)
    size = max(1, min(batch_size, BATCH_BYTES // changed_faces(slice(0, 1)).nbytes))
    for start in range(0, count, size):
        batch = slice(start, min(start + size, count))
        probabilities[batch] = checked_probabilities(predictor, changed_faces(batch))
        if progress is not None:
            progress(batch.stop, count)
    return probabilities


def checked_probabilities(predictor: Predictor, faces: np.ndarray) -> np.ndarray:
    """What a predictor gives for (N, H, W, 1|3) faces: (N, K), if they are probabilities.

    Raises:
        ZooError: they are not finite, not one column per class, outside 0–1, or do not sum to 1.
    """
    given = checked_columns(predictor, np.asarray(predictor.predict_proba(faces)), len(faces))
    if not np.isfinite(given).all():
        raise ZooError(f"{predictor.name}: predicts probabilities that are not finite")
    if not len(given):
        return given
    low, high = float(given.min()), float(given.max())
    sums = given.sum(axis=1, dtype=np.float64)
    if low < 0 or high > 1 + TOLERANCE or np.abs(sums - 1).max() > TOLERANCE:
        raise ZooError(
            f"{predictor.name}: predicts values from {low:g} to {high:g} that sum to "
            f"{sums[np.argmax(np.abs(sums - 1))]:g}: expected probabilities; of logits take the "
            "softmax"
        )
    return given
