"""Faces on contact sheets, and on average."""

import numpy as np
import pytest
from PIL import Image

from zoo.data import library
from zoo.data.dataset import Split
from zoo.data.mean_faces import mean_faces
from zoo.data.showing import show_faces
from zoo.errors import ZooError


@pytest.fixture
def tiny(drawn_csv):
    """140 training faces, 70 of validation and test each."""
    return library.add("tiny", drawn_csv)


def test_a_page_shows_eighty_faces_and_says_which(tiny, tmp_path):
    assert show_faces(tiny, tmp_path / "a.png") == "tiny, train: faces 1–80 of 140 (page 1 of 2)"
    second = show_faces(tiny, tmp_path / "b.png", page=2)
    assert second == "tiny, train: faces 81–140 of 140 (page 2 of 2)"
    with Image.open(tmp_path / "a.png") as whole, Image.open(tmp_path / "b.png") as rest:
        assert whole.width == rest.width
        assert whole.height > rest.height


def test_one_class_is_shown_under_any_of_its_names(tiny, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "zoo.figures.contact_sheet.contact_sheet", lambda rows, *_, **__: drawn.append(rows)
    )
    shown = show_faces(tiny, tmp_path / "a.png", split="test", class_name="Happiness")
    split = tiny.split("test")
    expected = np.flatnonzero(split.labels == 3)
    assert shown.startswith(f"tiny, test, happy: faces 1–{len(expected)} of {len(expected)}")
    tiles = [tile for row in drawn[0] for tile in row]
    assert np.array_equal([tile.face for tile in tiles], split.faces[expected])
    assert [tile.lines for tile in tiles] == [("happy", face) for face in split.ids[expected]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"page": 3}, "no page 3: expected 1 to 2"),
        ({"page": 0}, "no page 0: expected 1 to 2"),
        ({"class_name": "hapy"}, "unknown class 'hapy': did you mean happy"),
        ({"split": "foo"}, "unknown split 'foo': there are test, train, validation"),
        ({"split": "unlabelled"}, "no unlabelled split, only train"),
    ],
)
def test_what_is_not_there_is_refused(tiny, tmp_path, options, message):
    with pytest.raises(ZooError, match=message):
        show_faces(tiny, tmp_path / "a.png", **options)
    assert not (tmp_path / "a.png").exists()


def test_the_command_names_its_file_by_what_it_shows(tiny, tmp_path, zoo_command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = zoo_command("data", "show", "tiny", "--class", "sad", "--split", "validation")
    assert told.exit_code == 0, told.output
    assert "wrote tiny-validation-sad-1.png" in told.output
    assert (tmp_path / "tiny-validation-sad-1.png").is_file()
    told = zoo_command("data", "show", "tiny", "--class", "Joyful")
    assert "wrote tiny-train-happy-1.png" in told.output
    assert "unknown class '../x'" in zoo_command("data", "show", "tiny", "--class", "../x").output
    assert zoo_command("data", "show", "tiny", "--out", "x.png", "--page", 2).exit_code == 0
    assert zoo_command("data", "show", "tiny", "--out", "x.png").exit_code == 2


def test_mean_faces_are_means(drawn_csv, tiny):
    split = tiny.split("train")
    for label, face in enumerate(mean_faces(split, 7)):
        expected = np.asarray(split.faces, float)[split.labels == label].mean(axis=0)
        assert np.abs(face - expected).max() <= 0.5


def test_many_bright_faces_have_a_bright_mean_and_an_absent_class_a_black_one():
    faces = np.full((3000, 8, 8, 3), 250, np.uint8)
    faces[::2, ..., 0] = 240
    split = Split("train", faces, np.ones(3000, np.int64), np.arange(3000).astype(str))
    absent, present = mean_faces(split, 2)
    assert absent.max() == 0
    assert (present == (245, 250, 250)).all()
