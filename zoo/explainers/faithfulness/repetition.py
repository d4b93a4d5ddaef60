"""Whether another seed gives the same map."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from zoo.explainers.convergence import LEADING
from zoo.explainers.faithfulness.again import explained_again
from zoo.explainers.faithfulness.parts import part_scores, rank_correlation, shared_leaders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.explainers.base import Explanation
    from zoo.predictor import Predictor


def repetition(
    predictor: Predictor, explanations: Sequence[Explanation], seeds: int
) -> list[tuple[float | None, float | None]]:
    """Explain the faces again by other seeds, and compare each explanation with each.

    Args:
        predictor: which was explained.
        explanations: all by the same method and settings.
        seeds: how many explanations of each face to compare, the given one included.

    Returns:
        Of each face, the mean rank correlation of the parts' scores, and the mean share of the
        `LEADING` parts that two seeds have in common; None for both where the method draws
        nothing, and for the first where no two could be ranked.
    """
    seed = explanations[0].settings.get("seed")
    if seed is None or seeds < 2:
        return [(None, None)] * len(explanations)
    runs = [
        explanations,
        *(explained_again(predictor, explanations, seed=seed + step) for step in range(1, seeds)),
    ]
    return [
        _agreement([part_scores(one) for one in of_face]) for of_face in zip(*runs, strict=True)
    ]


def _agreement(scores: Sequence[np.ndarray]) -> tuple[float | None, float]:
    pairs = list(combinations(scores, 2))
    correlations = [rank_correlation(one, other) for one, other in pairs]
    ranked = [value for value in correlations if value is not None]
    alike = [shared_leaders(one, other, LEADING) for one, other in pairs]
    return (float(np.mean(ranked)) if ranked else None), float(np.mean(alike))
