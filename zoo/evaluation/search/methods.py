"""The ways of combining members that a search tries, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.evaluation.search.greedy import greedy_weights
from zoo.evaluation.search.pool import of_labels
from zoo.evaluation.search.simplex import simplex_weights
from zoo.evaluation.search.stacking import stacker
from zoo.evaluation.search.subset import subset_weights

if TYPE_CHECKING:
    from collections.abc import Callable

SINGLE, UNIFORM, SUBSET = "best single", "uniform", "subset"
SIMPLEX, GREEDY, STACKING = "simplex", "greedy", "stacking"

WEIGHTED = (UNIFORM, SUBSET, SIMPLEX, GREEDY)
"""Those whose result is an ensemble: a weight for each member."""

METHODS = (SINGLE, *WEIGHTED, STACKING)

EXPLAINED = (
    f"{SINGLE}: the member with the least log-loss. {UNIFORM}: the mean of all, nothing chosen. "
    f"{SUBSET}: the mean of those with whom it has the least log-loss. "
    f"{SIMPLEX}: the weights with the least log-loss. {GREEDY}: forward selection with "
    "replacement by log-loss, neither sorted initialisation nor bagging (Caruana et al. 2004). "
    f"{STACKING}: L2-regularised multinomial logistic regression on log-probabilities."
)


@dataclass(frozen=True)
class Fitted:
    """A combination that was chosen on some faces.

    Attributes:
        predict: from the members' (M, n, K) probabilities to (n, K).
        weights: (M,) of the members, summing to 1; None of `STACKING`.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    weights: np.ndarray | None = None


def fit(method: str, probabilities: np.ndarray, labels: np.ndarray) -> Fitted:
    """Choose the combination that a method takes for the best one.

    Args:
        method: one of `METHODS`.
        probabilities: (M, N, K) of the members, for the faces to choose by.
        labels: (N,) these faces' labels.
    """
    if method == STACKING:
        return Fitted(stacker(probabilities, labels))
    weights = _weights(method, of_labels(probabilities, labels))
    return Fitted(lambda others: np.tensordot(weights, others, axes=1), weights)


def _weights(method: str, given: np.ndarray) -> np.ndarray:
    """(M,) weights by what the members give to the labels, (M, N)."""
    if method == SIMPLEX:
        return simplex_weights(given)
    if method == GREEDY:
        return greedy_weights(given)
    count = len(given)
    if method == SUBSET:
        return subset_weights(given)
    if method == UNIFORM:
        return np.full(count, 1 / count)
    return np.eye(count)[np.log(given).mean(axis=1).argmax()]
