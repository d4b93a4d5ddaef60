"""Wilson's interval, against scipy."""

import pytest
from scipy.stats import binomtest

from zoo.errors import ZooError
from zoo.evaluation.intervals import wilson


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
