"""How alike members' errors are, and what each adds."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import log_loss, matthews_corrcoef

from zoo.evaluation.search import diversity
from zoo.evaluation.search.diversity import error_correlation, growth, leave_one_out

SKILLS = (1.0, 2.0, 1.5, 0.5)


@pytest.fixture
def pool(make_pool):
    return make_pool(0, 90, SKILLS)


def accuracy(pool, members):
    mean = np.mean([pool.probabilities[place] for place in members], axis=0)
    return (mean.argmax(axis=1) == pool.labels).mean()


def loss(pool, members):
    return log_loss(pool.labels, np.mean([pool.probabilities[k] for k in members], axis=0))


def test_the_correlation_of_errors_is_phi(pool):
    wrong = pool.probabilities.argmax(axis=2) != pool.labels
    matrix = error_correlation(pool)
    for one, other in combinations(range(4), 2):
        expected = matthews_corrcoef(wrong[one], wrong[other])
        assert matrix[one, other] == pytest.approx(expected)
        assert matrix[other, one] == pytest.approx(expected)
    np.testing.assert_allclose(np.diag(matrix), 1)


def test_a_member_without_errors_correlates_with_none(make_pool):
    matrix = error_correlation(make_pool(0, 60, (1.0, 50.0)))
    assert np.isnan(matrix[0, 1])
    assert np.isnan(matrix[1, 1])
    assert matrix[0, 0] == pytest.approx(1)


def test_leaving_a_member_out_is_the_average_of_the_others(pool):
    gains = leave_one_out(pool)
    assert [one.name for one in gains] == list(pool.names)
    for place, gain in enumerate(gains):
        others = [k for k in range(4) if k != place]
        assert gain.top1 == pytest.approx(accuracy(pool, range(4)) - accuracy(pool, others))
        assert gain.log_loss == pytest.approx(loss(pool, range(4)) - loss(pool, others))
        assert gain.low <= gain.top1 <= gain.high


def test_of_few_members_every_subset_is_averaged(pool):
    grown = growth(pool)
    assert [len(one.top1) for one in grown] == [4, 6, 4, 1]
    for one in grown:
        subsets = list(combinations(range(4), one.size))
        np.testing.assert_allclose(one.top1, [accuracy(pool, subset) for subset in subsets])
        losses = [loss(pool, subset) for subset in subsets]
        np.testing.assert_allclose(one.log_loss, losses)
        best = subsets[int(np.argmin(losses))]
        assert one.best == tuple(pool.names[k] for k in best)


def test_of_many_members_random_orders_tell_about_the_same(make_pool, monkeypatch):
    pool = make_pool(0, 90, SKILLS * 2)
    every = growth(pool)
    monkeypatch.setattr(diversity, "ALL_SUBSETS_UP_TO", 3)
    drawn = growth(pool, seed=1)
    assert [len(one.top1) for one in drawn] == [diversity.ORDERS] * 8
    assert drawn[-1].top1[0] == every[-1].top1[0]
    for some, all_ in zip(drawn, every, strict=True):
        tolerance = 4 * all_.log_loss.std() / np.sqrt(diversity.ORDERS) + 1e-9
        assert some.log_loss.mean() == pytest.approx(all_.log_loss.mean(), abs=tolerance)
        assert set(np.round(some.top1, 9)) <= set(np.round(all_.top1, 9))
