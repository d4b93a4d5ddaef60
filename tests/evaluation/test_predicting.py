"""Classes predicted for photos and for faces without labels, written as a csv."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

from zoo import models
from zoo.data import library
from zoo.evaluation import predicting
from zoo.predictions import Predictions

MODEL = "handcrafted_fcn"


@pytest.fixture
def photos(small_zoo):
    """Eleven photos, two of which cannot be read."""
    faces = library.open_dataset("tiny").splits["validation"].faces[:9, ..., 0]
    root = small_zoo.parent / "photos"
    for index, face in enumerate(faces):
        path = root / f"{'inner/' * (index % 2)}{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(face).save(path)
    (root / "bad.png").write_text("no image")
    (root / "empty.jpg").write_bytes(b"")
    (root / "notes.txt").write_text("notes")
    return root, faces


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def probabilities(rows, classes):
    return np.array([[float(row[name]) for name in classes] for row in rows])


def test_a_folder_of_photos_is_predicted_and_unreadable_ones_are_listed(
    photos, zoo_command, tmp_path, monkeypatch
):
    monkeypatch.setattr(predicting, "FACES_AT_ONCE", 4)
    root, faces = photos
    out = tmp_path / "out.csv"
    result = zoo_command("predict", MODEL, root, "--out", out)
    assert result.exit_code == 0, result.output
    rows = rows_of(out.read_text())
    predictor = models.load(MODEL, data="tiny")
    assert list(rows[0]) == ["id", "predicted", *predictor.classes, "cut"]
    assert {row["cut"] for row in rows} == {""}
    ids = [row["id"] for row in rows]
    assert ids == [f"{i}.png" for i in range(0, 9, 2)] + [f"inner/{i}.png" for i in range(1, 9, 2)]
    order = [int(where.split("/")[-1].removesuffix(".png")) for where in ids]
    expected = predictor.predict_proba(faces[order][..., np.newaxis])
    found = probabilities(rows, predictor.classes)
    assert np.abs(found - expected).max() < 1e-5
    told = [predictor.classes[place] for place in expected.argmax(axis=1)]
    assert [row["predicted"] for row in rows] == told
    assert f"not predicted: {root / 'bad.png'}: not an image" in result.output
    assert f"not predicted: {root / 'empty.jpg'}: empty file" in result.output
    assert "9 of 11 predicted" in result.output
    assert "notes.txt" not in result.output


def test_one_photo_goes_to_the_terminal(photos, zoo_command):
    root, _ = photos
    result = zoo_command("predict", MODEL, root / "0.png")
    assert result.exit_code == 0, result.output
    (row,) = rows_of(result.stdout)
    assert row["id"] == str(root / "0.png")
    assert abs(probabilities([row], list(row)[2:-1]).sum() - 1) < 1e-5


def test_the_validation_split_is_as_evaluated(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "out.csv"
    assert zoo_command("predict", MODEL, "--data", "tiny", "--out", out).exit_code == 0
    dataset = library.open_dataset("tiny")
    resolved = models.resolve(MODEL, dataset.fingerprint, small_zoo / "runs")
    saved = Predictions.read(resolved.run.predictions_file("validation"))
    rows = rows_of(out.read_text())
    assert [row["id"] for row in rows] == saved.ids.tolist()
    assert np.abs(probabilities(rows, saved.classes) - saved.probabilities).max() < 1e-5


def test_the_test_split_is_predicted_on_request_and_counted(small_zoo, zoo_command):
    dataset = library.open_dataset("tiny")
    before = library.test_readings(dataset)
    result = zoo_command("predict", MODEL, "--data", "tiny", "--split", "test")
    assert len(rows_of(result.stdout)) == len(dataset.splits["test"])
    assert library.test_readings(dataset) == before + 1


def test_faces_without_labels_are_predicted(small_zoo, zoo_command, tmp_path):
    faces = library.open_dataset("tiny").splits["validation"].faces[:5, ..., 0]
    lines = ["pixels", *(" ".join(map(str, face.ravel())) for face in faces)]
    (tmp_path / "test.csv").write_text("\n".join(lines))
    library.add("kaggle", tmp_path / "test.csv")
    for model in (MODEL, "ensemble"):
        result = zoo_command("predict", model, "--data", "kaggle")
        assert result.exit_code == 0, result.output
        rows = rows_of(result.stdout)
        predictor = models.load(model, data="tiny")
        expected = predictor.predict_proba(faces[..., np.newaxis])
        assert np.abs(probabilities(rows, predictor.classes) - expected).max() < 1e-5
        assert rows[0]["id"] == "line 2"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((MODEL,), "name a photo or a folder of photos, or a data set with --data: one of both"),
        ((MODEL, "photos", "--data", "tiny"), "one of both"),
        ((MODEL, "photos", "--split", "test"), "--split is of a data set"),
        ((MODEL, "nowhere"), "nowhere: no such file or folder"),
        ((MODEL, "photos/bad.png"), "no face could be read: photos/bad.png: not an image"),
        ((MODEL, "empty"), "empty: no images in it"),
        ((MODEL, "--data", "tiny", "--split", "unlabelled"), "has no unlabelled split"),
        ((MODEL, "--data", "nothing"), "unknown data set 'nothing'"),
        (("fife_layer", "photos"), "unknown model 'fife_layer': did you mean five_layer"),
        ((MODEL, "photos", "--out", "photos/0.png"), "exists: pass --overwrite"),
    ],
)
def test_what_cannot_be_predicted_is_refused_in_one_line(
    photos, zoo_command, monkeypatch, arguments, message
):
    root, _ = photos
    monkeypatch.chdir(root.parent)
    (root.parent / "empty").mkdir()
    result = zoo_command("predict", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_an_output_is_whole_or_not_there(photos, zoo_command, tmp_path):
    root, _ = photos
    out = tmp_path / "out.csv"
    result = zoo_command("predict", MODEL, root / "bad.png", "--out", out)
    assert result.exit_code == 2
    assert not out.exists()
    assert not list(tmp_path.glob(".*.tmp.*"))
