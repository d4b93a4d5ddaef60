"""The members whose plain average is best, against trying them all."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from zoo.evaluation.search.pool import of_labels
from zoo.evaluation.search.subset import subset_weights


def loss(pool, kept):
    average = pool.probabilities[list(kept)].mean(axis=0)
    return log_loss(pool.labels, average, labels=range(average.shape[1]))


def best_of_all(pool):
    members = range(len(pool.probabilities))
    sizes = range(1, len(pool.probabilities) + 1)
    subsets = [kept for size in sizes for kept in combinations(members, size)]
    return min(subsets, key=lambda kept: loss(pool, kept))


def weights_of(pool):
    return subset_weights(of_labels(pool.probabilities, pool.labels))


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_best_of_all_subsets(make_pool, seed):
    pool = make_pool(seed, 90, (0.3, 1.0, 1.2, 1.5, 0.8))
    weights, best = weights_of(pool), best_of_all(pool)
    np.testing.assert_allclose(weights[list(best)], 1 / len(best))
    assert weights.sum() == pytest.approx(1)
    assert 1 < len(best) < 5


def test_of_many_members_the_bad_ones_are_dropped(make_pool):
    pool = make_pool(0, 400, (*[0.1] * 4, *[1.5] * 8))
    weights = weights_of(pool)
    assert (weights[:4] == 0).all()
    kept = np.flatnonzero(weights)
    assert len(kept) > 4
    # Taking out one more, whichever it is, would lose.
    assert all(loss(pool, kept) <= loss(pool, kept[kept != one]) for one in kept)


def test_a_member_that_no_other_helps_stays_alone(known):
    probabilities, labels = known
    given = of_labels(np.stack([probabilities[0], np.eye(2)[labels]]), labels)
    assert subset_weights(given).tolist() == [0, 1]
