"""An explanation on disk."""

import json
from pathlib import Path

import numpy as np
import pytest
from fake_predictors import FakePredictor
from small_networks import classifier

from zoo.errors import ZooError
from zoo.explainers import explain
from zoo.explainers.faithfulness.measures import FaithfulnessSettings, faithfulness
from zoo.explainers.files import write_explanation
from zoo.explainers.lime import lime
from zoo.explainers.superpixels import SuperpixelExplanation


@pytest.fixture
def explanation(face: np.ndarray, predictor: FakePredictor) -> SuperpixelExplanation:
    return lime(predictor, face, samples=100, features=5, targets=["happy", "sad"])


def test_the_npz_holds_every_array_and_needs_no_unpickling(
    explanation: SuperpixelExplanation, tmp_path: Path
) -> None:
    explanation.write_npz(tmp_path / "explanation.npz")
    with np.load(tmp_path / "explanation.npz", allow_pickle=False) as file:
        for name in ("maps", "targets", "face", "segments", "weights", "probabilities", "r2"):
            np.testing.assert_array_equal(file[name], getattr(explanation, name))
        assert tuple(file["classes"]) == explanation.classes
        assert json.loads(str(file["settings"]))["samples"] == 100


def test_the_json_says_in_words_what_speaks_for_which_class(
    explanation: SuperpixelExplanation, tmp_path: Path
) -> None:
    explanation.write_json(tmp_path / "explanation.json")
    facts = json.loads((tmp_path / "explanation.json").read_text("utf-8"))
    assert facts["predictor"] == "fake"
    assert facts["settings"]["seed"] == 0
    assert list(facts["probabilities"]) == ["angry", "happy", "sad"]
    happy, sad = facts["explained"]
    assert (happy["class"], sad["class"]) == ("happy", "sad")
    assert happy["probability"] == facts["probabilities"]["happy"]
    assert len(happy["weights"]) == 5
    number, weight = happy["weights"][0]
    assert weight == explanation.weights[0, number]
    assert abs(weight) == np.abs(explanation.weights[0]).max()


def test_files_that_exist_are_kept_unless_overwriting_is_asked_for(
    explanation: SuperpixelExplanation, tmp_path: Path
) -> None:
    path = tmp_path / "explanation.json"
    path.write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        explanation.write_json(path)
    assert path.read_text() == "mine"
    explanation.write_json(path, overwrite=True)
    assert path.read_text() != "mine"


def test_one_call_writes_pictures_arrays_and_facts_or_nothing(
    explanation: SuperpixelExplanation, tmp_path: Path
) -> None:
    written = write_explanation(explanation, tmp_path / "new")
    assert sorted(path.name for path in written) == [
        "classes.png", "explanation.json", "explanation.npz", "heatmap.png", "panels.png",
        "probabilities.png",
    ]  # fmt: skip
    assert all(path.stat().st_size for path in written)
    (tmp_path / "explanation.json").write_text("mine")
    with pytest.raises(ZooError, match="explanation.json exists"):
        write_explanation(explanation, tmp_path)
    assert not list(tmp_path.glob("*.png"))


def test_how_far_to_believe_a_map_stands_beside_it_by_the_class_it_is_of(
    explanation: SuperpixelExplanation, predictor: FakePredictor, tmp_path: Path
) -> None:
    settings = FaithfulnessSettings(steps=4, subsets=10, seeds=2)
    (measured,) = faithfulness(predictor, [explanation], settings)
    written = write_explanation(explanation, tmp_path / "new", measured=measured)
    assert {"faithfulness.png", "faithfulness.json"} <= {path.name for path in written}
    facts = json.loads((tmp_path / "new" / "explanation.json").read_text("utf-8"))
    *own, said = facts["remarks"]
    assert own == list(explanation.remarks)
    name = explanation.classes[explanation.targets[explanation.top]]
    assert said.startswith(f"{name}: deletion AUC {measured.perturbed.curves.deletion_auc:.2f}, ")
    assert f"R² {measured.r2:.2f}" in said
    assert f"rank correlation (other seeds) {measured.rank_correlation:.2f}" in said
    assert f"leading 5 shared (other seeds) {measured.leaders_shared:.2f}" in said


def test_what_shuffling_the_weights_leaves_of_a_map_stands_beside_it(
    face: np.ndarray, tmp_path: Path
) -> None:
    network = classifier("cpcpcpfff")
    (one,) = explain(network, face[np.newaxis], "lrp")
    settings = FaithfulnessSettings(steps=4, subsets=10, seeds=1)
    (measured,) = faithfulness(network, [one], settings)
    write_explanation(one, tmp_path / "new", measured=measured)
    facts = json.loads((tmp_path / "new" / "explanation.json").read_text("utf-8"))
    said = f"|rank correlation| (shuffled weights) {measured.survival:.2f}"
    assert facts["remarks"][-1].endswith(said)


def test_classes_are_ranked_by_the_predictors_probability(
    explanation: SuperpixelExplanation,
) -> None:
    names, probabilities = zip(*explanation.ranked(), strict=True)
    assert sorted(names) == ["angry", "happy", "sad"]
    assert list(probabilities) == sorted(explanation.probabilities.tolist(), reverse=True)
