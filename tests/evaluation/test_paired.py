"""Paired tests against scipy, literal computations and simulation."""

import numpy as np
import pytest
from scipy.stats import binomtest

from zoo.errors import ZooError
from zoo.evaluation.paired import difference_interval, holm, mcnemar, paired_tests


@pytest.mark.parametrize(("one", "other"), [(0, 0), (5, 0), (3, 9), (9, 3), (40, 41), (200, 150)])
def test_mcnemar_is_the_exact_binomial_test(one, other):
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(one, other) == pytest.approx(expected, rel=1e-9)


def test_holm_is_the_step_down_procedure():
    # Holm 1979: the smallest of four times 4, the next times 3, …, never falling.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_holm_rarely_finds_a_difference_where_there_is_none():
    random = np.random.default_rng(0)
    found = [min(holm(random.random(10).tolist())) < 0.05 for _ in range(4000)]
    assert np.mean(found) == pytest.approx(0.05, abs=0.012)


def test_the_interval_is_that_of_drawing_faces_one_by_one():
    random = np.random.default_rng(0)
    one, other = random.random((2, 300)) < np.array([[0.7], [0.6]])
    gains = one.astype(int) - other
    drawn = gains[random.integers(0, 300, (20_000, 300))].mean(axis=1)
    literal = np.percentile(drawn, [2.5, 97.5])
    low, high = difference_interval(int((gains > 0).sum()), int((gains < 0).sum()), 300)
    assert (low, high) == pytest.approx(tuple(literal), abs=0.008)


def test_the_interval_covers_the_true_difference():
    random = np.random.default_rng(1)
    shares = np.array([0.12, 0.08, 0.8])  # the first alone, the second alone, no difference
    covered = 0
    for first, second, _ in random.multinomial(500, shares, 2000):
        low, high = difference_interval(int(first), int(second), 500, draws=1000)
        covered += low <= 0.04 <= high
    assert 0.93 <= covered / 2000 <= 0.97


def test_every_two_models_are_tested_together():
    random = np.random.default_rng(0)
    right = {name: random.random(400) < share for name, share in
             (("good", 0.9), ("fair", 0.7), ("same", 0.7))}  # fmt: skip
    tests = paired_tests(right)
    assert [(test.first, test.second) for test in tests] == [
        ("good", "fair"), ("good", "same"), ("fair", "same"),
    ]  # fmt: skip
    first = tests[0]
    expected = right["good"].mean() - right["fair"].mean()
    assert first.difference == pytest.approx(expected)
    assert first.only_first == (right["good"] & ~right["fair"]).sum()
    assert first.low < expected < first.high
    assert [test.p_corrected for test in tests] == pytest.approx(holm([t.p for t in tests]))
    assert first.p_corrected < 0.001 < 0.05 < tests[2].p_corrected


def test_models_of_different_or_no_faces_are_refused():
    with pytest.raises(ZooError, match="the same faces of all models, at least one: a 3, b 4"):
        paired_tests({"a": np.ones(3, bool), "b": np.ones(4, bool)})
    with pytest.raises(ZooError, match="at least one: a 0, b 0"):
        paired_tests({"a": np.ones(0, bool), "b": np.ones(0, bool)})
