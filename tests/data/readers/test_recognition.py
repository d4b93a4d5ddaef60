"""What a path is: found out by a look inside, refused in one line where nothing fits."""

import os
import shutil

import numpy as np
import pytest
from made_up import USAGES, noise, row

from zoo.data import library, readers
from zoo.data.settings import DEFAULTS, ImportSettings
from zoo.errors import ZooError


def test_a_csv_is_known_by_its_columns_whatever_it_is_called(rows, write_csv, tmp_path):
    path = shutil.copy(write_csv(rows), tmp_path / "faces.txt")
    assert readers.open_source(path, DEFAULTS).reader == "fer2013"
    assert readers.open_source(path, DEFAULTS).kind == "a FER2013 csv"


def test_a_folder_is_known_whatever_it_is_called(write_images):
    folder = write_images({"a": 1, "b": 1}, root="fer2013.csv")
    assert readers.open_source(folder, DEFAULTS).reader == "folders"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "empty file"),
        (b"\n\n", "line 1: columns ''"),
        (b"name,age\nanna,3\n", "line 1: columns 'name, age'"),
        (b"a" * 2_000_000, "line 1: columns 'aaa"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "not UTF-8 text"),
    ],
    ids=["empty", "blank", "other columns", "one long line", "jpeg"],
)
def test_a_file_that_no_reader_knows_is_refused_with_what_was_expected(tmp_path, content, found):
    path = tmp_path / "fer2013.csv"
    path.write_bytes(content)
    with pytest.raises(ZooError) as refusal:
        library.add("faces", path)
    message = str(refusal.value)
    assert message.startswith(f"{path}")
    assert found in message
    for kind in ("emotion,pixels[,Usage]", "path,label", ".npz", "folder", "zip, gz or tar"):
        assert kind in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 300


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("header", ["emotion,pixels,Usage", "emotion,pixels", "pixels"])
def test_a_csv_of_pixels_may_be_parted_by_what_a_csv_of_paths_may(tmp_path, delimiter, header):
    fields = {
        name: [values[place] for values in map(row, noise(7), range(7), USAGES * 3)]
        for place, name in enumerate(("emotion", "pixels", "Usage"))
    }
    names = header.split(",")
    splits = []
    for part in (",", delimiter):
        path = tmp_path / f"{ord(part)}.csv"
        lines = [[f'"{name}"' for name in names], *zip(*map(fields.get, names), strict=True)]
        path.write_text("".join(part.join(line) + "\n" for line in lines))
        splits.append(library.add(f"by-{ord(part)}", path).splits)
    for name, split in splits[0].items():
        assert np.array_equal(splits[1][name].faces, split.faces)
        assert np.array_equal(splits[1][name].labels, split.labels)
        assert splits[1][name].columns.keys() == split.columns.keys()
    assert sum(map(len, splits[1].values())) == 7


def test_a_column_in_a_csv_with_semicolons_may_hold_commas(tmp_path):
    lines = [(*row(face, place % 7), "a, b") for place, face in enumerate(noise(8))]
    path = tmp_path / "faces.csv"
    header = ("emotion", "pixels", "Usage", "note, if any")
    path.write_text("\n".join(map(";".join, [header, *lines])))
    split = library.add("faces", path).splits["train"]
    assert split.columns["note, if any"].tolist() == ["a, b"] * 8


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ZooError, match="pipe: neither a file nor a folder"):
        library.add("faces", tmp_path / "pipe")
    with pytest.raises(ZooError, match=r"nowhere\.csv: no such file or folder"):
        library.add("faces", tmp_path / "nowhere.csv")


def test_a_file_that_cannot_be_joined_is_refused(write_images, tmp_path):
    folder = write_images({"a": 1, "b": 1})
    with pytest.raises(ZooError, match="--votes needs a csv with .*; this is a folder of"):
        readers.open_source(folder, ImportSettings(votes=tmp_path / "votes.csv"))


def test_a_csv_of_faces_beside_folders_of_classes_is_named(write_images):
    root = write_images({"train/happy": 2, "train/sad": 2})
    (root / "fer2013.csv").write_text("emotion,pixels,Usage\n")
    kind = library.add("faces", root).facts["kind"]
    assert kind == "a folder of images; a csv of faces, left alone: fer2013.csv"
