"""A model on a data set whose classes are others than its own: matched by name, never by place."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.data.drawn import draw_faces
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.library import open_dataset
from zoo.metrics import SMALLEST_PROBABILITY
from zoo.predictions import Predictions, positions
from zoo.runs import list_runs


@pytest.fixture
def add(small_zoo, zoo_command, tmp_path):
    """Adds drawn faces as class folders: of each class on a list so many; returns the data set."""

    def added(name, **counts):
        drawn = draw_faces(sum(counts.values()) + len(counts), seed=3)
        faces = iter(drawn.faces)
        for folder, count in counts.items():
            for split, size in (("train", 1), ("validation", count)):
                place = tmp_path / name / split / folder
                place.mkdir(parents=True)
                for number in range(size):
                    Image.fromarray(next(faces)[:, :, 0]).save(place / f"{number}.png")
        result = zoo_command("data", "add", name, tmp_path / name)
        assert result.exit_code == 0, result.output
        return open_dataset(name)

    return added


@pytest.fixture
def run_id(small_zoo):
    """The id of the finished, unlimited run of an architecture."""
    found = {
        run.architecture: run.id
        for run in list_runs(small_zoo / "runs")
        if run.metrics["limit"] is None
    }
    return found.__getitem__


def flat(result):
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_only_shared_classes_are_measured_with_and_without_renormalizing(
    add, run_id, zoo_command, tmp_path
):
    # In the folder's order contempt and happiness come before sadness, in the model's after.
    dataset = add("others", contempt=4, happiness=9, sadness=11)
    assert dataset.classes == ("happy", "sad", "contempt")
    out = tmp_path / "out"
    told = flat(zoo_command("evaluate", run_id("cpcpcpfff"), "--data", "others", "--out", out))
    assert "Left out are 4 of contempt: classes that the model does not know." in told
    assert "does not have the model's angry, disgust, fear, surprise, neutral" in told
    assert "renormalized to 2 shared classes" in told

    faces = dataset.split("validation")
    known = faces.labels < 2
    probabilities = zoo.load(run_id("cpcpcpfff")).predict_proba(faces.faces[known])
    happy, sad = FER2013_CLASSES.index("happy"), FER2013_CLASSES.index("sad")
    labels = np.where(faces.labels[known] == 0, happy, sad)
    measured = json.loads((out / "validation-metrics.json").read_text())
    assert measured["n"] == 20
    assert measured["top1"] == pytest.approx((probabilities.argmax(axis=1) == labels).mean())
    assert measured["data_classes"] == {"happy": 9, "sad": 11, "contempt": 4}
    two = probabilities[:, [happy, sad]].astype(np.float64)
    of_label = (two / two.sum(axis=1, keepdims=True))[np.arange(20), (labels == sad).astype(int)]
    renormalized = measured["renormalized"]
    assert renormalized["n"] == 20
    assert renormalized["top1"] == pytest.approx((of_label > 0.5).mean())
    loss = -np.log(np.clip(of_label, SMALLEST_PROBABILITY, 1)).mean()
    assert renormalized["log_loss"] == pytest.approx(loss, rel=1e-5)


def test_what_was_saved_says_the_same_the_second_time(add, run_id, zoo_command, monkeypatch):
    add("others", contempt=4, happiness=9, sadness=11)
    first = flat(zoo_command("evaluate", run_id("cpcpcpfff"), "--data", "others"))
    monkeypatch.setattr("zoo.models.saved.load_classifier", lambda *_: pytest.fail("not again"))
    again = flat(zoo_command("evaluate", run_id("cpcpcpfff"), "--data", "others"))
    assert again.split("top-1")[1:] == first.split("top-1")[1:]


def test_an_ensemble_is_measured_on_shared_classes_too(add, run_id, zoo_command):
    add("others", contempt=4, happiness=9, sadness=11)
    members = f"{run_id('cpcpcpfff')},{run_id('handcrafted_fcn')}"
    told = flat(zoo_command("ensemble", "evaluate", "--members", members, "--data", "others"))
    assert "Left out are 4 of contempt" in told
    assert "n = 20" in told


def test_a_gallery_shows_each_face_under_its_own_name_and_says_which_are_left_out(
    add, run_id, zoo_command
):
    faces = add("others", contempt=4, happiness=3, sadness=3).split("validation")
    model = zoo.load(run_id("cpcpcpfff"))
    wish = ("--method", "occlusion", "--set", "window=0.4", "--set", "stride=1.0")
    told = flat(zoo_command("gallery", run_id("cpcpcpfff"), "--data", "others", *wish))
    assert "Left out are 4 of contempt: classes that the model does not know." in told
    folder = Path("cpcpcpfff-gallery-others-occlusion")
    assert "Left out are 4 of contempt" in (folder / "gallery.html").read_text("utf-8")
    rows = {name: row for row, name in enumerate(faces.ids)}
    with np.load(folder / "gallery.npz", allow_pickle=False) as saved:
        assert set(saved["ids"].tolist()) == set(faces.ids[faces.labels < 2].tolist())
        for place, name in enumerate(saved["ids"]):
            (expected,) = zoo.explain(
                model, faces.faces[[rows[name]]], "occlusion", [int(saved["targets"][place])],
                window=0.4, stride=1.0,
            )  # fmt: skip
            np.testing.assert_allclose(saved["maps"][place], expected.maps[0], atol=1e-6)
            probabilities = saved["probabilities"][place]
            np.testing.assert_allclose(probabilities, expected.probabilities, atol=1e-6)
            label = FER2013_CLASSES[saved["labels"][place]]
            assert label == ("happy", "sad")[faces.labels[rows[name]]]


def test_a_gallery_of_unknown_classes_alone_is_refused(add, run_id, zoo_command):
    add("others", contempt=2, happiness=0, sadness=0)
    result = zoo_command("gallery", run_id("cpcpcpfff"), "--data", "others", "--method", "lrp")
    assert result.exit_code == 2, result.output
    last = result.stderr.splitlines()[-1]
    assert "validation of 'others' has no face of a class that cpcpcpfff knows" in last


def test_a_data_set_that_shares_fewer_than_two_classes_is_refused(add, run_id, zoo_command):
    add("others", happiness=5, bored=5, tired=5)
    result = zoo_command("evaluate", run_id("cpcpcpfff"), "--data", "others")
    assert result.exit_code == 2
    assert "has happy, bored, tired" in result.output
    assert "\n" not in result.output.strip().splitlines()[-1]


def test_the_same_classes_in_another_order_lose_no_face(add):
    dataset = add("others", happiness=3, sadness=4)
    probabilities = np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]] * 4)
    there = Predictions.of(dataset, "validation", probabilities)
    turned = Predictions.of(
        dataset, "validation", probabilities[:, ::-1], classes=("sad", "happy")
    )
    assert there.measure().top1 == turned.measure().top1 == 1
    assert turned.labels.tolist() == [1] * 3 + [0] * 4
    assert (turned.unknown, turned.renormalized) == ({}, None)


def test_a_face_whose_shared_classes_all_got_nothing_is_undecided(add):
    dataset = add("others", happiness=1, sadness=1)
    probabilities = np.array([[0, 0, 1], [0.1, 0.3, 0.6]])
    some = Predictions.of(
        dataset, "validation", probabilities, classes=("happy", "sad", "neutral")
    )
    np.testing.assert_allclose(some.renormalized.probabilities, [[0.5, 0.5], [0.25, 0.75]])


def test_positions_are_by_name():
    assert positions(("b", "z", "a"), ("a", "b")).tolist() == [1, -1, 0]
