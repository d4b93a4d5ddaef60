"""The best of several methods, and what choosing it costs."""

import numpy as np
import pytest

from zoo.evaluation.search.cross_fitting import Estimate, Measured
from zoo.evaluation.search.winner import corrected_winner, winner


def estimate(method, losses):
    measured = Measured((losses < 1).astype(float), losses)
    return Estimate(method, measured, (measured,), None)


def drawn(seed, methods=6, n=200):
    """Methods of which none is better: the truth is a log-loss of 1 for whichever is chosen."""
    chance = np.random.default_rng(seed)
    return [estimate(str(k), chance.normal(1, 0.5, n)) for k in range(methods)]


def test_the_winner_has_the_least_cross_fitted_log_loss():
    estimates = [estimate("a", np.full(9, 2.0)), estimate("b", np.full(9, 0.5))]
    assert winner(estimates).method == "b"


def test_a_method_that_always_wins_needs_no_correction():
    chance = np.random.default_rng(0)
    losses = chance.normal(1, 0.3, 100)
    estimates = [estimate("worse", losses + 1), estimate("better", losses)]
    top1, log_loss = corrected_winner(estimates, np.arange(100), draws=50)
    assert log_loss == pytest.approx(losses.mean())
    assert top1 == pytest.approx((losses < 1).mean())


def test_among_equals_the_correction_takes_back_the_winners_luck():
    lucky, corrected = [], []
    for seed in range(60):
        estimates = drawn(seed)
        lucky.append(winner(estimates).cross_fitted.log_loss)
        corrected.append(corrected_winner(estimates, np.arange(200), draws=60, seed=seed)[1])
    assert np.mean(lucky) < 1 - 0.03  # six draws of a mean with an error of 0.035
    assert np.mean(corrected) == pytest.approx(1, abs=0.015)


def test_copies_are_drawn_together():
    """With all faces of one group, none is ever left out; with two, whole groups are."""
    estimates = drawn(0, methods=2, n=20)
    groups = np.repeat([0, 1], 10)
    top1, log_loss = corrected_winner(estimates, groups, draws=40)
    means = [[one.cross_fitted.losses[groups == k].mean() for k in (0, 1)] for one in estimates]
    best = min(range(2), key=lambda k: np.mean(means[k]))
    other = 1 - best
    # drawn twice, one group chooses, and the other one measures
    possible = {
        means[other][1 - k] - means[best][1 - k] if means[other][k] < means[best][k] else 0.0
        for k in (0, 1)
    }
    low, high = min(possible), max(possible)
    assert np.mean(means[best]) + low - 1e-9 <= log_loss <= np.mean(means[best]) + high + 1e-9
    assert 0 <= top1 <= 1
