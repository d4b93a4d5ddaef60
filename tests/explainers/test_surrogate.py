"""The linear fits, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import pairwise_distances

from zoo.explainers.sampling import sample_masks
from zoo.explainers.surrogate import FEATURE_SELECTIONS, fit, proximities, r_squared


def test_proximities_are_limes_kernel_of_the_cosine_distance() -> None:
    masks = sample_masks(200, 6, seed=0)  # six superpixels: some rows are empty
    assert (masks.sum(axis=1) == 0).any()
    distances = pairwise_distances(masks, masks[:1], metric="cosine").ravel()
    expected = np.sqrt(np.exp(-(distances**2) / 0.25**2))
    np.testing.assert_allclose(proximities(masks), expected, rtol=1e-12)


def test_without_selection_the_fit_is_weighted_ridge_regression() -> None:
    masks = sample_masks(300, 20, seed=1)
    probabilities = np.random.default_rng(0).random((300, 2))
    fits = fit(masks, probabilities, feature_selection="none")
    for label in range(2):
        weights = proximities(masks)
        ridge = Ridge(1.0).fit(masks, probabilities[:, label], sample_weight=weights)
        score = ridge.score(masks, probabilities[:, label], sample_weight=weights)
        np.testing.assert_allclose(fits.weights[label], ridge.coef_, atol=1e-12)
        assert fits.intercepts[label] == pytest.approx(ridge.intercept_, abs=1e-12)
        assert fits.r2[label] == pytest.approx(score, abs=1e-12)
        assert fits.local_predictions[label] == pytest.approx(ridge.predict(masks[:1])[0])


@pytest.mark.parametrize("selection", sorted(set(FEATURE_SELECTIONS) - {"none"}))
@pytest.mark.parametrize("features", [1, 4, 9])
def test_no_model_has_more_superpixels_than_asked_for(selection: str, features: int) -> None:
    masks = sample_masks(300, 20, seed=1)
    probabilities = masks @ np.random.default_rng(0).normal(size=(20, 3))
    fits = fit(masks, probabilities, features, selection)
    assert ((fits.weights != 0).sum(axis=1) <= features).all()
    assert (fits.weights != 0).any(axis=1).all()


@pytest.mark.parametrize("selection", FEATURE_SELECTIONS)
def test_a_constant_probability_has_no_weights_and_no_r2(selection: str) -> None:
    masks = sample_masks(100, 12, seed=0)
    fits = fit(masks, np.full((100, 1), np.float32(1 / 7)), 5, selection)
    assert (fits.weights == 0).all()
    assert np.isnan(fits.r2).tolist() == [True]
    assert fits.intercepts[0] == pytest.approx(1 / 7)


@pytest.mark.parametrize("selection", FEATURE_SELECTIONS)
def test_fewer_samples_than_superpixels_still_give_finite_weights(selection: str) -> None:
    masks = sample_masks(2, 12, seed=0)
    fits = fit(masks, np.array([[0.2], [0.8]]), 3, selection)
    assert np.isfinite(fits.weights).all()
    assert np.isfinite(fits.r2).all()


def test_values_that_differ_only_where_nothing_counts_have_no_r2() -> None:
    wanted = np.array([[0.9, 0.9], [0.1, 0.1], [0.1, 0.2]])
    weights = np.array([0.0, 1.0, 1.0])
    r2 = r_squared(wanted, np.full((3, 2), 0.15), weights)
    assert np.isnan(r2).tolist() == [True, False]
    assert r2[1] == pytest.approx(0)
