"""The weights with the least log-loss."""

import numpy as np
import pytest

from zoo.evaluation.search.pool import of_labels
from zoo.evaluation.search.simplex import excess, simplex_weights


def by_expectation_maximisation(given, steps=20_000):
    """The same weights by Cover's algorithm, which needs neither a step size nor a gradient."""
    weights = np.full(len(given), 1 / len(given))
    for _ in range(steps):
        weights = weights * (given / (weights @ given)).mean(axis=1)
    return weights


def loss(given, weights):
    return -np.log(np.asarray(weights) @ given).mean()


def test_the_best_weights_of_a_made_case_are_found(known):
    given = of_labels(*known)
    np.testing.assert_allclose(simplex_weights(given), [0.75, 0.25, 0], atol=1e-3)
    assert excess(given, np.array([0.75, 0.25, 0])) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_they_are_those_of_another_algorithm(make_pool, seed):
    pool = make_pool(seed, 120, (0.5, 1.0, 1.5, 2.0, 0.2))
    given = of_labels(pool.probabilities, pool.labels)
    weights, expected = simplex_weights(given), by_expectation_maximisation(given)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(weights, expected, atol=5e-3)
    assert loss(given, weights) <= loss(given, expected) + 1e-5


def test_no_weights_are_better_by_more_than_the_excess(make_pool):
    pool = make_pool(0, 80, (0.5, 1.0, 1.5))
    given = of_labels(pool.probabilities, pool.labels)
    best = loss(given, by_expectation_maximisation(given))
    for weights in np.random.default_rng(0).dirichlet(np.ones(3), 50):
        assert 0 <= loss(given, weights) - best <= excess(given, weights)


def test_members_that_are_the_same_do_no_harm(make_pool):
    given = of_labels(make_pool(0, 80, (1.0, 1.5)).probabilities, np.arange(80) % 3)
    doubled = simplex_weights(given[[0, 1, 1]])
    assert loss(given[[0, 1, 1]], doubled) == pytest.approx(
        loss(given, simplex_weights(given)), abs=1e-6
    )


def test_a_member_that_gives_the_label_nothing_is_no_infinity():
    probabilities = np.array([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    weights = simplex_weights(of_labels(probabilities, np.array([1, 1])))
    np.testing.assert_allclose(weights, [0, 1], atol=1e-3)
