"""Explanations of many faces, each for a class of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.explainers.base import Explanation, Progress
    from zoo.predictor import Predictor


def explain_each(
    predictor: Predictor,
    faces: np.ndarray,
    targets: np.ndarray,
    method: str,
    settings: Mapping[str, Any],
    progress: Progress | None = None,
) -> list[Explanation]:
    """Explain each face for its own class, those of one class together.

    Args:
        predictor: by which.
        faces: (N, H, W, 1|3), 0–255.
        targets: (N,) int, a class's position for each face.
        method: one of `METHODS`.
        settings: the method's.
        progress: called with the faces done and their number.

    Returns:
        One explanation of one class per face, in order.

    Raises:
        ZooError: see `zoo.explainers.explain`.
    """
    found: dict[int, Explanation] = {}
    for target in np.unique(targets):
        places, before = np.flatnonzero(targets == target), len(found)

        def told(done: int, total: int, before: int = before, here: int = len(places)) -> None:
            if progress is not None:
                progress(before + done * here // total, len(faces))

        some = METHODS[method].explain(
            predictor, faces[places], [int(target)], told, dict(settings)
        )
        found |= dict(zip(places.tolist(), some, strict=True))
    return [found[place] for place in range(len(faces))]
