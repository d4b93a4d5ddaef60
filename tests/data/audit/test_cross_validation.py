"""A classifier of sums, held against the Gaussians that it stands for."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import multivariate_normal
from sklearn.metrics import log_loss

from zoo.data.audit.cross_validation import (
    FOLDS,
    REGULARISATION,
    calibrated,
    folds_of,
    out_of_fold,
)
from zoo.data.audit.texture import RandomWaves


@pytest.fixture
def points():
    """300 points in 4 dimensions, three classes of different sizes."""
    chance = np.random.default_rng(5)
    labels = chance.choice(3, 300, p=(0.6, 0.3, 0.1))
    middles = chance.normal(size=(3, 4))
    return (middles[labels] + chance.normal(size=(300, 4))).astype(np.float32), labels


def literal(points, labels, folds):
    """Each fold's posterior by the densities of Gaussians fitted to the other folds."""
    probabilities = np.zeros((len(points), 3))
    for fold in range(FOLDS):
        train, test = points[folds != fold], points[folds == fold]
        of = labels[folds != fold]
        middles = [train[of == k].mean(axis=0) for k in range(3)]
        rest = train - np.array(middles)[of]
        covariance = rest.T @ rest / len(rest)
        covariance += REGULARISATION * np.trace(covariance) / 4 * np.eye(4)
        densities = np.stack(
            [
                multivariate_normal(middle, covariance).pdf(test) * (of == k).mean()
                for k, middle in enumerate(middles)
            ],
            axis=1,
        )
        probabilities[folds == fold] = densities / densities.sum(axis=1, keepdims=True)
    return probabilities


def test_probabilities_are_those_of_gaussians_fitted_to_the_other_folds(points):
    values, labels = points
    folds = folds_of(np.full(300, -1))
    found = out_of_fold(lambda rows: values[rows], labels, folds, 3)
    assert found.dtype == np.float32
    assert softmax(found, axis=1) == pytest.approx(literal(values, labels, folds), abs=1e-4)


def test_a_face_has_no_say_in_its_own_probabilities(points):
    values, labels = points
    folds = folds_of(np.full(300, -1))
    before = out_of_fold(lambda rows: values[rows], labels, folds, 3)
    turned = labels.copy()
    turned[17] = (turned[17] + 1) % 3
    after = out_of_fold(lambda rows: values[rows], turned, folds, 3)
    same = folds == folds[17]
    assert after[same] == pytest.approx(before[same], abs=1e-4)
    assert np.abs(after[~same] - before[~same]).max() > 1e-3


def test_a_class_that_the_other_folds_lack_is_improbable(points):
    values, labels = points
    labels = np.where(np.arange(300) == 3, 3, labels)
    found = out_of_fold(lambda rows: values[rows], labels, folds_of(np.full(300, -1)), 4)
    assert np.isfinite(found).all()
    assert softmax(found, axis=1)[3, 3] < 1e-3


def test_few_faces_do_no_harm(points):
    values, labels = points
    for count in (1, 2, 4):
        folds = folds_of(np.full(count, -1))
        logits = out_of_fold(lambda rows: values[rows], labels[:count], folds, 3)
        assert np.isfinite(logits).all()
        assert calibrated(logits, labels[:count]).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_calibrated_probabilities_have_the_smallest_log_loss_of_all_temperatures():
    chance = np.random.default_rng(0)
    labels = chance.integers(0, 3, 500)
    logits = chance.normal(size=(500, 3)) + np.eye(3)[labels]
    losses = [log_loss(labels, softmax(logits / t, axis=1)) for t in np.geomspace(0.1, 10, 200)]
    for sureness in (0.2, 1, 7):
        found = calibrated(sureness * logits, labels)
        assert log_loss(labels, found) == pytest.approx(min(losses), abs=1e-4)


def test_folds_are_even_and_copies_share_one():
    groups = np.full(1000, -1)
    groups[100:130] = np.repeat(np.arange(10), 3)
    folds = folds_of(groups)
    assert np.bincount(folds).tolist() == pytest.approx([200] * FOLDS, abs=15)
    assert all(len(set(folds[groups == group])) == 1 for group in range(10))
    assert len(set(folds[100:130])) > 2
    assert np.array_equal(folds, folds_of(groups))


def test_waves_give_the_products_of_a_gaussian_kernel():
    many = np.random.default_rng(0).normal(size=(1600, 20)).astype(np.float32)
    values, spread = many[:60], many.var(axis=0).sum()
    waves = RandomWaves(many)(values)
    assert waves.shape == (60, 1500)
    distances = ((values[:, None] - values[None]) ** 2).sum(axis=2) / spread
    kernel = np.exp(-(0.3**2) * distances / 2)
    assert waves @ waves.T / 750 == pytest.approx(kernel, abs=0.05)
