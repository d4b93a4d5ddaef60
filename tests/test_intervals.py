"""Intervals, against scipy."""

import numpy as np
import pytest
from scipy.stats import binomtest, t

from zoo.errors import ZooError
from zoo.intervals import mean_and_margin, wilson


@pytest.mark.parametrize(
    ("right", "n"),
    [(0, 1), (1, 1), (0, 30), (30, 30), (1, 30), (17, 30), (2301, 3589), (3589, 3589)],
)
@pytest.mark.parametrize("confidence", [0.95, 0.5])
def test_it_is_scipys(right, n, confidence):
    theirs = binomtest(right, n).proportion_ci(confidence, method="wilson")
    assert wilson(right, n, confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_it_never_leaves_0_to_1():
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1


@pytest.mark.parametrize(("right", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(right, n):
    with pytest.raises(ZooError, match="an interval needs"):
        wilson(right, n)


def test_the_margin_of_a_mean_is_students():
    values = np.random.default_rng(0).normal(3, 2, 12)
    low, high = t.interval(0.9, 11, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(12))
    mean, margin = mean_and_margin(values.tolist(), 0.9)
    assert (mean - margin, mean + margin) == pytest.approx((low, high))
    assert mean_and_margin([2.0]) == (2.0, np.inf)
