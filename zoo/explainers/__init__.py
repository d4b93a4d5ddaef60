"""Explanations of any predictor: which parts of a face speak for which class.

The room is called `explainers` because `zoo.explain` is the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError, unknown
from zoo.explainers import lime
from zoo.explainers.base import Explanation
from zoo.explainers.lime_explanation import LimeExplanation
from zoo.explainers.lime_settings import PRESETS, LimeSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.predictor import Predictor

METHODS = {"lime": lime.lime}
"""The explainers by name."""

__all__ = [
    "METHODS",
    "PRESETS",
    "Explanation",
    "LimeExplanation",
    "LimeSettings",
    "explain",
]


def explain(
    predictor: Predictor,
    faces: np.ndarray,
    method: str = "lime",
    targets: Sequence[int | str] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> list[LimeExplanation]:
    """Explain the predictor's probabilities for each face.

    Args:
        predictor: a classifier or an ensemble; what is explained is its `predict_proba`.
        faces: (N, H, W, 1|3), uint8 or float, 0–255.
        method: one of `METHODS`.
        targets: the classes to explain, by name or position, the same for every face; all of
            them if not given.
        progress: called with the perturbed faces seen so far and their total.
        settings: the method's own; for LIME the fields of `LimeSettings` and `preset`.

    Returns:
        One explanation per face, in order; each holds one map per target.

    Raises:
        ZooError: `method`, a target or a setting is not known or out of range, or `faces` are
            not faces.
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    faces = np.asarray(faces)
    if faces.ndim != 4:
        raise ZooError(f"faces of shape {faces.shape}: expected (N, H, W, 1) or (N, H, W, 3)")
    explanations = []
    for index, face in enumerate(faces):

        def report(done: int, total: int, index: int = index) -> None:
            if progress is not None:
                progress(index * total + done, len(faces) * total)

        explanations.append(
            METHODS[method](predictor, face, labels=targets, progress=report, **settings)
        )
    return explanations
