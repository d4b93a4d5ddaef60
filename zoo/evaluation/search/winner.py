"""What is left of the best method's lead when choosing it is counted, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.evaluation.search.cross_fitting import Estimate

DRAWS = 1000


def winner(estimates: Sequence[Estimate]) -> Estimate:
    """The method with the least cross-fitted log-loss; of equals the first."""
    return min(estimates, key=lambda one: one.cross_fitted.log_loss)


def corrected_winner(
    estimates: Sequence[Estimate], groups: np.ndarray, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Top-1 and log-loss of "the method with the least log-loss", wherever it is chosen.

    The least of several numbers is too low. So faces are drawn with replacement, the method is
    chosen by those drawn, and measured on those that were not: the bootstrap's bias correction of
    Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the Out-of-sample Predictions for
    Efficient and Accurate Cross-Validation", Machine Learning 107, 2018, with copies drawn
    together. What is averaged over the draws is how much worse the chosen method is than the
    overall best one on the faces left out: that has the same mean, and no noise of its own where
    one method always wins.

    Args:
        estimates: of the methods, on the same N faces.
        groups: (N,) int, equal for faces that are drawn together.
        draws: how often faces are drawn.
        seed: of the draws.

    Returns:
        Both, a fraction and nats.
    """
    rights = np.stack([one.cross_fitted.right for one in estimates])
    losses = np.stack([one.cross_fitted.losses for one in estimates])
    _, of_face = np.unique(groups, return_inverse=True)
    count = int(of_face.max()) + 1
    chance = np.random.default_rng(seed)
    best = estimates.index(winner(estimates))
    lost = []
    for _ in range(draws):
        drawn = np.bincount(chance.integers(0, count, count), minlength=count)[of_face]
        left = drawn == 0
        chosen = int((losses @ drawn).argmin())
        if left.any():
            lost.append([(one[chosen] - one[best])[left].mean() for one in (rights, losses)])
    top1, log_loss = np.mean(lost, axis=0)
    return float(rights[best].mean() + top1), float(losses[best].mean() + log_loss)
