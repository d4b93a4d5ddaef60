"""Photos much larger than a network's faces: cut to the face in them, or whole on request."""

import csv
import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from zoo import models
from zoo.data import library
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.settings import ImportSettings
from zoo.evaluation.compare import compare_models
from zoo.metrics import compute_metrics
from zoo.predictions import Predictions
from zoo.preprocessing.cropping import cut_face
from zoo.preprocessing.faces import to_face_shape
from zoo.runs import list_runs

SIDE = 256


@pytest.fixture
def model(small_zoo):
    """The id of a run on faces of 48×48 pixels."""
    (run,) = (r for r in list_runs(small_zoo / "runs") if r.architecture == "handcrafted_fcn")
    return run.id


@pytest.fixture(scope="module")
def pictures():
    """An astronaut, two of them, and a rocket without a face, as large as they are imported."""
    head = data.astronaut()[:240, 100:340]
    two = np.full((380, 380, 3), 128, np.uint8)
    two[:160, :160], two[140:, 140:] = cv2.resize(head, (160, 160)), head
    made = {"astronaut": data.astronaut(), "two": two, "rocket": data.rocket()}
    return {
        name: cv2.resize(np.asarray(Image.fromarray(picture).convert("L")), (SIDE, SIDE))
        for name, picture in made.items()
    }


@pytest.fixture
def photos(small_zoo, pictures, tmp_path):
    """A data set of photos: of each class an astronaut to train on, of some one to validate on."""
    for split, names in (("train", FER2013_CLASSES), ("validation", FER2013_CLASSES[:3])):
        for name in names:
            folder = tmp_path / "photos" / split / name
            folder.mkdir(parents=True)
            shown = {("validation", "disgust"): "two", ("validation", "fear"): "rocket"}
            what = shown.get((split, name), "astronaut")
            Image.fromarray(pictures[what]).save(folder / f"{what}.png")
    return library.add("photos", tmp_path / "photos", ImportSettings(size=SIDE))


def expected(model, pictures, *, whole):
    """What the model gives of the three photos to validate on, cut by hand."""
    photos = [pictures[name][..., np.newaxis] for name in ("astronaut", "two", "rocket")]
    faces = [photo if whole else cut_face(photo).pixels for photo in photos]
    shown = [to_face_shape(face[np.newaxis], (48, 48, 1))[0] for face in faces]
    return models.load(model, data="tiny").predict_proba(np.stack(shown))


def evaluated(zoo_command, model, *arguments):
    result = zoo_command("evaluate", model, "--data", "photos", *arguments)
    assert result.exit_code == 0, result.output
    line = next(line for line in result.output.splitlines() if line.endswith("metrics.json"))
    with open(line.removeprefix("wrote ")) as file:
        return " ".join(result.output.split()), json.load(file)


def test_evaluating_cuts_photos_and_lists_those_without_a_face(
    photos, model, pictures, zoo_command
):
    told, facts = evaluated(zoo_command, model)
    by_hand = compute_metrics(
        np.arange(3), expected(model, pictures, whole=False), tuple(FER2013_CLASSES)
    )
    assert facts["log_loss"] == pytest.approx(by_hand.log_loss, rel=1e-5)
    assert facts["without a face"] == ["validation/fear/rocket.png"]
    assert facts["several faces"] == ["validation/disgust/two.png"]
    assert "Photos are cut to the faces in them" in told
    assert "No face was found in 1, taken whole: validation/fear/rocket.png." in told
    assert "Several faces were found in 1, the largest taken: validation/disgust/two.png" in told
    again, same = evaluated(zoo_command, model)
    assert "predicting" not in again
    assert same == facts


def test_the_whole_image_is_measured_on_request_and_never_taken_for_the_face(
    photos, model, pictures, small_zoo, zoo_command
):
    told, facts = evaluated(zoo_command, model, "--whole-image")
    by_hand = compute_metrics(
        np.arange(3), expected(model, pictures, whole=True), tuple(FER2013_CLASSES)
    )
    assert facts["log_loss"] == pytest.approx(by_hand.log_loss, rel=1e-5)
    assert "without a face" not in facts
    assert "cut to the faces" not in told
    resolved = models.resolve(model, photos.fingerprint, small_zoo / "runs")
    assert not resolved.has_predictions(photos.fingerprint, "validation")
    assert evaluated(zoo_command, model)[1]["log_loss"] != facts["log_loss"]


def test_an_ensembles_whole_images_are_not_saved_either(photos, model, small_zoo, zoo_command):
    arguments = ("evaluate", "ensemble", "--data", "photos")
    other = next(r.id for r in list_runs(small_zoo / "runs") if r.architecture == "cpcpcpfff")
    (small_zoo / "ensemble.toml").write_text(f'members = ["{model}", "{other}"]\n')
    told = [zoo_command(*arguments, *whole) for whole in (["--whole-image"], [])]
    assert all(result.exit_code == 0 for result in told), told[0].output
    (folder,) = (small_zoo / "runs" / "ensemble").iterdir()
    metrics = [
        json.loads((folder / "evaluation" / where / "validation-metrics.json").read_text())
        for where in ("", "whole-image")
    ]
    saved = Predictions.read(folder / "predictions" / "validation.npz")
    assert saved.found.tolist() == [1, 2, 0]
    assert metrics[0]["log_loss"] == pytest.approx(saved.measure().log_loss)
    assert metrics[1]["log_loss"] != pytest.approx(saved.measure().log_loss)


def test_members_are_set_side_by_side_on_whole_images_too(photos, model, small_zoo, zoo_command):
    other = next(r.id for r in list_runs(small_zoo / "runs") if r.architecture == "cpcpcpfff")
    arguments = ("ensemble", "evaluate", "--members", f"{model},{other}", "--data", "photos")
    told = [zoo_command(*arguments, *whole) for whole in (["--whole-image"], [])]
    assert all(result.exit_code == 0 for result in told), told[0].output
    (folder,) = (small_zoo / "runs" / "ensemble").iterdir()
    whole, cut = (
        next((folder / "evaluation" / where).glob("*members.csv")).read_text()
        for where in ("whole-image", "")
    )
    assert whole != cut


def test_the_comparison_says_that_photos_were_cut(photos, model, small_zoo, zoo_command):
    evaluated(zoo_command, model)
    compared = compare_models([model], photos, small_zoo / "runs", "validation")
    assert any("photos cut to faces" in note for note in compared.table.notes)


def test_photos_that_were_cut_when_added_are_not_cut_again(photos, model, zoo_command, tmp_path):
    settings = ImportSettings(size=SIDE, crop_faces=True, keep_faceless=True)
    library.add("photos", tmp_path / "photos", settings, overwrite=True)
    told, facts = evaluated(zoo_command, model)
    assert "without a face" not in facts
    assert "cut to the faces" not in told


@pytest.mark.parametrize("whole", [False, True])
def test_predicting_cuts_photos_as_evaluating_does(
    photos, model, pictures, zoo_command, tmp_path, whole
):
    flag = ["--whole-image"] if whole else []
    folder = tmp_path / "photos" / "validation"
    for source in ((folder,), ("--data", "photos")):
        result = zoo_command("predict", model, *source, *flag)
        assert result.exit_code == 0, result.output
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        found = [[float(row[name]) for name in FER2013_CLASSES] for row in rows]
        assert np.abs(np.array(found) - expected(model, pictures, whole=whole)).max() < 1e-5
        assert [bool(row["cut"]) for row in rows] == [not whole, not whole, False]
        for told in (
            "2 of 3 cut to the largest face found in them, none found in 1",
            "fear/rocket.png: no face found: the whole photo",
            "disgust/two.png: cut to the largest of 2 faces found",
        ):
            assert (told in result.stderr) is not whole
    if not whole:
        left, top, side = map(int, rows[0]["cut"].split())
        square = pictures["astronaut"][top : top + side, left : left + side, np.newaxis]
        assert np.array_equal(square, cut_face(pictures["astronaut"][..., np.newaxis]).pixels)


def test_a_face_of_a_data_set_of_photos_is_explained_as_it_is_measured(
    photos, model, pictures, zoo_command, tmp_path
):
    explain = ("explain", "--model", model, "--data", "photos", "--index", 0, "--samples", 20)
    for name, flag, face in (
        ("cut", [], cut_face(pictures["astronaut"][..., np.newaxis]).pixels),
        ("whole", ["--whole-image"], pictures["astronaut"][..., np.newaxis]),
    ):
        result = zoo_command(*explain, "--out", tmp_path / name, *flag)
        assert result.exit_code == 0, result.output
        assert ("cut to the face found at" in result.output) == (name == "cut")
        with np.load(tmp_path / name / "explanation.npz", allow_pickle=False) as saved:
            shown = to_face_shape(face[np.newaxis], (48, 48, 1))[0]
            assert np.array_equal(saved["face"].astype(int).reshape(shown.shape), shown)
