"""The same explanations once more, by another seed or another network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.explainers.base import Explanation
    from zoo.predictor import Predictor


def explained_again(
    predictor: Predictor, explanations: Sequence[Explanation], **changed: Any
) -> list[Explanation]:
    """Explain each face again, for the class that was the most probable explained one.

    Args:
        predictor: by which.
        explanations: all by the same method and settings, of faces of the same shape.
        changed: settings that are others now.

    Returns:
        One explanation of one class per face, in order.
    """
    first = explanations[0]
    faces = np.stack([one.face for one in explanations])
    targets = np.array([[one.targets[one.top]] for one in explanations])
    settings = {**first.settings, **changed}
    return METHODS[first.method].explain(predictor, faces, targets, None, settings)
