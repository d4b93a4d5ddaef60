"""What `zoo data describe` writes."""

import errno
import re

import numpy as np
import pytest

from zoo.data import library
from zoo.data.dataset import UNLABELLED, Dataset, Split
from zoo.errors import ZooError
from zoo.reports import description
from zoo.reports.description import write_description


def test_the_page_holds_all_tables_and_pictures(drawn_csv, tmp_path, zoo_command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    zoo_command("data", "add", "tiny", drawn_csv)
    told = zoo_command("data", "describe", "tiny")
    assert told.exit_code == 0, told.output
    written = re.findall(r"wrote tiny-description/(\S+)", told.output)
    assert written == [
        "tiny-description.html", "tiny-classes.png", "tiny-faces.png", "tiny-mean-faces.png",
        "tiny-measured.png",
    ]  # fmt: skip
    page = (tmp_path / "tiny-description" / written[0]).read_text()
    assert page.count("data:image/png;base64,") == 4
    for text in ("surprise", "sharpness", "280 grey faces", "mean of each class"):
        assert text in page


def test_faces_without_columns_are_measured(tmp_path):
    faces = np.random.default_rng(0).integers(0, 256, (9, 12, 12, 3), np.uint8)
    split = Split("train", faces, np.zeros(9, np.int64), np.arange(9).astype(str))
    _, paths = write_description(Dataset("few", ("face",), {"train": split}, "f"), tmp_path)
    assert all(path.is_file() for path in paths)


def test_without_labels_there_are_no_mean_faces(tmp_path):
    split = Split(
        UNLABELLED, np.zeros((4, 8, 8, 1), np.uint8), np.empty(0, int), np.array([*"abcd"])
    )
    _, paths = write_description(Dataset("few", (), {UNLABELLED: split}, "f"), tmp_path)
    names = [path.name for path in paths]
    assert names == ["few-description.html", "few-faces.png", "few-measured.png"]


def test_examples_have_a_row_for_each_class_that_has_faces(tmp_path, monkeypatch):
    sheets = []
    monkeypatch.setattr(
        description, "contact_sheet", lambda rows, path, *, title: sheets.append((rows, title))
    )
    labels = np.array([2, 0, 0, 2, 2])
    faces = np.random.default_rng(0).integers(0, 256, (5, 12, 12, 1), np.uint8)
    split = Split("train", faces, labels, np.array([*"abcde"]))
    monkeypatch.setattr(description, "write_page", lambda *_: None)
    description.write_description(
        Dataset("few", ("a", "b", "c"), {"train": split}, "f"), tmp_path / "out"
    )
    rows, title = sheets[0]
    assert [[tile.lines for tile in row] for row in rows] == [[("a",)] * 2, [("c",)] * 3]
    assert [tile.face.tobytes() for tile in rows[0]] == [face.tobytes() for face in faces[1:3]]
    assert title == "few: 5 of its 5 train faces"


def test_a_failure_half_way_leaves_nothing_or_what_was_there(drawn_csv, tmp_path, monkeypatch):
    dataset = library.add("tiny", drawn_csv)
    _, paths = write_description(dataset, tmp_path / "out")
    before = {path: path.read_bytes() for path in paths}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(description, "write_page", full)
    for folder in (tmp_path / "out", tmp_path / "new"):
        with pytest.raises(ZooError, match="the disk is full"):
            write_description(dataset, folder, overwrite=True)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*.tmp.*"))


def test_nothing_is_written_where_something_stands(drawn_csv, tmp_path):
    dataset = library.add("tiny", drawn_csv)
    (tmp_path / "tiny-measured.png").touch()
    with pytest.raises(ZooError, match="tiny-measured.png exists"):
        write_description(dataset, tmp_path)
    assert [path.name for path in tmp_path.glob("tiny-*")] == ["tiny-measured.png"]
