"""A csv of paths: a file per row, whatever the columns' order; missing files are counted."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import noise
from PIL import Image

from zoo.data import description, library
from zoo.data.columns import MEASURED
from zoo.data.dataset import Dataset
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.export import export_csv
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError
from zoo.home import data_folder

WriteTable = Callable[..., Path]


@pytest.fixture
def write_table(tmp_path: Path) -> WriteTable:
    """Write a csv below tmp_path/faces beside noise images 0.png … 11.png."""
    (tmp_path / "faces").mkdir()
    for index, face in enumerate(noise(12)):
        Image.fromarray(face).save(tmp_path / "faces" / f"{index}.png")

    def write(lines: list[str], encoding: str = "utf-8") -> Path:
        path = tmp_path / "faces" / "table.csv"
        path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
        return path

    return write


def labels(dataset: Dataset) -> dict[str, str]:
    """The class of each face by its id."""
    return {
        where: dataset.classes[label]
        for split in dataset.splits.values()
        if split.labelled
        for where, label in zip(split.ids.tolist(), split.labels.tolist(), strict=True)
    }


def rows(count: int = 12) -> list[str]:
    return [f"{i}.png,{('sad', 'Joy')[i % 2]}" for i in range(count)]


@pytest.mark.parametrize("change", [lambda image: os.utime(image, (1, 1)), os.unlink])
def test_an_image_that_changes_is_noticed_as_the_csv_is(
    write_table: WriteTable, change: Callable[[Path], None]
) -> None:
    table = write_table(["path,label", *rows()])
    image = table.with_name("3.png")
    os.utime(image, (2**31, 2**31))  # the newest
    dataset = library.add("faces", table)
    assert not any("has changed" in line for line in description.remarks(dataset))
    change(image)
    (remark,) = (line for line in description.remarks(dataset) if "has changed" in line)
    assert remark in description.list_table().notes
    library.remove("faces")
    assert not list(data_folder().glob("*.watched"))


def test_an_image_that_changes_during_the_import_is_noticed(write_table: WriteTable) -> None:
    table = write_table(["path,label", *rows()])

    def change(done: int, total: int) -> None:
        os.utime(table.with_name("3.png"))

    with pytest.raises(ZooError, match="changed while it was read"):
        library.add("faces", table, progress=change)


def test_labels_go_by_name_and_faces_are_the_files(write_table: WriteTable, tmp_path: Path):
    dataset = library.add("faces", write_table(["path,label", *rows()]))
    assert dataset.facts["kind"] == "a csv of paths"
    assert dataset.classes == ("happy", "sad")
    assert labels(dataset) == {f"{i}.png": ("sad", "happy")[i % 2] for i in range(12)}
    for split in dataset.splits.values():
        for face, where in zip(split.faces, split.ids, strict=True):
            written = np.asarray(Image.open(tmp_path / "faces" / where))
            assert np.array_equal(face[..., 0], written)
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 10, "validation": 2,
    }  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_may_stand_in_any_order_and_case_and_what_else_there_is_is_kept(
    write_table: WriteTable, delimiter: str
):
    header = ["AGE", " Emotion", "Split", "Filename", "Subject", "light, from"]
    splits = ["Training", "train", "val", "PrivateTest"]
    lines = [
        [str(20 + i), ("fear", "calm")[i % 2], splits[i // 2], f"{i}.png", f"P{i // 2}", '"a,b"']
        for i in range(8)
    ]
    header[-1] = f'"{header[-1]}"'
    table = [delimiter.join(fields) for fields in (header, *lines)]
    dataset = library.add("faces", write_table(table, "utf-8-sig"))
    assert {name: split.ids.tolist() for name, split in dataset.splits.items()} == {
        "train": ["0.png", "1.png", "2.png", "3.png"],
        "validation": ["4.png", "5.png"], "test": ["6.png", "7.png"],
    }  # fmt: skip
    test = dataset.splits["test"]
    assert test.columns["AGE"].tolist() == [26, 27]
    assert test.columns["subject"].tolist() == ["P3", "P3"]
    assert test.columns["light, from"].tolist() == ["a,b", "a,b"]
    assert "validation_fraction" not in dataset.facts


SOFT = "path,label,Soft label sadness,soft label happy"


def test_faces_are_called_by_their_face_id_and_no_two_alike(write_table: WriteTable):
    lines = [f"{row},id {i % 12}" for i, row in enumerate(rows())]
    lines[2] = lines[2].removesuffix("id 2")
    dataset = library.add("faces", write_table(["path,label,face id", *lines]))
    ids = {where for split in dataset.splits.values() for where in split.ids.tolist()}
    assert ids == {f"id {i}" for i in range(12)} - {"id 2"} | {"2.png"}
    lines = [f"{row},train,same" for row in rows()]
    with pytest.raises(ZooError, match="two train faces are called 'same': give each a face id"):
        library.add("twice", write_table(["path,label,split,face id", *lines]))
    assert not (data_folder() / "twice.json").exists()


def test_soft_labels_are_shares_by_class_in_the_order_of_classes(write_table: WriteTable):
    shares = [i / 16 for i in range(12)]
    lines = [f"{row},{share},{1 - share}" for row, share in zip(rows(), shares, strict=True)]
    dataset = library.add("faces", write_table([SOFT, *lines]))
    assert dataset.classes == ("happy", "sad")
    for split in dataset.splits.values():
        sad = [shares[int(where.removesuffix(".png"))] for where in split.ids]
        assert split.soft_labels is not None
        assert split.soft_labels.tolist() == [[1 - share, share] for share in sad]
        assert set(split.columns) == set(MEASURED)
    assert "soft labels: as the csv's columns give them" in description.remarks(dataset)


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        ("0.5,0.6", "sums to 1.1, expected 1"),
        ("x,1", "not a number from 0 to 1"),
        ("-1,2", "not a number from 0 to 1"),
        ("nan,1", "not a number from 0 to 1"),
        (",", "not a number from 0 to 1"),
    ],
)
def test_a_soft_label_that_is_none_is_a_bad_row(write_table: WriteTable, shares: str, fault: str):
    lines = [SOFT, *(f"{row},0,1" for row in rows()[:-1]), f"{rows()[-1]},{shares}"]
    with pytest.raises(ZooError, match=f"line 13: a soft label .*{fault}.*; mend it"):
        library.add("faces", write_table(lines))
    lenient = ImportSettings(skip_bad_rows=True)
    dataset = library.add("faces", write_table(lines), lenient)
    assert dataset.facts["skipped"]["bad soft label"]["count"] == 1


def test_soft_labels_for_other_classes_than_the_faces_have_are_refused(write_table: WriteTable):
    twice = "path,label,soft label sad,soft label sadness"
    lines = [f"{row},0,1" for row in rows()]
    with pytest.raises(ZooError, match="line 1: 2 columns called soft label sad: remove"):
        library.add("faces", write_table([twice, *lines]))
    fear = "path,label,soft label sad,soft label fear"
    with pytest.raises(
        ZooError, match="soft labels for sad, fear: expected one for each of .*hap"
    ):
        library.add("faces", write_table([fear, *lines]))


def test_missing_files_are_counted_and_the_rest_goes_on(write_table: WriteTable, tmp_path: Path):
    (tmp_path / "outside.png").write_bytes((tmp_path / "faces/0.png").read_bytes())
    (tmp_path / "faces/link.png").symlink_to("../outside.png")
    odd = ["gone.png,sad", "gone2.png,sad", "../outside.png,sad", "link.png,sad", "0.png,sad"]
    dataset = library.add("faces", write_table(["path,label", *rows(), *odd]))
    assert len(labels(dataset)) == 12
    assert dataset.facts["skipped"] == {
        "no such file": {"count": 2, "first": "line 14: gone.png"},
        "path leads out of the csv's folder": {"count": 2, "first": "line 16: ../outside.png"},
        "file named twice": {"count": 1, "first": "line 18: 0.png"},
    }


def test_folders_that_are_links_are_followed_and_may_not_lead_out(
    write_table: WriteTable, tmp_path: Path
):
    (tmp_path / "elsewhere").mkdir()
    for name in ("a.png", "b.png"):
        shutil.copy(tmp_path / "faces/0.png", tmp_path / "elsewhere" / name)
    (tmp_path / "faces/within").mkdir()
    shutil.copy(tmp_path / "faces/0.png", tmp_path / "faces/within/a.png")
    (tmp_path / "faces/out").symlink_to("../elsewhere")
    (tmp_path / "faces/in").symlink_to("within")
    odd = ["out/a.png,sad", "out/b.png,sad", "in/a.png,sad"]
    dataset = library.add("faces", write_table(["path,label", *rows(), *odd]))
    assert labels(dataset).keys() == {*(f"{i}.png" for i in range(12)), "in/a.png"}
    assert dataset.facts["skipped"] == {
        "path leads out of the csv's folder": {"count": 2, "first": "line 14: out/a.png"}
    }


def test_absolute_paths_are_taken_as_they_are_written(write_table: WriteTable, tmp_path: Path):
    elsewhere = shutil.copy(tmp_path / "faces/0.png", tmp_path / "elsewhere.png")
    inside = tmp_path / "faces/0.png"
    table = ["path,label", f"{elsewhere},sad", f"{inside},sad", *rows()[1:]]
    assert labels(library.add("faces", write_table(table))).keys() == {
        str(elsewhere), *(f"{i}.png" for i in range(12)),
    }  # fmt: skip


def test_paths_written_under_windows_are_understood(write_table: WriteTable, tmp_path: Path):
    (tmp_path / "faces/sub").mkdir()
    shutil.copy(tmp_path / "faces/0.png", tmp_path / "faces/sub/0.png")
    dataset = library.add("faces", write_table(["path,label", r"sub\0.png,sad", *rows()]))
    assert labels(dataset)["sub/0.png"] == "sad"


def test_rows_without_a_label_can_be_predicted(write_table: WriteTable):
    blank = ["path,label", "0.png,", "1.png, ", *rows()[2:]]
    dataset = library.add("faces", write_table(blank))
    assert dataset.splits["unlabelled"].ids.tolist() == ["0.png", "1.png"]
    assert dataset.classes == ("happy", "sad")
    assert list(library.add("only", write_table(["path", "0.png"])).splits) == ["unlabelled"]


def test_classes_that_are_numbers_are_in_the_order_of_numbers(write_table: WriteTable):
    table = ["path,label", *(f"{i}.png,{(10, 9, 2)[i % 3]}" for i in range(12))]
    assert library.add("faces", write_table(table)).classes == ("2", "9", "10")


def test_without_splits_whole_subjects_are_validated_on(write_table: WriteTable):
    table = ["path,label,subject", *(f"{row},P{i // 2}" for i, row in enumerate(rows()))]
    settings = ImportSettings(validation_fraction=0.3)
    dataset = library.add("faces", write_table(table), settings)
    of = {name: set(split.columns["subject"]) for name, split in dataset.splits.items()}
    assert len(of["validation"]) == dataset.facts["validation_subjects"] == 2
    assert of["train"] | of["validation"] == {f"P{i}" for i in range(6)}
    assert not of["train"] & of["validation"]
    told = "validation: 2 subjects, about 30% of the training faces, drawn with seed 0"
    assert told in description.remarks(dataset)


@pytest.mark.parametrize(
    ("odd", "refusal"),
    [
        ("0.png,happy,train,P0,1", "line 14: 5 columns, expected 4"),
        (",sad,train,P0", "line 14: the path is blank"),
        ("0.png,sad,holdout,P0", "line 14: split 'holdout', expected train, validation or test"),
        ("0.png,joy,train,P0", "line 14: 0.png has label 'happy', in line 2 'sad'"),
        ("0.png,sad,test,P0", "line 14: 0.png has split 'test', in line 2 'train'"),
    ],
)
def test_a_row_that_cannot_be_right_stops_the_import_unless_it_is_to_be_skipped(
    write_table: WriteTable, odd: str, refusal: str
):
    table = ["path,label,split,subject", *(f"{row},train,P{i}" for i, row in enumerate(rows()))]
    path = write_table([*table, odd])
    with pytest.raises(ZooError) as refused:
        library.add("faces", path)
    assert str(refused.value) == f"{path} {refusal}; mend it, or pass --skip-bad-rows"
    assert not library.list_datasets()
    dataset = library.add("faces", path, ImportSettings(skip_bad_rows=True))
    (skip,) = dataset.facts["skipped"].values()
    assert skip == {"count": 1, "first": "line 14"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({10: "10.png,fear,test,P10"}, "test has images of fear, train has none"),
        ({10: "10.png,sad,test,P1"}, r"1 subject stands .*\(P1 in test and train\).*without the"),
        ({i: f"{i}.png,sad,train,P{i}" for i in range(12)}, "only one class, sad"),
        (
            {i: f"{i}.png,sad,test,P{i}" for i in range(12)},
            "no images for training, only for test",
        ),
        (
            {i: f"{i}.jpg,sad,train,P0" for i in range(12)},
            r"no image in it can be taken \(line 2: 0.jpg: no such",
        ),
    ],
)
def test_splits_that_would_fool_are_refused_and_nothing_is_left(
    write_table: WriteTable, change: dict[int, str], refusal: str
):
    table = [f"{row},train,P{i}" for i, row in enumerate(rows())]
    for index, row in change.items():
        table[index] = row
    path = write_table(["path,label,split,subject", *table])
    with pytest.raises(ZooError, match=refusal) as refused:
        library.add("faces", path)
    assert "\n" not in str(refused.value)
    assert not library.list_datasets()


def test_what_is_not_utf8_is_refused_with_its_place(write_table: WriteTable):
    path = write_table(["path,label", *rows(), "é.png,sad"], "latin-1")
    with pytest.raises(ZooError, match=r"line \d+: not UTF-8 text: save it as UTF-8"):
        library.add("faces", path)


def test_fingerprint_is_of_labels_and_images_whatever_the_csv_is_called(
    write_table: WriteTable, tmp_path: Path
):
    path = write_table(["path,label", *rows()])
    first = library.add("first", path)
    assert library.add("again", path.rename(path.with_name("b.csv"))).fingerprint == (
        first.fingerprint
    )
    swapped = write_table(["path,label", *rows()[1:], "0.png,happy"])
    relabelled = library.add("relabelled", swapped).fingerprint
    shutil.copy(tmp_path / "faces/1.png", tmp_path / "faces/0.png")
    assert len({first.fingerprint, relabelled, library.add("o", swapped).fingerprint}) == 3


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (
            ["path,label,split", "0.png,sad,train", "1.png,joy,train", "2.png,joy,test"],
            "each class has a single training face",
        ),
        (["path,label,subject", *(f"{row},P" for row in rows())],
         "all training faces are of one subject"),
        (["path,label,subject", *(f"{row},P{i % 2}" for i, row in enumerate(rows()))],
         "without any one subject train would lack a class"),
    ],
)  # fmt: skip
def test_where_no_validation_split_can_be_drawn_the_reason_is_said(
    write_table: WriteTable, table: list[str], why: str
):
    dataset = library.add("faces", write_table(table), ImportSettings(validation_fraction=0.3))
    assert "validation" not in dataset.splits
    told = f"no validation split: zoo train needs one, and none can be drawn, for {why}"
    assert told in description.remarks(dataset)


def test_of_two_columns_that_may_be_the_label_it_is_said_which_is_taken(write_table: WriteTable):
    table = [
        "file,emotion,label,path",
        *(f"x.png,fear,{('a', 'b')[i % 2]},{i}.png" for i in range(4)),
    ]
    dataset = library.add("faces", write_table(table))
    assert dataset.classes == ("a", "b")
    assert dataset.facts["kind"] == (
        "a csv of paths; the path is taken from column path, not from file; the label is taken"
        " from column label, not from emotion"
    )
    assert set(dataset.splits["train"].columns["emotion"]) == {"fear"}


@pytest.mark.parametrize("header", ["path,label,label", "path,label,path"])
def test_two_columns_of_one_name_are_refused(write_table: WriteTable, header: str):
    path = write_table([header, *(f"{row},fear" for row in rows())])
    with pytest.raises(ZooError, match=r"line 1: 2 columns called (label|path): remove those"):
        library.add("faces", path)


def test_a_column_called_as_one_of_an_export_comes_back_from_it(
    write_table: WriteTable, tmp_path: Path
):
    table = (f"{i}.png,{FER2013_CLASSES[i % 6]},train,x" for i in range(11))
    last = "11.png,neutral,train,x"
    dataset = library.add("faces", write_table(["path,label,split,emotion", *table, last]))
    export_csv(dataset, tmp_path / "faces.csv")
    again = library.add("again", tmp_path / "faces.csv")
    assert set(again.splits["train"].columns["emotion 2"]) == {"x"}
