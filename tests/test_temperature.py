"""Temperature scaling against scipy's minimisers, literal softmaxes and made-up models."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from zoo.errors import ZooError
from zoo.temperature import HIGHEST, LOWEST, cross_fitted, fit_temperature, tempered


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def model(n=500, *, times=1.0, seed=0):
    """Labels drawn from a softmax, and what a model says whose logits are `times` too large."""
    random = np.random.default_rng(seed)
    logits = 1.5 * random.normal(size=(n, 7))
    labels = np.array([random.choice(7, p=row) for row in softmax(logits)])
    return labels, softmax(times * logits)


@pytest.mark.parametrize("temperature", [0.5, 1, 1.7, 10])
def test_probabilities_become_the_softmax_of_logits_over_the_temperature(temperature):
    logits = np.random.default_rng(1).normal(size=(20, 7))
    ours = tempered(softmax(logits), temperature)
    for row, expected in zip(ours, logits, strict=True):
        powers = [math.exp(logit / temperature) for logit in expected]
        assert row == pytest.approx([power / sum(powers) for power in powers], rel=1e-9)


def test_a_temperature_of_one_changes_nothing_and_none_changes_the_answer():
    _, probabilities = model()
    np.testing.assert_allclose(tempered(probabilities, 1), probabilities, rtol=1e-9)
    for temperature in (0.05, 0.7, 3, 20):
        order = np.argsort(tempered(probabilities, temperature), axis=1)
        np.testing.assert_array_equal(order, np.argsort(probabilities, axis=1))


def test_a_probability_that_was_rounded_to_zero_stays_finite():
    (row,) = tempered(np.array([[1.0, 0.0, 0.0]], np.float32), 20)
    assert row.sum() == pytest.approx(1)
    assert 0 < row[1] == row[2] < row[0]
    assert math.isfinite(fit_temperature(np.array([1]), np.array([[1.0, 0.0]])))


@pytest.mark.parametrize("times", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_fit_is_the_minimum_that_scipy_and_a_fine_grid_find(times, seed):
    labels, probabilities = model(times=times, seed=seed)

    def loss(temperature):
        return log_loss(labels, softmax(np.log(probabilities) / temperature), labels=range(7))

    ours = fit_temperature(labels, probabilities)
    theirs = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-7})
    assert ours == pytest.approx(theirs.x, rel=1e-4)
    assert all(loss(ours) <= loss(other) + 1e-12 for other in np.geomspace(0.1, 10, 101))


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0])
def test_the_factor_that_logits_are_too_large_by_is_found(times):
    labels, probabilities = model(20_000, times=times)
    assert fit_temperature(labels, probabilities) == pytest.approx(times, rel=0.03)


def test_the_search_ends_at_its_edges():
    labels, probabilities = model(200)
    assert fit_temperature(probabilities.argmax(axis=1), probabilities) == LOWEST
    assert fit_temperature(probabilities.argmin(axis=1), probabilities) == HIGHEST


def test_each_fold_has_the_temperature_of_the_others():
    labels, probabilities = model(53, times=2)
    ours = cross_fitted(labels, probabilities, folds=5, seed=3)
    fold_of = np.random.default_rng(3).permutation(53) % 5
    for face in range(53):
        others = fold_of != fold_of[face]
        temperature = fit_temperature(labels[others], probabilities[others])
        expected = tempered(probabilities[[face]], temperature)[0]
        np.testing.assert_allclose(ours[face], expected, rtol=1e-9)


def test_more_folds_than_faces_leave_one_out():
    labels, probabilities = model(6)
    np.testing.assert_array_equal(
        cross_fitted(labels, probabilities, folds=100, seed=1),
        cross_fitted(labels, probabilities, folds=6, seed=1),
    )


def test_cross_fitting_is_not_optimistic_and_fitting_on_the_same_faces_is():
    """Over 200 draws of 30 faces, against the loss on faces that were never seen."""
    fresh_labels, fresh = model(20_000, times=1.5, seed=99)
    naive, crossed, true = [], [], []

    def loss(labels, probabilities):
        return -np.log(probabilities[np.arange(len(labels)), labels]).mean()

    for seed in range(200):
        labels, probabilities = model(30, times=1.5, seed=seed)
        temperature = fit_temperature(labels, probabilities)
        naive.append(loss(labels, tempered(probabilities, temperature)))
        crossed.append(loss(labels, cross_fitted(labels, probabilities, seed=seed)))
        true.append(loss(fresh_labels[:4000], tempered(fresh[:4000], temperature)))
    margin = 2 * np.std(np.subtract(crossed, true)) / math.sqrt(200)
    assert abs(np.mean(crossed) - np.mean(true)) < margin + 0.01
    assert np.mean(naive) < np.mean(true)
    assert np.mean(naive) < np.mean(crossed)


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf])
def test_no_temperature_is_refused(temperature):
    with pytest.raises(ZooError, match="expected a finite number above 0"):
        tempered(np.array([[0.5, 0.5]]), temperature)


def test_too_few_faces_are_refused():
    with pytest.raises(ZooError, match="no temperature can be fitted: the split has no faces"):
        fit_temperature(np.zeros(0, int), np.zeros((0, 7)))
    with pytest.raises(ZooError, match="1 faces in 1 folds: cross-fitting needs at least two"):
        cross_fitted(np.zeros(1, int), np.full((1, 2), 0.5))
