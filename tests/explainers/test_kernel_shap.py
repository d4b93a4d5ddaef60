"""KernelSHAP beside Shapley's own formula."""

import itertools
import math

import numpy as np
import pytest
from fake_predictors import FakePredictor, made_face

from zoo.explainers.kernel_shap import fit_shapley, kernel_shap
from zoo.explainers.sampling import hidden_face, perturbed_faces, shapley_masks


def shapley_values(value, players):
    """Every player's mean gain over all orders, by the formula over coalitions."""
    values = np.zeros(players)
    for player in range(players):
        others = [one for one in range(players) if one != player]
        for size in range(players):
            share = 1 / (players * math.comb(players - 1, size))
            for coalition in itertools.combinations(others, size):
                values[player] += share * (value({*coalition, player}) - value(set(coalition)))
    return values


def quarters(predictor, settings):
    """The made face in 6 parts, and the game that they play."""
    face = made_face()
    segments = np.kron(np.arange(6).reshape(2, 3), np.ones((24, 16), int))
    hidden = hidden_face(face, segments, settings)

    def value(coalition):
        mask = np.isin(np.arange(6), list(coalition))[np.newaxis]
        return predictor.predict_proba(perturbed_faces(face, hidden, segments, mask))[0]

    return value


def test_with_all_coalitions_the_values_are_shapleys():
    predictor = FakePredictor(np.random.default_rng(3).normal(0, 0.1, (48, 48, 3)))
    value = quarters(predictor, "mean")
    masks, weights = shapley_masks(100, 6, 0)
    assert len(masks) == 64
    assert len(np.unique(masks, axis=0)) == 64
    probabilities = np.stack([value(np.flatnonzero(mask)) for mask in masks])
    fits = fit_shapley(masks, weights, probabilities)
    for row in range(3):
        expected = shapley_values(lambda coalition, row=row: value(coalition)[row], 6)
        np.testing.assert_allclose(fits.weights[row], expected, atol=1e-6)


def test_sampled_values_come_close_and_their_sum_is_exact():
    random = np.random.default_rng(5)
    gains, pairs = random.normal(0, 1, 30), random.normal(0, 0.3, (30, 30))
    masks, weights = shapley_masks(3000, 30, 1)
    game = masks @ gains + np.einsum("ni,ij,nj->n", masks, pairs, masks)
    expected = gains + np.diag(pairs) + (pairs + pairs.T - 2 * np.diag(np.diag(pairs))).sum(0) / 2
    fits = fit_shapley(masks, weights, game[:, np.newaxis])
    assert fits.weights.sum() == pytest.approx(game[0] - game[1])
    assert np.corrcoef(fits.weights[0], expected)[0, 1] > 0.99


def test_masks_come_in_pairs_and_sizes_follow_the_kernel():
    masks, weights = shapley_masks(2000, 12, 0)
    assert masks[0].all()
    assert not masks[1].any()
    assert weights[:2].tolist() == [0, 0]
    np.testing.assert_array_equal(masks[2::2], ~masks[3::2])
    sizes = masks[2:].sum(axis=1)
    kernel = 1 / (np.arange(1, 12) * (12 - np.arange(1, 12)))
    found = np.bincount(sizes, minlength=12)[1:] / len(sizes)
    np.testing.assert_allclose(found, kernel / kernel.sum(), atol=0.03)


def test_a_faces_values_sum_to_what_it_has_over_the_hidden_one():
    predictor = FakePredictor(np.random.default_rng(2).normal(0, 0.05, (48, 48, 3)))
    explanation = kernel_shap(predictor, made_face(), samples=300, hide=0)
    black = predictor.predict_proba(np.zeros((1, 48, 48, 3), np.uint8))[0]
    np.testing.assert_allclose(
        explanation.weights.sum(axis=1), explanation.probabilities - black, atol=1e-6
    )
    np.testing.assert_allclose(explanation.local_predictions, explanation.probabilities, atol=1e-6)
    np.testing.assert_allclose(explanation.intercepts, black, atol=1e-6)
    assert explanation.samples == 300


def test_one_superpixel_has_it_all():
    predictor = FakePredictor(np.random.default_rng(2).normal(0, 0.05, (48, 48, 3)))
    blank = np.full((48, 48, 1), 90, np.uint8)
    explanation = kernel_shap(predictor, blank, segmentation="felzenszwalb", hide=0)
    black = predictor.predict_proba(np.zeros((1, 48, 48, 1), np.uint8))[0]
    np.testing.assert_allclose(
        explanation.weights[:, 0], explanation.probabilities - black, atol=1e-6
    )
