"""Greedy forward selection with replacement."""

from __future__ import annotations

import numpy as np

ROUNDS = 100
"""How many members are drawn into the ensemble, counting repeats."""


def greedy_weights(given: np.ndarray, rounds: int = ROUNDS) -> np.ndarray:
    """How often each member is selected, as shares.

    Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble Selection from Libraries of Models", ICML
    2004: start with nothing, add the member with which the plain average has the least log-loss,
    the same one again if need be, and go back to the round that was best. Selected by log-loss;
    neither the paper's sorted initialisation nor its bagging is used. Of equal losses the earlier
    member, and the earlier round, is taken.

    Args:
        given: (M, N), what each member gives to the faces' labels, above 0.
        rounds: how often a member is added.

    Returns:
        (M,), not negative, summing to 1.
    """
    total = np.zeros(given.shape[1])
    chosen: list[int] = []
    losses: list[float] = []
    for size in range(1, rounds + 1):
        after = -np.log((total + given) / size).mean(axis=1)
        best = int(after.argmin())
        total += given[best]
        chosen.append(best)
        losses.append(float(after[best]))
    kept = chosen[: int(np.argmin(losses)) + 1]
    return np.bincount(kept, minlength=len(given)) / len(kept)
