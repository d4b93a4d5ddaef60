"""Data sets written to folders and csv files, and read again without any loss."""

import csv
import os
import time

import numpy as np
import pytest
from made_up import noise, row
from PIL import Image

from zoo.data import export, library
from zoo.data.dataset import UNLABELLED, Dataset, Split
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.export import export_csv, export_folders
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

USAGES = ("Training", "PublicTest", "PrivateTest")
FERPLUS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
           "unknown", "NF")  # fmt: skip


@pytest.fixture
def fer2013(write_csv):
    rows = [row(face, i % 7, USAGES[i // 7 % 3]) for i, face in enumerate(noise(63))]
    return library.add("fer2013", write_csv(rows))


@pytest.fixture
def attributed(write_csv):
    rows = [
        (*row(face, i % 7, USAGES[i // 7 % 3]), f"00{i}", "" if i % 5 == 0 else str(i / 3))
        for i, face in enumerate(noise(63))
    ]
    return library.add("attributed", write_csv(rows, "emotion,pixels,Usage,subject,age"))


@pytest.fixture
def voted(fer2013, tmp_path):
    """Makes data sets with soft labels of ten made-up votes a face, by an option of data add."""

    def make(option, **settings):
        chance = np.random.default_rng(5)
        lines = [",".join(["Usage", *FERPLUS])]
        for place in range(63):
            counts = chance.multinomial(4, [0.1] * 10) + 6 * np.eye(10, dtype=int)[place % 8]
            lines.append(",".join([USAGES[place // 7 % 3], *map(str, counts)]))
        (tmp_path / "votes.csv").write_text("\n".join(lines) + "\n")
        chosen = ImportSettings(**{option: tmp_path / "votes.csv"}, **settings)
        return library.add(f"with-{option}", tmp_path / "fer2013.csv", chosen)

    return make


def contents(dataset, columns=False):
    """Every face with its split, class and columns, in an order of its own, as bytes."""
    found = []
    for split in dataset.splits.values():
        names = sorted(split.columns) if columns else []
        for index, face in enumerate(split.faces):
            name = dataset.classes[split.labels[index]] if split.labelled else ""
            told = [(key, str(split.columns[key][index])) for key in names]
            if columns and split.soft_labels is not None:
                told += zip(dataset.classes, split.soft_labels[index].tolist(), strict=True)
            found.append((split.name, name, face.tobytes(), told))
    return sorted(found)


def ids(dataset):
    return {name: split.ids.tolist() for name, split in dataset.splits.items()}


def in_order(dataset):
    return {
        name: (split.faces.tobytes(), split.labels.tobytes())
        for name, split in dataset.splits.items()
    }


def test_folders_hold_each_face_as_a_png_under_its_split_and_class(fer2013, tmp_path):
    remarks = export_folders(fer2013, tmp_path / "out")
    assert remarks == [
        f"zoo data add NAME {tmp_path / 'out'} gives the same faces, labels and splits",
        f"zoo data add NAME {tmp_path / 'out/faces.csv'} gives the ids, too",
    ]
    split = fer2013.splits["validation"]
    for face, label, where in zip(split.faces, split.labels, split.ids, strict=True):
        name = f"validation/{fer2013.classes[label]}/{where.replace(' ', '-')}.png"
        with Image.open(tmp_path / "out" / name) as image:
            assert image.mode == "L"
            assert np.array_equal(np.asarray(image), face[..., 0])
    assert len(list((tmp_path / "out").rglob("*.png"))) == 63


def test_what_was_written_as_folders_comes_back_byte_for_byte(fer2013, tmp_path):
    export_folders(fer2013, tmp_path / "out")
    for name, path in (("folder", tmp_path / "out"), ("table", tmp_path / "out/faces.csv")):
        again = library.add(name, path)
        assert again.classes == fer2013.classes
        assert contents(again) == contents(fer2013)
        assert again.facts["skipped"] == {}
    assert in_order(again) == in_order(fer2013)
    assert ids(again) == ids(fer2013)


def test_ids_are_written_only_where_they_would_be_others(fer2013, tmp_path):
    export_folders(fer2013, tmp_path / "first")
    assert "face id" in (tmp_path / "first/faces.csv").read_text()
    folder = library.add("folder", tmp_path / "first")
    (remark,) = export_folders(folder, tmp_path / "second")
    assert remark.endswith("gives the same faces, labels and splits")
    assert "face id" not in (tmp_path / "second/faces.csv").read_text()
    in_line = made_up(["line 2", "line 3"], classes=FER2013_CLASSES)
    for name, dataset in (("lines", in_line), ("out-of-line", fer2013), ("paths", folder)):
        export_csv(dataset, tmp_path / f"{name}.csv")
        header = (tmp_path / f"{name}.csv").read_text().partition("\n")[0]
        assert header == "emotion,pixels,Usage" + ("" if name == "lines" else ",face id")
        again = library.add(name, tmp_path / f"{name}.csv")
        assert ids(again) == ids(dataset)
        assert in_order(again) == in_order(dataset)
        assert not any("id" in column for column in again.splits["train"].columns)


def test_folders_written_twice_are_the_same_files(fer2013, tmp_path):
    export_folders(fer2013, tmp_path / "first")
    export_folders(library.add("again", tmp_path / "first"), tmp_path / "second")
    files = [
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*.png")}
        for root in (tmp_path / "first", tmp_path / "second")
    ]
    assert files[0] == files[1]


def test_columns_come_back_from_the_csv_beside_the_folders(attributed, tmp_path):
    remarks = export_folders(attributed, tmp_path / "out")
    assert any("faces.csv gives the ids and columns" in line for line in remarks)
    again = library.add("again", tmp_path / "out/faces.csv")
    assert set(again.splits["train"].columns) == set(attributed.splits["train"].columns)
    assert contents(again, columns=True) == contents(attributed, columns=True)
    assert again.splits["train"].columns["subject"][1] == "001"


KINDS = (
    ("votes", {}),
    ("ferplus", {}),
    ("ferplus", {"labels": "distribution"}),
    ("ferplus", {"labels": "distribution", "classes": 7}),
)


@pytest.mark.parametrize(("option", "settings"), KINDS)
def test_soft_labels_come_back_from_the_csv_beside_the_folders(voted, tmp_path, option, settings):
    dataset = voted(option, **settings)
    (_, remark) = export_folders(dataset, tmp_path / "out")
    assert remark.endswith("faces.csv gives the ids, soft labels and columns, too")
    again = library.add("again", tmp_path / "out/faces.csv")
    assert again.classes == dataset.classes
    assert contents(again, columns=True) == contents(dataset, columns=True)
    for name, split in again.splits.items():
        assert split.soft_labels.tobytes() == dataset.splits[name].soft_labels.tobytes()
        assert "agreement" in split.columns
        assert not any("soft" in column for column in split.columns)
    export_folders(library.add("folder", tmp_path / "out"), tmp_path / "plain")
    assert "soft label" not in (tmp_path / "plain/faces.csv").read_text()


@pytest.mark.parametrize(("option", "settings"), [KINDS[0], KINDS[3]])
def test_soft_labels_come_back_from_a_csv_of_pixels(voted, tmp_path, option, settings):
    dataset = voted(option, **settings)
    export_csv(dataset, tmp_path / "out.csv")
    again = library.add("again", tmp_path / "out.csv")
    assert contents(again, columns=True) == contents(dataset, columns=True)
    for name, split in again.splits.items():
        assert split.soft_labels.tobytes() == dataset.splits[name].soft_labels.tobytes()
    export_csv(again, tmp_path / "twice.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "twice.csv").read_bytes()


def test_a_class_that_lives_in_soft_labels_alone_comes_back(tmp_path):
    faces, shares = noise(4)[..., None], np.array([[0.75, 0, 0.25], [0, 0.5, 0.5]] * 2, np.float32)
    of = {"faces": faces, "labels": np.array([0, 1] * 2), "ids": np.array(list("1234"))}
    splits = {name: Split(name, soft_labels=shares, **of) for name in ("train", "validation")}
    dataset = Dataset("made-up", ("happy", "sad", "contempt"), splits, "0" * 64)
    export_folders(dataset, tmp_path / "out")
    again = library.add("again", tmp_path / "out/faces.csv")
    assert again.classes == dataset.classes
    assert np.array_equal(again.splits["train"].soft_labels, shares)


def test_a_csv_is_one_like_fer2013s_and_comes_back_in_order(attributed, tmp_path):
    export_csv(attributed, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 63
    assert rows[0]["pixels"].split() == list(map(str, noise(1)[0].ravel()))
    again = library.add("again", tmp_path / "out.csv")
    assert in_order(again) == in_order(attributed)
    assert contents(again, columns=True) == contents(attributed, columns=True)


def test_a_csv_written_twice_is_the_same_and_has_the_same_fingerprint(fer2013, tmp_path):
    export_csv(fer2013, tmp_path / "first.csv")
    first = library.add("first", tmp_path / "first.csv")
    export_csv(first, tmp_path / "second.csv")
    assert (tmp_path / "first.csv").read_bytes() == (tmp_path / "second.csv").read_bytes()


def test_colours_and_sizes_come_back_with_the_options_it_names(write_images, tmp_path):
    root = write_images({"train/a": 4, "train/b": 3, "val/a": 2, "val/b": 1})
    settings = ImportSettings(size=20, colour="rgb")
    dataset = library.add("faces", root, settings)
    remarks = export_folders(dataset, tmp_path / "out")
    assert "--size 20 --colour rgb gives the same" in remarks[0]
    assert contents(library.add("again", tmp_path / "out", settings)) == contents(dataset)
    with pytest.raises(ZooError, match="RGB faces of 20×20, .*: pass --format folders"):
        export_csv(dataset, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def made_up(ids, classes=("happy", "sad"), labels=None, columns=None, name="train"):
    faces = noise(len(ids))[..., None]
    labels = np.arange(len(ids)) % 2 if labels is None else np.array(labels, np.int64)
    split = Split(name, faces, labels, np.array(ids), columns=columns or {})
    return Dataset("made-up", classes, {name: split}, "0" * 64)


def test_ids_of_any_kind_become_names_that_are_safe_and_apart(tmp_path):
    ids = ["a/b/x.png", "c/x.jpg", "X", "../../etc", "..", "", "日本 語", "a" * 500, "con?*<>|:"]
    export_folders(made_up(ids, labels=[0] * 9), tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out/train/happy").iterdir())
    assert names == sorted(
        ["x.png", "x-2.png", "X-3.png", "etc.png", "face.png", "face-2.png", "日本-語.png",
         "a" * 80 + ".png", "con.png"]
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["out"] or (tmp_path / "out").exists()


def test_thousands_of_faces_of_one_name_are_numbered_in_no_time(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_write_png", lambda face, path: path.touch())
    ids = np.array([f"person {k}/face.png" for k in range(10_000)] + ["face-3.png"])
    faces = np.zeros((len(ids), 2, 2, 1), np.uint8)
    split = Split("train", faces, np.zeros(len(ids), np.int64), ids)
    started = time.process_time()
    export_folders(Dataset("made-up", ("happy",), {"train": split}, "0" * 64), tmp_path / "out")
    assert time.process_time() - started < 4
    numbered = {f"face-{k}.png" for k in range(2, 10_001)}
    names = {path.name for path in (tmp_path / "out/train/happy").iterdir()}
    assert names == {"face.png", "face-3-2.png"} | numbered


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "", "a\0b", "Happy", "x" * 300])
def test_a_class_that_cannot_be_a_folder_is_refused(tmp_path, name):
    with pytest.raises(ZooError, match="cannot be the name of a folder"):
        export_folders(made_up(["1", "2"], classes=("happy", name)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "classes", [("happy", "sad"), (*FER2013_CLASSES, "contempt"), ("sad", "freude, schöne")]
)
def test_other_classes_than_fer2013s_go_into_a_csv_by_name(tmp_path, classes):
    faces = noise(16)[..., None]
    labels, called = np.arange(16) % len(classes), np.array([f"face {n}" for n in range(16)])
    split = Split("test", faces[:3], labels[:3], called[:3])
    splits = {"train": Split("train", faces, labels, called), "test": split}
    dataset = Dataset("made-up", classes, splits, "0" * 64)
    if any("," in name for name in classes):
        with pytest.raises(ZooError, match=r"commas, .* in the name of class .*format folders"):
            export_csv(dataset, tmp_path / "out.csv")
        return
    export_csv(dataset, tmp_path / "out.csv")
    again = library.add("again", tmp_path / "out.csv")
    assert again.classes == classes
    assert in_order(again) == in_order(dataset)
    assert ids(again) == ids(dataset)


def test_classes_that_a_csv_would_take_for_fer2013s_numbers_go_into_folders_alone(tmp_path):
    with pytest.raises(ZooError, match="numbers for classes.*: pass --format folders"):
        export_csv(made_up(["1", "2"], classes=("1", "2")), tmp_path / "out.csv")


@pytest.mark.parametrize("text", ["a,b", 'a"b', "a\nb"])
def test_columns_that_such_a_csv_cannot_hold_are_refused(tmp_path, text):
    columns = {"note": np.array([text, "plain"])}
    dataset = made_up(["1", "2"], classes=FER2013_CLASSES, columns=columns)
    with pytest.raises(ZooError, match="commas, quotes or line ends in column 'note'"):
        export_csv(dataset, tmp_path / "out.csv")
    export_folders(dataset, tmp_path / "out")
    with (tmp_path / "out/faces.csv").open(newline="", encoding="utf-8") as file:
        assert [line["note"] for line in csv.DictReader(file)] == [text, "plain"]


def test_faces_without_labels_come_back_as_such(tmp_path):
    dataset = made_up(["1", "2", "3"], classes=(), labels=[], name=UNLABELLED)
    export_csv(dataset, tmp_path / "out.csv")
    (remark,) = export_folders(dataset, tmp_path / "out")
    assert "faces.csv gives" in remark
    for name, path in (("csv", "out.csv"), ("table", "out/faces.csv")):
        again = library.add(name, tmp_path / path)
        assert list(again.splits) == [UNLABELLED]
        assert (
            again.splits[UNLABELLED].faces.tobytes() == dataset.splits[UNLABELLED].faces.tobytes()
        )
        assert ids(again) == ids(dataset)


def test_nothing_is_overwritten_unless_told_and_only_an_export(fer2013, tmp_path, zoo_command):
    out = tmp_path / "out"
    assert zoo_command("data", "export", "fer2013", out).exit_code == 0
    (out / "mine.txt").write_text("mine")
    result = zoo_command("data", "export", "fer2013", out)
    assert result.exit_code == 2
    assert f"{out} exists: pass --overwrite" in result.output
    assert (out / "mine.txt").exists()
    assert zoo_command("data", "export", "fer2013", out, "--overwrite").exit_code == 0
    assert not (out / "mine.txt").exists()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/1.png").write_text("mine")
    result = zoo_command("data", "export", "fer2013", tmp_path / "photos", "--overwrite")
    assert "not made by zoo data export" in result.output
    assert (tmp_path / "photos/1.png").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert zoo_command("data", "export", "fer2013", tmp_path / "empty").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir() if ".tmp." in path.name) == []


def test_the_folder_one_stands_in_can_be_exported_to_while_it_is_empty(
    fer2013, tmp_path, zoo_command, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    result = zoo_command("data", "export", "fer2013", ".")
    assert result.exit_code == 2
    assert f"{tmp_path} exists: pass --overwrite" in result.output
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert zoo_command("data", "export", "fer2013", ".").exit_code == 0
    assert (tmp_path / "empty/faces.csv").is_file()


def test_a_csv_goes_into_the_folder_under_the_data_sets_name(fer2013, tmp_path, zoo_command):
    for flags, code in (((), 0), ((), 2), (("--overwrite",), 0)):
        result = zoo_command(
            "data", "export", "fer2013", tmp_path / "out", "--format", "csv", *flags
        )
        assert result.exit_code == code, result.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fer2013.csv"]


def test_an_export_that_fails_leaves_what_was_there(fer2013, tmp_path, monkeypatch):
    out = tmp_path / "out"
    export_folders(fer2013, out)
    before = sorted(path.name for path in out.rglob("*"))

    def fail(face, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_write_png", fail)
    for folder in (out, tmp_path / "new"):
        with pytest.raises(KeyboardInterrupt):
            export_folders(fer2013, folder, overwrite=True)
    assert sorted(path.name for path in out.rglob("*")) == before
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*.tmp.*"))


@pytest.mark.parametrize("renames", [1, 2])
def test_a_kill_while_an_export_is_replaced_loses_none(fer2013, tmp_path, monkeypatch, renames):
    """Whatever is renamed by then, and also if the next export is one of another data set."""
    out, rename = tmp_path / "out", os.rename
    export_folders(fer2013, out)
    before = sorted(path.name for path in out.rglob("*"))
    (out / "train/of-the-first").touch()
    left = [renames]

    def killed(old, new):
        if ".tmp." not in str(new):  # not the temporary folder's own
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        rename(old, new)

    monkeypatch.setattr(export.os, "rename", killed)
    monkeypatch.setattr(export.shutil, "rmtree", lambda *_, **__: None)
    if renames == 1:
        with pytest.raises(KeyboardInterrupt):
            export_folders(fer2013, out, overwrite=True)
        assert not out.exists()
    else:
        export_folders(fer2013, out, overwrite=True)
    monkeypatch.undo()
    with pytest.raises(ZooError, match="exists: pass --overwrite"):
        export_folders(fer2013, out)
    assert (out / "train/of-the-first").exists() == (renames == 1)
    export_folders(fer2013, out, overwrite=True)
    assert sorted(path.name for path in out.rglob("*")) == before
    assert not [path for path in tmp_path.iterdir() if path.name.endswith("replaced")]


def test_a_data_set_without_validation_says_that_one_will_be_drawn(tmp_path):
    remarks = export_folders(made_up(["1", "2"]), tmp_path / "out")
    assert remarks[0].endswith("gives the same faces and labels, and draws a validation split")


def test_it_reports_progress_up_to_the_total(fer2013, tmp_path):
    calls = []
    for write, path in ((export_folders, tmp_path / "out"), (export_csv, tmp_path / "out.csv")):
        write(fer2013, path, progress=lambda *call: calls.append(call))
        assert calls[-1] == (63, 63)
        calls.clear()
