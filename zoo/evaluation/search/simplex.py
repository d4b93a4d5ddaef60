"""The weights with the least log-loss, among those that are not negative and sum to 1."""

from __future__ import annotations

import numpy as np

NEGLIGIBLE = 1e-3
"""Weights below this are set to 0: a network must be run for each that is not."""


def simplex_weights(given: np.ndarray) -> np.ndarray:
    """Minimise −mean ln Σ_m w_m p_m over the simplex.

    The loss is convex in w, so there is one least value. Found by sequential quadratic programming
    (SciPy's SLSQP) with the exact gradient; `excess` tells how far off the answer can be.

    Args:
        given: (M, N), what each member gives to the faces' labels, above 0.

    Returns:
        (M,), not negative, summing to 1.
    """
    from scipy.optimize import minimize

    count = len(given)
    found = minimize(
        lambda weights: -np.log(weights @ given).mean(),
        np.full(count, 1 / count),
        jac=lambda weights: -(given / (weights @ given)).mean(axis=1),
        bounds=[(0, 1)] * count,
        constraints={
            "type": "eq",
            "fun": lambda weights: weights.sum() - 1,
            "jac": lambda weights: np.ones(count),
        },
        method="SLSQP",
        options={"ftol": 1e-10, "maxiter": 500},
    )
    weights = np.where(found.x < NEGLIGIBLE, 0.0, found.x)
    return np.asarray(weights / weights.sum())


def excess(given: np.ndarray, weights: np.ndarray) -> float:
    """An upper bound of how much the log-loss of `weights` exceeds the least possible, in nats.

    max_m mean(p_m / Σ_j w_j p_j) − 1, which is 0 only at the optimum (Cover, "An Algorithm for
    Maximizing Expected Log Investment Return", IEEE Transactions on Information Theory 30, 1984).

    Args:
        given: (M, N), as for `simplex_weights`.
        weights: (M,) on the simplex.
    """
    return float((given / (weights @ given)).mean(axis=1).max() - 1)
