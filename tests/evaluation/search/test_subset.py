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


def dropped_one_by_one(pool):
    """Every average written out; the best one on the way from all members to a single one."""
    kept = list(range(len(pool.probabilities)))
    way = [kept]
    while len(kept) > 1:
        kept = min(
            ([one for one in kept if one != left] for left in kept),
            key=lambda some: loss(pool, some),
        )
        way.append(kept)
    return min(way, key=lambda some: loss(pool, some))


@pytest.mark.parametrize("seed", range(3))
def test_of_many_members_the_weakest_are_dropped_one_by_one(make_pool, seed):
    pool = make_pool(seed, 200, (*[0.1] * 4, *[1.5] * 8))
    weights, best = weights_of(pool), dropped_one_by_one(pool)
    np.testing.assert_allclose(weights[best], 1 / len(best))
    assert weights.sum() == pytest.approx(1)
    assert set(best) <= set(range(4, 12))


def test_of_equal_averages_the_one_of_fewer_members_is_taken(make_pool):
    (member,) = make_pool(0, 60, (1.0,)).probabilities
    given = of_labels(np.stack([member, member, member]), np.arange(60) % 3)
    assert np.count_nonzero(subset_weights(given)) == 1


def test_a_member_that_no_other_helps_stays_alone(known):
    probabilities, labels = known
    given = of_labels(np.stack([probabilities[0], np.eye(2)[labels]]), labels)
    assert subset_weights(given).tolist() == [0, 1]
