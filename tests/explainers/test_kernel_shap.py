"""KernelSHAP beside Shapley's own formula."""

import itertools
import json
import math

import numpy as np
import pytest
from fake_predictors import FakePredictor, made_face

from zoo.explainers.kernel_shap import fit_shapley, kernel_shap
from zoo.explainers.sampling import hidden_face, perturbed_faces, shapley_masks
from zoo.predictor import FunctionPredictor


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


def six_parts(predictor, hide):
    """The made face in 6 parts, and the game that they play."""
    face = made_face()
    segments = np.kron(np.arange(6).reshape(2, 3), np.ones((24, 16), int))
    hidden = hidden_face(face, segments, hide)

    def value(coalition):
        mask = np.isin(np.arange(6), list(coalition))[np.newaxis]
        return predictor.predict_proba(perturbed_faces(face, hidden, segments, mask))[0]

    return value


def test_with_all_coalitions_the_values_are_shapleys():
    predictor = FakePredictor(np.random.default_rng(3).normal(0, 0.1, (48, 48, 3)))
    value = six_parts(predictor, "mean")
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


def test_where_all_masks_give_the_same_there_is_no_r2_and_json_says_so(tmp_path):
    def untouched(faces):
        share = np.where((faces == made_face()).all(axis=(1, 2, 3)), 0.9, 0.1)
        return np.stack([share, 1 - share], axis=1)

    predictor = FunctionPredictor(untouched, ("happy", "sad"))
    explanation = kernel_shap(predictor, made_face(), samples=300, hide=0)
    assert np.isnan(explanation.r2).all()
    np.testing.assert_allclose(explanation.weights.sum(axis=1), [0.8, -0.8], atol=1e-6)
    assert explanation.remarks == ("happy: R² –, 300 samples",)
    explanation.write_json(tmp_path / "explanation.json")
    facts = json.loads((tmp_path / "explanation.json").read_text("utf-8"))
    assert [one["r2"] for one in facts["explained"]] == [None, None]


@pytest.mark.parametrize("segmentation", ["slic", "felzenszwalb"])
def test_of_a_blank_face_there_is_nothing_to_explain(segmentation):
    predictor = FakePredictor(np.random.default_rng(2).normal(0, 0.05, (48, 48, 3)))
    blank = np.full((48, 48, 1), 90, np.uint8)
    (remark,) = kernel_shap(predictor, blank, samples=100, segmentation=segmentation).remarks
    assert remark.endswith(": its probability does not change, so there is nothing to explain")


def test_few_samples_fit_anything_unless_they_are_all_there_are(monkeypatch):
    predictor = FakePredictor(np.random.default_rng(2).normal(0, 0.05, (48, 48, 3)))
    (remark,) = kernel_shap(predictor, made_face(), samples=78).remarks
    assert "78 samples of 40 superpixels fit anything" in remark
    for count in (1, 2, 3):
        stripes = np.tile(np.arange(48) * count // 48, (48, 1))
        monkeypatch.setattr("zoo.explainers.kernel_shap.segment", lambda *_, cut=stripes: cut)
        (remark,) = kernel_shap(predictor, made_face()).remarks
        assert remark.endswith(f", {2**count} samples")


@pytest.mark.parametrize("samples", [2, 3, 4, 101])
def test_no_more_faces_are_asked_than_samples_are_named(samples):
    predictor = FakePredictor(np.random.default_rng(2).normal(0, 0.05, (48, 48, 3)))
    explanation = kernel_shap(predictor, made_face(), samples=samples, hide=0)
    assert explanation.samples == sum(map(len, predictor.batches)) in (samples, samples - 1)
    np.testing.assert_allclose(
        explanation.weights.sum(axis=1),
        explanation.probabilities - explanation.intercepts, atol=1e-6,
    )  # fmt: skip
