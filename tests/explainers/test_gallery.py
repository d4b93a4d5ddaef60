"""Which faces a gallery shows, and what stands beside their maps."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_predictors import FakePredictor
from small_networks import classifier, ensemble

from zoo.explainers import explain
from zoo.explainers.faithfulness.beside import numbers_beside, own_numbers
from zoo.explainers.faithfulness.floors import random_map
from zoo.explainers.faithfulness.names import caption
from zoo.explainers.faithfulness.perturbation import curves
from zoo.explainers.gallery import Gallery, Wing, gallery_of, write_gallery_npz
from zoo.predictions import Predictions

OCCLUSION = {"window": 0.4, "stride": 1.0}


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 48, 48, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def predictor() -> FakePredictor:
    return FakePredictor(np.random.default_rng(1).normal(0, 0.05, (48, 48, 3)))


@pytest.fixture(scope="module")
def predictions(faces, predictor) -> Predictions:
    ids = np.array([f"made:{index}" for index in range(24)])
    return Predictions(
        "validation", predictor.classes, "f", ids, np.arange(24) % 3,
        predictor.predict_proba(faces),
    )  # fmt: skip


def shown(faces, predictor, predictions, **wishes) -> tuple[Gallery, list[Wing]]:
    wanted = {"per_class": 2, "only_wrong": False, "method": "occlusion", "settings": OCCLUSION}
    gallery = Gallery(split="validation", **(wanted | wishes))
    return gallery, gallery_of(predictor, predictions, lambda places: faces[places], gallery)


def test_faces_of_every_class_and_outcome_with_a_map_for_each_class_in_question(
    faces, predictor, predictions
) -> None:
    _, wings = shown(faces, predictor, predictions)
    predicted = predictions.probabilities.argmax(axis=1)
    for wing in wings:
        label = predictor.classes.index(wing.label)
        there = (predictions.labels == label) & (
            (predicted == label) if wing.outcome == "right" else (predicted != label)
        )
        assert wing.of_outcome == there.sum()
        assert wing.of_class == 8
        assert len(wing.rows) == min(2, there.sum())
        for row in wing.rows:
            place = int(row.name.removeprefix("made:"))
            assert there[place]
            np.testing.assert_array_equal(row.face, faces[place])
            said = int(predicted[place])
            assert list(row.maps) == ([label] if said == label else [said, label])
            for target, relevance in row.maps.items():
                (alone,) = explain(
                    predictor, faces[[place]], "occlusion", [target], **OCCLUSION
                )  # fmt: skip
                np.testing.assert_array_equal(relevance, alone.maps[0])
    assert len(wings) == len({(wing.label, wing.outcome) for wing in wings})
    _, wrong = shown(faces, predictor, predictions, only_wrong=True)
    assert {wing.outcome for wing in wrong} == {"wrong"}


def test_another_seed_draws_other_faces(faces, predictor, predictions) -> None:
    def names(seed: int) -> list[str]:
        _, wings = shown(faces, predictor, predictions, seed=seed)
        return [row.name for wing in wings for row in wing.rows]

    assert names(0) == names(0)
    assert names(0) != names(1)


def test_all_maps_are_read_back_with_what_they_are_of(
    faces, predictor, predictions, tmp_path
) -> None:
    gallery, wings = shown(faces, predictor, predictions)
    write_gallery_npz(wings, predictor, gallery, tmp_path / "gallery.npz")
    rows = [(row, target) for wing in wings for row in wing.rows for target in row.maps]
    with np.load(tmp_path / "gallery.npz", allow_pickle=False) as saved:
        assert saved["ids"].tolist() == [row.name for row, _ in rows]
        assert saved["targets"].tolist() == [target for _, target in rows]
        for place, (row, target) in enumerate(rows):
            np.testing.assert_array_equal(saved["maps"][place], row.maps[target])
            assert saved["deletion_gain"][place] == row.numbers[target]["deletion_gain"]
        facts = json.loads(str(saved["gallery"]))
    assert facts["method"] == "occlusion"
    assert facts["settings"] == OCCLUSION


def test_a_map_without_a_number_of_its_own_has_the_gains_over_a_random_one(
    faces, predictor
) -> None:
    (one,) = explain(predictor, faces[:1], "occlusion", "predicted", **OCCLUSION)
    (numbers,) = numbers_beside(predictor, [one])
    target = int(one.targets[0])
    mine, random = (
        curves(predictor, faces[0], relevance, target)
        for relevance in (one.maps[0], random_map(faces[0]))
    )
    assert numbers == {
        "deletion_gain": pytest.approx(random.deletion_auc - mine.deletion_auc),
        "insertion_gain": pytest.approx(mine.insertion_auc - random.insertion_auc),
    }


def test_every_method_has_a_number_and_gains_too_where_they_are_asked_for(faces) -> None:
    networks = ensemble(["cpcpcpfff", "handcrafted_fcn"], [3, 1])
    for method, settings, names in (
        ("lime", {"samples": 60}, {"r2", "repeatability"}),
        ("kernel_shap", {"samples": 60}, {"r2"}),
        ("lrp", {}, {"bias_share", "lost_share"}),
        ("integrated_gradients", {"steps": 2}, {"gap"}),
    ):
        found = explain(networks, faces[:1], method, "predicted", **settings)
        assert own_numbers(found[0], 0).keys() == names, method
        gains = {"deletion_gain", "insertion_gain"}
        assert numbers_beside(networks, found, ask=True)[0].keys() == names | gains
    single = classifier("cpcpcpfff")
    assert not own_numbers(explain(single, faces[:1], "gradcam")[0], 0)


def test_what_biases_keep_and_what_is_lost_are_shares_of_the_members_mean_logit(faces) -> None:
    networks = ensemble(["cpcpcpfff", "handcrafted_fcn"], [3, 1])
    (one,) = explain(networks, faces[:1], "lrp", "predicted")
    logits = one.measures["logit"][:, 0]
    for part, name in (("biases", "bias_share"), ("lost", "lost_share")):
        parts = one.measures[part][:, 0]
        share = (0.75 * parts[0] + 0.25 * parts[1]) / (0.75 * logits[0] + 0.25 * logits[1])
        assert own_numbers(one, 0)[name] == pytest.approx(abs(share))


def test_shares_below_0_are_no_better_than_as_large_ones_above(faces) -> None:
    (one,) = explain(classifier("cpcpcpfff"), faces[:1], "lrp", "predicted")
    for sign in (1, -1):
        measures = {"logit": 2.0, "biases": 0.8 * sign, "lost": -0.1 * sign}
        given = {name: np.full((1, 1), value) for name, value in measures.items()}
        numbers = own_numbers(replace(one, measures=given), 0)
        assert numbers == pytest.approx({"bias_share": 0.4, "lost_share": 0.05})


def test_a_caption_is_one_line_with_units() -> None:
    numbers = {"r2": 0.816, "bias_share": 0.57, "deletion_gain": -0.12}
    assert caption(numbers) == "R² 0.82, kept by biases 57 %, deletion gain −0.12"
