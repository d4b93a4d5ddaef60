"""What cross-fitting estimates, against what is true of simulated members."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_members import drawn

from zoo.data.stratified import stratified_folds
from zoo.evaluation.search.cross_fitting import cross_fit, measured
from zoo.evaluation.search.methods import GREEDY, METHODS, SINGLE, STACKING, UNIFORM, fit

SKILLS = (1.0, 1.1, 0.9, 1.0, 1.2, 1.0)
DRAWS, FACES, FRESH, FOLDS = 80, 60, 1000, 4
STANDARD_ERRORS = 3.5
"""Tolerance of the mean error over the draws, which chance exceeds once in 2,000 times."""

SHARE = 0.25
"""Of the naive number's error, which the estimate's must stay below as well."""


@pytest.fixture(scope="module")
def simulated():
    """Each method's estimates less the truth, everything relative to the plain average.

    In each draw members answer for faces that choose, and for fresh ones that tell the truth: what
    the combinations chosen by all folds but one are worth there. Relative to the plain average,
    where nothing is chosen, most of the luck of a draw cancels.
    """
    errors = {method: [] for method in METHODS}
    for draw in range(DRAWS):
        chance = np.random.default_rng(draw)
        pool, fresh = drawn(chance, FACES, SKILLS), drawn(chance, FRESH, SKILLS)
        estimates = cross_fit(pool, folds=FOLDS, repeats=1, seed=draw)
        folds = stratified_folds(pool.labels, pool.groups, FOLDS, (draw, 0))
        rows = []
        for one in estimates:
            truths = []
            for fold in range(FOLDS):
                kept = folds != fold
                fitted = fit(one.method, pool.probabilities[:, kept], pool.labels[kept])
                truths.append(measured(fitted.predict(fresh.probabilities), fresh.labels))
            shares = np.bincount(folds) / FACES
            rows.append(
                [
                    (one.naive.log_loss, one.naive.top1),
                    (one.cross_fitted.log_loss, one.cross_fitted.top1),
                    shares @ [(truth.log_loss, truth.top1) for truth in truths],
                ]
            )
        table = np.array(rows)
        table = table - table[METHODS.index(UNIFORM)]
        for place, method in enumerate(METHODS):
            naive, fair, truth = table[place]
            errors[method].append([naive - truth, fair - truth])
    return {method: np.array(found) for method, found in errors.items()}


@pytest.mark.parametrize("method", [method for method in METHODS if method != UNIFORM])
def test_the_estimate_is_unbiased_and_the_naive_number_is_not(simulated, method):
    errors = simulated[method]  # (draws, naive or cross-fitted, log-loss or top-1)
    means, sure = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(DRAWS)
    (naive_loss, naive_top1), (fair_loss, fair_top1) = means
    assert abs(fair_loss) < STANDARD_ERRORS * sure[1, 0]
    assert abs(fair_top1) < STANDARD_ERRORS * sure[1, 1]
    assert naive_loss < -2 * STANDARD_ERRORS * sure[0, 0]  # optimistic
    assert naive_top1 > STANDARD_ERRORS * sure[0, 1]
    assert abs(fair_loss) < SHARE * abs(naive_loss)
    assert abs(fair_top1) < SHARE * naive_top1


def test_where_nothing_is_chosen_nothing_is_optimistic(make_pool):
    (uniform,) = cross_fit(make_pool(0, 50, SKILLS), [UNIFORM], repeats=3)
    assert uniform.cross_fitted.log_loss == pytest.approx(uniform.naive.log_loss)
    assert uniform.cross_fitted.top1 == uniform.naive.top1
    assert uniform.spread == pytest.approx((0, 0))


def test_the_spread_is_the_standard_deviation_over_the_repeats(make_pool):
    (greedy,) = cross_fit(make_pool(0, 50, SKILLS), [GREEDY], repeats=4)
    losses = [one.log_loss for one in greedy.repeats]
    assert greedy.spread[1] == pytest.approx(np.std(losses, ddof=1))
    assert greedy.spread[1] > 0
    assert greedy.cross_fitted.log_loss == pytest.approx(np.mean(losses))
    (once,) = cross_fit(make_pool(0, 50, SKILLS), [GREEDY], repeats=1)
    assert once.spread is None


def test_the_best_single_member_is_the_one_of_least_log_loss(make_pool):
    pool = make_pool(0, 80, (0.5, 2.5, 1.0))
    (single,) = cross_fit(pool, [SINGLE], repeats=1)
    assert single.weights.tolist() == [0, 1, 0]
    assert single.naive.log_loss == min(
        measured(one, pool.labels).log_loss for one in pool.probabilities
    )


def test_copies_on_both_sides_would_betray_their_labels(make_pool):
    """Members that know nothing, each face there six times: stacking learns the copies."""
    few = make_pool(0, 30, (0.0,) * 8)
    places = np.tile(np.arange(30), 6)
    parted = replace(
        few, probabilities=few.probabilities[:, places], labels=few.labels[places],
        groups=np.arange(180),
    )  # fmt: skip
    kept = replace(parted, groups=places)
    (leaking,) = cross_fit(parted, [STACKING], repeats=2)
    (honest,) = cross_fit(kept, [STACKING], repeats=2)
    assert kept.copies == 180
    assert leaking.cross_fitted.top1 > 0.6
    assert honest.cross_fitted.top1 < 0.45


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(make_pool):
    pool = make_pool(0, 50, SKILLS)
    first, again, other = (
        cross_fit(pool, [GREEDY], repeats=2, seed=seed)[0].cross_fitted.log_loss
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_progress_counts_the_repeats(make_pool):
    told = []
    cross_fit(make_pool(0, 30, SKILLS), [UNIFORM], repeats=3, progress=lambda *c: told.append(c))
    assert told == [(1, 3), (2, 3), (3, 3)]
