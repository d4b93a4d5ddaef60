"""Mean maps against the mean of each face's own."""

import json

import numpy as np
import pytest
from fake_predictors import FakePredictor
from small_networks import classifier

from zoo.explainers import explain
from zoo.explainers.atlas import atlas_of

OCCLUSION = {"window": 0.4, "stride": 1.0}
IDS = np.array([f"made:{index}" for index in range(9)])


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, 48, 48, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def predictor() -> FakePredictor:
    return FakePredictor(np.random.default_rng(1).normal(0, 0.05, (48, 48, 3)))


def test_each_face_is_explained_for_its_own_class_whatever_the_order(faces, predictor) -> None:
    targets = np.array([2, 0, 1, 1, 0, 2, 2, 1, 0])
    calls: list[tuple[int, int]] = []
    found = explain(
        predictor, faces, "occlusion", targets[:, np.newaxis],
        progress=lambda *now: calls.append(now), **OCCLUSION,
    )  # fmt: skip
    for face, target, one in zip(faces, targets, found, strict=True):
        (alone,) = explain(predictor, face[np.newaxis], "occlusion", [int(target)], **OCCLUSION)
        assert one.targets.tolist() == [target]
        np.testing.assert_array_equal(one.maps, alone.maps)
    done = [one for one, _ in calls]
    assert done == sorted(done)
    assert len(set(calls[-1])) == 1


def test_means_are_of_the_faces_of_a_label_and_a_prediction(faces, predictor) -> None:
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    atlas = atlas_of(predictor, faces, labels, IDS, "occlusion", OCCLUSION)
    predicted = predictor.predict_proba(faces).argmax(axis=1)
    literal = explain(predictor, faces, "occlusion", "predicted", **OCCLUSION)
    shares = np.stack([one.maps[0] / np.abs(one.maps[0]).sum() for one in literal])
    assert len(set(predicted.tolist())) > 1
    for label in range(3):
        for target in range(3):
            there = (labels == label) & (predicted == target)
            assert atlas.counts[label, target] == there.sum()
            if there.any():
                expected = shares[there].mean(axis=0)
                np.testing.assert_allclose(atlas.maps[label, target], expected, atol=1e-7)
                face = faces[there, ..., 0].mean(axis=0)
                np.testing.assert_allclose(atlas.faces[label, target], face, rtol=1e-6)
            else:
                assert not atlas.maps[label, target].any()
    for target in range(3):
        said = predicted == target
        for correct, there in ((False, said), (True, said & (labels == target))):
            relevance, face = atlas.of_class(target, correct=correct)
            expected = shares[there].mean(axis=0) if there.any() else np.zeros((48, 48))
            np.testing.assert_allclose(relevance, expected, atol=1e-7)
            assert face.shape == (48, 48)


def test_an_atlas_is_read_back_with_all_that_repeats_it(faces, predictor, tmp_path) -> None:
    atlas = atlas_of(predictor, faces, np.zeros(9, int), IDS, "occlusion", OCCLUSION)
    atlas.write_npz(tmp_path / "atlas.npz")
    with np.load(tmp_path / "atlas.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["maps"], atlas.maps)
        assert file["classes"].tolist() == ["angry", "happy", "sad"]
        assert file["counts"].sum() == 9
        assert file["ids"].tolist() == IDS.tolist()
        assert file["predicted"].tolist() == predictor.predict_proba(faces).argmax(axis=1).tolist()
        assert (str(file["method"]), str(file["predictor"])) == ("occlusion", "fake")
        assert json.loads(str(file["settings"]))["window"] == 0.4


def test_the_caption_is_the_median_of_the_faces_numbers(faces, predictor) -> None:
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    atlas = atlas_of(predictor, faces, labels, IDS, "lime", {"samples": 60})
    literal = explain(predictor, faces, "lime", "predicted", samples=60)
    target = int(np.bincount(atlas.predicted).argmax())
    for correct in (False, True):
        there = (atlas.predicted == target) & (not correct or labels == target)
        r2 = np.median([one.r2[0] for one, used in zip(literal, there, strict=True) if used])
        again = np.median(
            [one.repeatability[0] for one, used in zip(literal, there, strict=True) if used]
        )
        said = atlas.caption(target, target if correct else None)
        assert said == f"R² {r2:.2f}, repeatability {again:.2f}"


def test_maps_that_cannot_be_negative_are_said_to_be_so(faces) -> None:
    labels = np.arange(4)
    grey = atlas_of(classifier("cpcpcpfff"), faces[:4], labels, IDS[:4], "gradcam", {})
    assert not grey.signed
    assert grey.maps.min() >= 0
