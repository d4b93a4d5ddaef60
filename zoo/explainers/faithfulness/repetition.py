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
        nothing, or where maps are constant.
    """
    if not explanations[0].draws or seeds < 2:
        return [(None, None)] * len(explanations)
    seed = explanations[0].settings["seed"]
    others = [(seed + step) % 2**32 for step in range(1, seeds)]
    runs = [
        explanations, *(explained_again(predictor, explanations, seed=other) for other in others)
    ]  # fmt: skip
    return [
        _agreement([part_scores(one) for one in of_face]) for of_face in zip(*runs, strict=True)
    ]


def _agreement(scores: Sequence[np.ndarray]) -> tuple[float | None, float | None]:
    pairs = [pair for pair in combinations(scores, 2) if all(one.any() for one in pair)]
    correlations = [rank_correlation(one, other) for one, other in pairs]
    ranked = [value for value in correlations if value is not None]
    alike = [shared_leaders(one, other, LEADING) for one, other in pairs]
    return (float(np.mean(ranked)) if ranked else None), (float(np.mean(alike)) if alike else None)
