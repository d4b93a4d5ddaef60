"""Images whose names say their label and whose face it is: CK+48, JAFFE, KDEF; RAF-DB's list."""

import shutil
from pathlib import Path

import pytest
from trees import write_images

from zoo.data import library
from zoo.data.dataset import Dataset
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError


def rows(dataset: Dataset, *columns: str) -> dict[str, tuple[str, ...]]:
    """The class of each face, and what the columns say, by the name of its file."""
    return {
        split.ids[i].split("/")[-1]: (
            dataset.classes[split.labels[i]], *(str(split.columns[name][i]) for name in columns)
        )
        for split in dataset.splits.values()
        for i in range(len(split))
    }  # fmt: skip


def test_ck48_classes_are_folders_and_names_say_whose_face_it_is(tmp_path: Path):
    names = [
        f"{name}/S{subject:03d}_004_000000{17 + i}.png"
        for name in ("anger", "contempt", "sadness") for subject in range(10, 16) for i in range(3)
    ]  # fmt: skip
    dataset = library.add("ck48", write_images(tmp_path / "faces", names))
    assert dataset.facts["kind"] == "images called as CK+48's"
    assert dataset.classes == ("angry", "sad", "contempt")
    of = {name: set(split.columns["subject"]) for name, split in dataset.splits.items()}
    assert len(of["validation"]) == 1
    assert not of["train"] & of["validation"]
    for name, split in dataset.splits.items():
        for where, label in zip(split.ids, split.labels, strict=True):
            folder = where.split("/")[0]
            assert {"anger": "angry", "contempt": "contempt", "sadness": "sad"}[folder] == (
                dataset.classes[label]
            ), name


def test_ck48_split_by_frame_is_refused(tmp_path: Path):
    names = [
        f"{split}/{name}/S010_004_0000001{frame}.png"
        for name in ("anger", "fear") for split, frame in (("train", 1), ("test", 2))
    ]  # fmt: skip
    with pytest.raises(ZooError, match=r"1 subject stands .*\(S010 in test and train\)"):
        library.add("ck48", write_images(tmp_path / "faces", names))


def test_jaffe_names_say_subject_and_emotion(tmp_path: Path):
    codes = ["AN", "DI", "FE", "HA", "NE", "SA", "SU"]
    names = [f"{who}.{code}{1 + i}.{39 + i}.tiff" for who in ("KA", "YM", "UY")
             for i, code in enumerate(codes)]  # fmt: skip
    dataset = library.add("jaffe", write_images(tmp_path / "jaffe", [*names, "montage.png"]))
    assert dataset.facts["kind"] == "images called as JAFFE's"
    found = rows(dataset, "subject")
    emotions = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert [found[name] for name in names[:7]] == [(name, "KA") for name in emotions]
    assert len(found) == 21
    assert dataset.facts["skipped"] == {
        "not called as JAFFE's": {"count": 1, "first": "montage.png"}
    }


def test_kdef_names_say_session_subject_emotion_and_angle(tmp_path: Path):
    codes = ["AF", "AN", "DI", "HA", "NE", "SA", "SU"]
    names = [f"{session}{who}/{session}{who}{code}{angle}.JPG" for session in "AB"
             for who in ("F01", "M02") for code in codes
             for angle in ("S", "HL", "FR")]  # fmt: skip
    dataset = library.add("kdef", write_images(tmp_path / "kdef", names))
    found = rows(dataset, "subject", "session", "angle")
    assert found["AF01ANS.JPG"] == ("angry", "F01", "A", "S")
    assert found["BM02AFHL.JPG"] == ("fear", "M02", "B", "HL")
    assert found["AM02SUFR.JPG"] == ("surprise", "M02", "A", "FR")
    assert len(found) == 84
    of = {name: set(split.columns["subject"]) for name, split in dataset.splits.items()}
    assert sorted(map(len, of.values())) == [1, 1]


def test_a_folder_that_contradicts_its_names_is_counted(tmp_path: Path):
    names = [f"{folder}/{who}.{code}1.1.tiff" for who in ("KA", "YM")
             for folder, code in (("anger", "AN"), ("happy", "HA"))]  # fmt: skip
    root = write_images(tmp_path / "jaffe", [*names, "happy/KA.SA1.1.tiff"])
    assert library.add("jaffe", root).facts["skipped"] == {
        "folder and name say different emotions": {"count": 1, "first": "happy/KA.SA1.1.tiff"}
    }


@pytest.mark.parametrize("name", ["jaffe/KA.{}1.1.tiff", "kdef/AF01{}S.JPG"])
def test_links_to_nothing_and_out_of_the_folder_are_counted(tmp_path: Path, name: str):
    names = [name.format(code) for code in ("AN", "HA")]
    root = write_images(tmp_path / "faces", [*names, *(n.replace("1", "2") for n in names)])
    outside = write_images(tmp_path, [f"elsewhere/{Path(names[0]).name}"]) / "elsewhere"
    (root / name.format("SU")).symlink_to("gone")
    (root / name.format("SA")).symlink_to(outside / Path(names[0]).name)
    dataset = library.add("faces", root)
    assert len(rows(dataset)) == 4
    assert dataset.facts["skipped"] == {
        "link out of the folder, back or to nothing": {"count": 2, "first": name.format("SA")}
    }


def test_folders_of_other_images_are_read_as_before(tmp_path: Path):
    names = [f"{name}/{i}.png" for name in ("anger", "fear") for i in range(4)]
    dataset = library.add("faces", write_images(tmp_path / "faces", names))
    assert dataset.facts["reader"] == "folders"
    assert "subject" not in dataset.splits["train"].columns


@pytest.fixture
def rafdb(tmp_path: Path) -> Path:
    """Three training faces of each code, one test face of each."""
    lines = [f"train_{i:05d}.jpg {1 + i % 7}" for i in range(21)]
    lines += [f"test_{i:04d}.jpg {1 + i % 7}" for i in range(7)]
    root = tmp_path / "RAF-DB" / "basic"
    write_images(
        root, [f"Image/aligned/{line.split('.')[0]}_aligned.jpg" for line in lines]
    )  # fmt: skip
    (root / "EmoLabel").mkdir()
    (root / "EmoLabel/list_patition_label.txt").write_text("\n".join(lines) + "\n")
    return root


@pytest.mark.parametrize("above", [False, True])
def test_rafdb_labels_stand_in_its_list(rafdb: Path, above: bool):
    dataset = library.add("rafdb", rafdb.parent if above else rafdb)
    assert dataset.facts["kind"] == "RAF-DB"
    found = rows(dataset)
    emotions = ["surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"]
    assert [found[f"train_0000{i}_aligned.jpg"] for i in range(7)] == [(e,) for e in emotions]
    assert [found[f"test_000{i}_aligned.jpg"] for i in range(7)] == [(e,) for e in emotions]
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 14, "validation": 7, "test": 7,
    }  # fmt: skip


def test_rafdb_faces_that_are_missing_are_counted(rafdb: Path):
    (rafdb / "Image/aligned/train_00004_aligned.jpg").unlink()
    assert library.add("rafdb", rafdb).facts["skipped"] == {
        "no such file": {"count": 1, "first": "line 5: train_00004_aligned.jpg"}
    }


def test_rafdb_faces_that_are_links_astray_are_counted_once(rafdb: Path):
    aligned = rafdb / "Image/aligned"
    shutil.move(aligned / "train_00004_aligned.jpg", rafdb.parent / "outside.jpg")
    (aligned / "train_00004_aligned.jpg").symlink_to(rafdb.parent / "outside.jpg")
    (aligned / "train_00005_aligned.jpg").unlink()
    (aligned / "train_00005_aligned.jpg").symlink_to("gone")
    dataset = library.add("rafdb", rafdb)
    assert len(rows(dataset)) == 26
    where = "Image/aligned/train_00004_aligned.jpg"
    assert dataset.facts["skipped"] == {
        "link out of the folder, back or to nothing": {"count": 2, "first": where}
    }


@pytest.mark.parametrize(
    "line", ["train_00001.jpg 8", "train_00001.jpg", "a.jpg 1", "../train_1.jpg 1"]
)
def test_rafdb_lines_that_cannot_be_right_stop_the_import(rafdb: Path, line: str):
    with (rafdb / "EmoLabel/list_patition_label.txt").open("a") as file:
        file.write(line)
    with pytest.raises(ZooError, match="list_patition_label.txt line 29: .*a code 1–7"):
        library.add("rafdb", rafdb)
    dataset = library.add("rafdb", rafdb, ImportSettings(skip_bad_rows=True))
    assert sum(len(split) for split in dataset.splits.values()) == 28


def test_half_a_rafdb_is_refused(rafdb: Path):
    table = rafdb / "EmoLabel/list_patition_label.txt"
    table.rename(rafdb / "list.txt")
    with pytest.raises(ZooError, match="half of RAF-DB, aligned without list_patition"):
        library.add("rafdb", rafdb)
