"""Ensembles whose members do not count the same."""

import json

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.models.ensemble_file import Member, read_ensemble
from zoo.models.ensembles import average_of, ensemble_id
from zoo.models.model import model_of
from zoo.models.names import ensemble_of, resolve

HERE = "a" * 64


class Constant:
    """A classifier that gives every face the same probabilities."""

    classes = ("happy", "sad")
    member_weights = np.ones(1)

    def __init__(self, name, happy):
        self.name, self.happy = name, happy
        self.members = (self,)

    def predict_proba(self, faces):
        return np.tile(np.float32([self.happy, 1 - self.happy]), (len(faces), 1))


@pytest.fixture
def runs(home):
    return home / "runs"


@pytest.fixture
def three(made_up):
    return [made_up(name, f"{name}-1") for name in ("vgg16", "five_layer", "cpcpcpfff")]


def test_defined_weights_come_back_with_the_ensemble(three, runs, home, zoo_command):
    result = zoo_command(
        "ensemble", "define", "--members", "vgg16,five_layer,cpcpcpfff", "--weights", "2, 1,0.5"
    )
    assert result.exit_code == 0, result.output
    assert "ensemble of 3, weights 2 : 1 : 0.5: vgg16" in result.output
    assert list(read_ensemble(home / "ensemble.toml").members) == [
        Member(f"{run.architecture}/{run.id}", run.metrics["weights_sha256"], weight)
        for run, weight in zip(three, (2, 1, 0.5), strict=True)
    ]
    model = resolve("ensemble", HERE, runs)
    assert model.weights == (2, 1, 0.5)
    assert [run.id for run in model.runs] == [run.id for run in three]


def test_a_file_anywhere_is_a_model_called_by_its_name(three, runs, tmp_path, zoo_command):
    path = tmp_path / "mine.toml"
    arguments = ("--members", "vgg16,cpcpcpfff", "--weights", "3,1", "--out", path)
    assert zoo_command("ensemble", "define", *arguments).exit_code == 0
    model = resolve(str(path), HERE, runs)
    assert (model.name, model.weights) == ("mine", (3, 1))
    assert model.chosen.startswith(f"ensemble of 2 by {path}, weights 3 : 1: ")
    with pytest.raises(ZooError, match="unknown model"):
        resolve(str(tmp_path / "other.toml"), HERE, runs)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ("1,2", "weights 1, 2 for vgg16, five_layer, cpcpcpfff: give each member one number"),
        ("1,2,0", "give each member one number above 0"),
        ("1,2,nan", "give each member one number above 0"),
        ("1,2,x", "1,2,x: expected numbers"),
    ],
)
def test_impossible_weights_are_refused_in_one_line(three, weights, said, zoo_command, home):
    result = zoo_command(
        "ensemble", "define", "--members", "vgg16,five_layer,cpcpcpfff", "--weights", weights
    )
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (home / "ensemble.toml").exists()


def test_weights_of_the_same_member_add_up(three, runs):
    model = ensemble_of(["vgg16", "five_layer", "vgg16"], HERE, runs, [1, 2, 3])
    assert [run.architecture for run in model.runs] == ["vgg16", "five_layer"]
    assert model.weights == (4, 2)


def test_an_ensemble_inside_of_a_weighted_one_is_refused(three):
    first, second, third = (model_of(run) for run in three)
    plain, weighted = average_of([first, second]), average_of([first, second], weights=[1, 2])
    assert plain.weights is None
    assert len(average_of([plain, third]).runs) == 3
    for models, weights in (([plain, third], [1, 1]), ([weighted, third], None)):
        with pytest.raises(ZooError, match="an ensemble inside of another, and weights"):
            average_of(models, weights=weights)


def test_other_weights_make_another_ensemble_and_none_the_one_it_was(three):
    plain = ensemble_id(three, HERE)
    assert plain == ensemble_id(three[::-1], HERE)
    weighted = ensemble_id(three, HERE, [1, 2, 3])
    assert weighted == ensemble_id(three[::-1], HERE, [3, 2, 1])
    assert len({plain, weighted, ensemble_id(three, HERE, [3, 2, 1])}) == 3


def test_a_saved_weighted_ensemble_keeps_its_weights(three, runs):
    from zoo.models.ensemble_file import ensemble_toml
    from zoo.models.ensembles import as_members

    folder = runs / "ensemble" / "0123456789ab"
    folder.mkdir(parents=True)
    members = ensemble_toml(as_members(three, runs, [0.5, 0.25, 0.25]))
    (folder / "recipe.toml").write_text(f'architecture = "ensemble"\n\n{members}')
    (folder / "metrics.json").write_text(json.dumps(three[0].metrics))
    assert resolve("ensemble/0123456789ab", HERE, runs).weights == (0.5, 0.25, 0.25)


def test_a_loaded_ensemble_averages_by_its_weights(three, runs, monkeypatch):
    happy = {"vgg16": 0.9, "five_layer": 0.5, "cpcpcpfff": 0.1}
    monkeypatch.setattr(
        "zoo.models.model.load_classifier",
        lambda run, name, tta: Constant(name, happy[run.architecture]),
    )
    model = ensemble_of(["vgg16", "five_layer", "cpcpcpfff"], HERE, runs, [4, 3, 1])
    predictor = model.load()
    np.testing.assert_allclose(predictor.member_weights, [0.5, 0.375, 0.125])
    expected = 0.5 * 0.9 + 0.375 * 0.5 + 0.125 * 0.1
    np.testing.assert_allclose(predictor.predict_proba(np.zeros((2, 4, 4, 1)))[:, 0], expected)


def test_saved_predictions_are_averaged_by_the_weights(three, runs):
    from zoo.predictions import Predictions

    for run, happy in zip(three, (0.9, 0.5, 0.1), strict=True):
        Predictions(
            "validation", ("happy", "sad"), HERE, np.array(["x:0", "x:1"]), np.array([0, 1]),
            np.float32([[happy, 1 - happy]] * 2),
        ).write(run.predictions_file("validation"))  # fmt: skip
    model = ensemble_of(["vgg16", "five_layer", "cpcpcpfff"], HERE, runs, [4, 3, 1])
    saved = model.saved_predictions(HERE, "validation")
    np.testing.assert_allclose(saved.probabilities[:, 0], 0.65, atol=1e-6)
