"""LIME: stock lime's numbers, and the truth where it is known."""

from typing import Any

import numpy as np
import pytest
from fake_predictors import FakeEnsemble, FakePredictor
from lime.lime_image import LimeImageExplainer

from zoo.errors import ZooError
from zoo.explainers import explain
from zoo.explainers.lime import lime
from zoo.explainers.lime_settings import PRESETS
from zoo.explainers.segmentation import segment
from zoo.explainers.superpixels import SuperpixelExplanation


@pytest.mark.parametrize("selection", ["auto", "highest_weights", "lasso_path", "none"])
@pytest.mark.parametrize("hide", ["mean", 0])
def test_weights_are_stock_limes_with_the_same_superpixels(
    face: np.ndarray, predictor: FakePredictor, selection: str, hide: int | str
) -> None:
    ours = lime(
        predictor, face, samples=300, pairs=False, features=5, feature_selection=selection,
        hide=hide, seed=3,
    )  # fmt: skip
    theirs = LimeImageExplainer(random_state=3, feature_selection=selection).explain_instance(
        face, predictor.predict_proba, labels=range(3), top_labels=None,
        hide_color=None if hide == "mean" else hide, num_features=5, num_samples=300,
        segmentation_fn=lambda image: ours.segments,
    )  # fmt: skip
    converted = ours.as_lime()
    for label in range(3):
        pairs = theirs.local_exp[label]
        expected = np.zeros(ours.weights.shape[1])
        expected[[number for number, _ in pairs]] = [weight for _, weight in pairs]
        np.testing.assert_allclose(ours.weights[label], expected, rtol=0, atol=1e-10)
        assert ours.intercepts[label] == pytest.approx(theirs.intercept[label], abs=1e-10)
        assert [number for number, _ in converted.local_exp[label]] == [n for n, _ in pairs]
        picture, mask = converted.get_image_and_mask(label, positive_only=True, min_weight=0.01)
        stock_picture, stock_mask = theirs.get_image_and_mask(
            label, positive_only=True, min_weight=0.01
        )
        assert np.array_equal(mask, stock_mask)
        assert np.array_equal(picture, stock_picture)
    # stock lime keeps the last label's only
    assert ours.r2[2] == pytest.approx(theirs.score, abs=1e-10)
    assert ours.local_predictions[2] == pytest.approx(theirs.local_pred[0], abs=1e-10)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("hide", ["mean", 0])
def test_the_superpixel_that_decides_is_ranked_first(
    face: np.ndarray, channels: int, hide: float | str
) -> None:
    face = face[..., :channels]
    segments = segment(face)
    mouth = segments[36, 24]
    views = np.zeros((48, 48, 2))
    views[segments == mouth, 1] = 0.5
    if hide == "mean":  # its mean stays when it is hidden: only what differs within it can decide
        inside = np.flatnonzero(segments.ravel() == mouth)
        levels = face.mean(axis=-1).ravel()[inside]
        views.reshape(-1, 2)[inside, 1] = (levels - levels.mean()) / 50
    explanation = lime(FakePredictor(views, ("other", "planted")), face, samples=400, hide=hide)
    assert explanation.supporting(1)[0] == mouth
    assert explanation.opposing(0)[0] == mouth
    assert explanation.r2[1] > 0.95
    others = np.delete(explanation.weights[1], mouth)
    assert np.abs(others).max() < explanation.weights[1, mouth] / 10


def test_each_class_has_its_own_weights_on_its_own_map(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    explanation = lime(predictor, face, samples=200)
    assert explanation.maps.shape == (3, 48, 48)
    assert explanation.maps.dtype == np.float32
    assert explanation.targets.tolist() == [0, 1, 2]
    assert not np.allclose(explanation.weights[0], explanation.weights[1])
    # Probabilities sum to 1, and ridge regression is linear in them.
    np.testing.assert_allclose(explanation.weights.sum(axis=0), 0, atol=1e-6)
    for row in range(3):
        for number, weight in enumerate(explanation.weights[row]):
            pixels = explanation.maps[row][explanation.segments == number]
            assert np.array_equal(pixels, np.full_like(pixels, weight))


def test_an_ensemble_is_explained_through_its_averaged_softmax(
    face: np.ndarray, ensemble: FakeEnsemble
) -> None:
    whole = lime(ensemble, face, samples=200)
    parts = [lime(member, face, samples=200) for member in ensemble.fakes]
    mean = np.mean([part.weights for part in parts], axis=0)
    np.testing.assert_allclose(whole.weights, mean, atol=1e-6)
    assert whole.predictor == "ensemble"


def test_the_same_seed_repeats_the_explanation_whatever_the_batches(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    first = lime(predictor, face, samples=101, batch_size=1000)
    predictor.batches.clear()
    again = lime(predictor, face, samples=101, batch_size=10)
    assert [len(batch) for batch in predictor.batches] == [10] * 10 + [1]
    np.testing.assert_allclose(first.weights, again.weights, atol=1e-7)
    np.testing.assert_array_equal(first.weights, lime(predictor, face, samples=101).weights)
    other = lime(predictor, face, samples=101, seed=1)
    assert not np.allclose(first.weights, other.weights)


def test_a_large_face_is_predicted_in_batches_of_bounded_size(
    face: np.ndarray, predictor: FakePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoo.explainers.black_box.BATCH_BYTES", 4 * face.nbytes)
    lime(predictor, face, samples=9)
    assert [len(batch) for batch in predictor.batches] == [4, 4, 1]


def test_the_predictor_sees_the_faces_kind_and_its_own_probability_is_kept(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    explanation = lime(predictor, face[..., :1], samples=20)
    assert predictor.batches[0].shape == (20, 48, 48, 1)
    assert predictor.batches[0].dtype == np.uint8
    expected = predictor.predict_proba(face[np.newaxis, ..., :1])[0]
    np.testing.assert_allclose(explanation.probabilities, expected, rtol=1e-6)


def test_classes_are_named_or_numbered_and_explained_in_the_order_asked_for(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    every = lime(predictor, face, samples=50)
    some = lime(predictor, face, samples=50, targets=["sad", 0])
    assert some.targets.tolist() == [2, 0]
    np.testing.assert_allclose(some.weights, every.weights[[2, 0]], atol=1e-12)


def test_only_strong_superpixels_are_shown_strongest_first(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    explanation = lime(predictor, face, samples=300, shown=4, minimum_weight=0.02)
    for row in range(3):
        weights = explanation.weights[row]
        supporting, opposing = explanation.supporting(row), explanation.opposing(row)
        strong = np.flatnonzero(weights > 0.02)
        assert set(supporting) <= set(strong)
        assert len(supporting) == min(4, len(strong))
        assert (np.diff(weights[supporting]) <= 0).all()
        assert (weights[opposing] < -0.02).all()
        assert (np.diff(weights[opposing]) >= 0).all()


def test_auto_sees_as_many_samples_as_it_takes_until_another_seed_would_show_the_same(
    face: np.ndarray,
) -> None:
    segments, brightness = segment(face), face.mean(axis=-1) / 255
    mouth = segments[36, 24]
    easy, hard = np.zeros((2, 48, 48, 3))
    for number, strength in enumerate(np.geomspace(0.02, 0.001, 12)):
        easy[segments == (mouth + number) % 50, 1] = strength
    # No superpixel brings more than another: which of them lead is chance.
    hard[..., 1] = 0.05 / brightness / np.bincount(segments.ravel())[segments]
    calls: list[tuple[int, int]] = []
    quick = lime(
        FakePredictor(easy), face, samples="auto", hide=0, targets=[1],
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    slow = lime(FakePredictor(hard), face, samples="auto", hide=0, targets=[1], most_samples=900)
    assert quick.samples in range(751, 2000, 250)  # twice in a row
    assert quick.repeatability[0] >= 0.95
    assert calls[-1] == (10_000, 10_000)
    assert slow.samples == 900
    assert slow.repeatability[0] < 0.95
    (remark,) = quick.remarks
    assert remark.startswith(f"happy: R² {quick.r2[0]:.2f}, {quick.samples:,} samples; as many ")
    remark, stopped = slow.remarks
    assert "; as many others would agree on at least 4 of the 5 leading superpixels" in remark
    assert remark.endswith(f"with probability {slow.repeatability[0]:.2f}")
    assert stopped == "auto stopped at most_samples = 900 before it was sure"
    assert slow.facts()["explained"][0]["repeatability"] == slow.repeatability[0]
    again = lime(FakePredictor(easy), face, samples=quick.samples, hide=0, targets=[1])
    np.testing.assert_array_equal(again.weights, quick.weights)


def test_progress_counts_the_perturbed_faces_of_all_faces(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    calls: list[tuple[int, int]] = []
    explanations = explain(
        predictor, np.stack([face, face[::-1]]), samples=30, batch_size=20,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert calls == [(20, 60), (30, 60), (50, 60), (60, 60)]
    assert all(isinstance(explanation, SuperpixelExplanation) for explanation in explanations)
    assert np.array_equal(explanations[1].face, face[::-1])


@pytest.mark.parametrize("name", ["source-ridge", "source-klasso"])
def test_a_preset_repeats_the_sources_setting(
    face: np.ndarray, predictor: FakePredictor, name: str
) -> None:
    preset = PRESETS[name]
    assert (preset.samples, preset.features, preset.hide) == (10_000, 5, 0)
    explanation = lime(predictor, face, preset=name, samples=300)
    assert explanation.settings["segmentation_settings"]["n_segments"] == 100
    assert explanation.samples == 300
    assert ((explanation.weights != 0).sum(axis=1) <= 5).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"samples": 1}, "samples = 1: expected 2 to"),
        ({"samples": "autos"}, "samples = autos: expected a number, or auto"),
        ({"samples": "auto", "features": 5}, "not over 5 features: name a number of samples"),
        ({"confidence": 1}, "confidence = 1: expected 0 to 0.999"),
        ({"confidence": "high"}, "confidence = high: expected 0 to 0.999"),
        ({"hide": [1]}, r"hide = \[1\]: expected a grey level"),
        ({"segmentation_settings": 5}, "segmentation_settings = 5: expected a table"),
        ({"most_samples": 1}, "most_samples = 1: expected 2 to"),
        ({"features": 0}, "features = 0: expected 1 to"),
        ({"batch_size": 0}, "batch_size = 0"),
        ({"hide": 300}, "hide = 300: expected a grey level"),
        ({"seed": -1}, "seed = -1"),
        ({"minimum_weight": -0.1}, "minimum_weight = -0.1"),
        ({"segmentation": "quikshift"}, "did you mean quickshift"),
        ({"feature_selection": "lasso"}, "did you mean lasso_path"),
        ({"sample": 10}, "unknown LIME setting 'sample': did you mean samples"),
        ({"preset": "source"}, "unknown preset 'source': did you mean source-"),
        ({"targets": ["hapy"]}, "unknown class 'hapy': did you mean happy"),
        ({"targets": [3]}, "class 3: the predictor has 0 to 2"),
        ({"targets": []}, "no class to explain"),
        ({"method": "lim"}, "unknown method 'lim': did you mean lime"),
    ],
)
def test_bad_settings_are_refused_in_one_line(
    face: np.ndarray, predictor: FakePredictor, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ZooError, match=message) as refusal:
        explain(predictor, face[np.newaxis], **settings)
    assert "\n" not in str(refusal.value)
    assert predictor.batches == []


def test_what_is_not_a_face_is_refused(face: np.ndarray, predictor: FakePredictor) -> None:
    with pytest.raises(ZooError, match="expected \\(N, H, W, 1\\)"):
        explain(predictor, face)
    with pytest.raises(ZooError, match="scaled to 0–1"):
        explain(predictor, face[np.newaxis] / 255)
    with pytest.raises(ZooError, match="values from 0 to .* are scaled to 0–1"):
        explain(predictor, np.stack([0 * face, face]) / 255)


def test_a_blank_face_of_one_superpixel_is_explained(predictor: FakePredictor) -> None:
    blank = np.zeros((48, 48, 1), np.uint8)
    explanation = lime(predictor, blank, samples=20, segmentation="felzenszwalb")
    assert explanation.weights.tolist() == [[0.0], [0.0], [0.0]]
    # Nothing is explained, so nothing is believed.
    assert np.isnan(explanation.r2).all()
    (remark,) = explanation.remarks
    assert remark.endswith("its probability does not change, so there is nothing to explain")
    assert explanation.facts()["explained"][0]["r2"] is None


def test_what_is_said_is_said_of_the_weights_that_are_shown(
    face: np.ndarray, predictor: FakePredictor
) -> None:
    selected = lime(predictor, face, samples=100, features=5)
    assert selected.repeatability is None
    assert selected.remarks[0].endswith(f": R² {selected.r2[selected.top]:.2f}, 100 samples")
    assert lime(predictor, face, samples=100).repeatability is not None
    few = lime(predictor, face, samples=79)
    assert "79 samples of 40 superpixels fit anything" in few.remarks[0]
    for enough in ({"samples": 80}, {"samples": 42, "pairs": False}):
        assert "R² 0." in lime(predictor, face, **enough).remarks[0]


def test_that_all_superpixels_lead_is_not_called_agreement(predictor: FakePredictor) -> None:
    blank = np.full((48, 48, 1), 90, np.uint8)
    for samples in (300, "auto"):
        one = lime(predictor, blank, samples=samples, segmentation="felzenszwalb", hide=0)
        assert one.weights.shape[1] == 1
        assert one.repeatability is None
        (remark,) = one.remarks
        assert remark.endswith(f": R² {one.r2[one.top]:.2f}, {one.samples} samples")


def test_probabilities_that_are_not_finite_are_refused(face: np.ndarray) -> None:
    broken = FakePredictor(np.full((48, 48, 3), np.nan))
    with pytest.raises(ZooError, match="fake: predicts probabilities that are not finite"):
        lime(broken, face, samples=20)
