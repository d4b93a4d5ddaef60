"""Intervals, against scipy."""

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, t
from sklearn.metrics import f1_score

from zoo.errors import ZooError
from zoo.intervals import bootstrap_f1, bootstrap_share, mean_and_margin, wilson


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


def test_the_bootstrap_of_a_share_is_that_of_drawing_faces_one_by_one():
    random = np.random.default_rng(0)
    right = np.arange(400) < 250
    drawn = right[random.integers(0, 400, (20_000, 400))].mean(axis=1)
    literal = np.percentile(drawn, [2.5, 97.5])
    assert bootstrap_share(250, 400) == pytest.approx(tuple(literal), abs=0.003)
    wide, narrow = (bootstrap_share(250, 400, confidence=share) for share in (0.95, 0.5))
    assert wide[0] < narrow[0] < 0.625 < narrow[1] < wide[1]


def test_the_bootstrap_is_scipys():
    right = (np.arange(300) < 200).astype(float)
    theirs = bootstrap(
        (right,), np.mean, method="percentile", n_resamples=20_000,
        rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert bootstrap_share(200, 300) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_the_bootstrap_is_the_same_for_the_same_seed_and_a_point_where_all_are_right():
    assert bootstrap_share(30, 50, seed=1) == bootstrap_share(30, 50, seed=1)
    assert bootstrap_share(50, 50) == (1, 1)
    assert bootstrap_share(0, 50) == (0, 0)


def test_the_bootstrap_of_f1_is_that_of_drawing_faces_one_by_one():
    labels, found = np.zeros(200, int), np.zeros(200, int)
    labels[:40], found[:30], found[60:75] = 1, 1, 1  # 30 hits, 10 missed, 15 false
    rows = np.random.default_rng(0).integers(0, 200, (4_000, 200))
    literal = [f1_score(labels[row], found[row]) for row in rows[:1000]]
    low, high = np.percentile(literal, [2.5, 97.5])
    assert bootstrap_f1(30, 15, 10, 200) == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize("counts", [(0, 3, 0, 10), (-1, 0, 2, 10), (5, 5, 5, 10)])
def test_a_class_without_faces_has_no_interval_of_f1(counts):
    with pytest.raises(ZooError, match="needs a face of the class"):
        bootstrap_f1(*counts)


@pytest.mark.parametrize("impossible", [(0, 0), (-1, 5), (6, 5)])
def test_the_bootstrap_refuses_impossible_counts(impossible):
    with pytest.raises(ZooError, match="an interval needs"):
        bootstrap_share(*impossible)


TRIALS = 2_000
"""Simulated draws of faces, of each of which an interval is taken."""


def covered(intervals, truth):
    return np.mean([low <= truth <= high for low, high in intervals])


@pytest.mark.parametrize(("truth", "n"), [(0.6, 100), (0.65, 3589), (0.9, 200)])
def test_intervals_of_a_share_cover_the_truth_in_95_of_100_draws(truth, n):
    counts = np.random.default_rng(5).binomial(n, truth, TRIALS)
    assert 0.93 <= covered((wilson(int(k), n) for k in counts), truth) <= 0.97
    drawn = (bootstrap_share(int(k), n, draws=1000, seed=i) for i, k in enumerate(counts))
    assert 0.93 <= covered(drawn, truth) <= 0.97


def test_the_interval_of_f1_covers_the_truth_in_95_of_100_draws():
    shares = np.array([0.06, 0.04, 0.05, 0.85])  # hits, false, missed, others
    truth = 2 * 0.06 / (2 * 0.06 + 0.04 + 0.05)
    counts = np.random.default_rng(6).multinomial(800, shares, TRIALS)[:, :3].tolist()
    drawn = (bootstrap_f1(*three, 800, draws=1000, seed=i) for i, three in enumerate(counts))
    assert 0.93 <= covered(drawn, truth) <= 0.97


def test_students_interval_covers_the_mean_in_95_of_100_draws():
    draws = np.random.default_rng(7).normal(0.6, 0.02, (TRIALS, 5))
    pairs = (mean_and_margin(row.tolist()) for row in draws)
    assert 0.93 <= covered(((mean - m, mean + m) for mean, m in pairs), 0.6) <= 0.97
