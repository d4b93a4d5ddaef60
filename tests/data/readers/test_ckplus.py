"""CK+ as distributed: peaks and first frames of labelled sequences, split by subject."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from trees import write_ckplus

from zoo.data import library
from zoo.data.subjects import subject_folds
from zoo.errors import ZooError

CODE = "   {}.0000000e+00\n"
NAMES = ["neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise"]


@pytest.fixture
def ckplus(tmp_path: Path) -> Path:
    """Six subjects, each with the codes 1–7, and one sequence without a code."""
    codes = {f"S{s:03d}/{c:03d}": CODE.format(c) for s in range(5, 11) for c in range(1, 8)}
    return write_ckplus(tmp_path / "CK+", {**codes, "S999/001": ""})


def test_the_last_three_frames_are_the_emotion_and_the_first_is_neutral(ckplus: Path):
    dataset = library.add("ck", ckplus)
    assert dataset.facts["kind"].startswith("CK+ as it is distributed, whole frames")
    assert dataset.classes == (
        "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt"
    )  # fmt: skip
    seen = set()
    for split in dataset.splits.values():
        for where, label, face in zip(split.ids, split.labels, split.faces, strict=True):
            _, subject, sequence, file = where.split("/")
            frame = int(file.split("_")[2].removesuffix(".png"))
            expected = "neutral" if frame == 1 else NAMES[int(sequence)]
            assert dataset.classes[label] == expected, where
            assert np.array_equal(face[..., 0], np.asarray(Image.open(ckplus / where)))
            seen.add((subject, sequence, frame))
    assert seen == {
        (f"S{s:03d}", f"{c:03d}", f)
        for s in range(5, 11) for c in range(1, 8) for f in (1, 4, 5, 6)
    }  # fmt: skip
    assert dataset.facts["skipped"] == {
        "sequence without a label": {"count": 1, "first": "cohn-kanade-images/S999/001"}
    }


def test_subjects_are_kept_and_stand_in_one_split_and_one_fold(ckplus: Path):
    dataset = library.add("ck", ckplus)
    of = {name: set(split.columns["subject"]) for name, split in dataset.splits.items()}
    assert len(of["validation"]) == 1
    assert not of["train"] & of["validation"]
    assert dataset.splits["train"].columns["sequence"][0] == "001"
    folds = subject_folds(dataset, 3, seed=0)
    for name, fold in folds.items():
        for subject in of[name]:
            assert len(set(fold[dataset.splits[name].columns["subject"] == subject])) == 1


def test_frames_are_ordered_by_their_number_and_short_sequences_give_what_they_have(
    tmp_path: Path,
):
    root = write_ckplus(
        tmp_path / "CK+",
        {"S001/001": CODE.format(5), "S002/001": CODE.format(5), "S003/001": "3.0"},
        frames=3,
    )
    folder = root / "cohn-kanade-images/S001/001"
    (folder / "S001_001_00000001.png").rename(folder / "S001_001_10000000.png")
    (root / "cohn-kanade-images/S003/001/S003_001_00000002.png").unlink()
    (root / "cohn-kanade-images/S003/001/S003_001_00000003.png").unlink()
    dataset = library.add("ck", root)
    labels = {
        where.split("/")[-1]: dataset.classes[label]
        for split in dataset.splits.values()
        for where, label in zip(split.ids.tolist(), split.labels, strict=True)
    }
    assert {name: label for name, label in labels.items() if "S001" in name} == {
        "S001_001_00000002.png": "neutral", "S001_001_00000003.png": "happy",
        "S001_001_10000000.png": "happy",
    }  # fmt: skip
    assert list(dataset.facts["skipped"]) == ["sequence of fewer than two frames"]


@pytest.mark.parametrize("code", ["8.0", "-1", "2.5", "happy", "nan", "inf", " "])
def test_a_label_that_is_no_code_is_counted(ckplus: Path, code: str):
    (ckplus / "Emotion/S005/001/S005_001_00000006_emotion.txt").write_text(code)
    skipped = library.add("ck", ckplus).facts["skipped"]
    assert skipped["label that is no code 0–7"]["count"] == 1


def test_links_to_nothing_are_counted_and_no_other_frame_stands_in_for_one(ckplus: Path):
    labels, gone = ckplus / "Emotion/S006/002", ckplus / "gone.png"
    frames = [f"cohn-kanade-images/S005/001/S005_001_{number:08d}.png" for number in (1, 6)]
    for link in [*(ckplus / frame for frame in frames), *labels.iterdir()]:
        link.unlink()
        link.symlink_to(gone)
    dataset = library.add("ck", ckplus)
    ids = [where for split in dataset.splits.values() for where in split.ids.tolist()]
    assert sorted(where for where in ids if "S005/001" in where) == [
        f"cohn-kanade-images/S005/001/S005_001_{number:08d}.png" for number in (4, 5)
    ]
    assert len(ids) == 6 * 7 * 4 - 2 - 4
    assert dataset.facts["skipped"] == {
        "link out of the folder, back or to nothing": {"count": 3, "first": frames[0]},
        "sequence without a label": {"count": 2, "first": "cohn-kanade-images/S006/002"},
    }


def test_a_label_without_frames_is_counted(ckplus: Path):
    shutil.rmtree(ckplus / "cohn-kanade-images/S005/002")
    skipped = library.add("ck", ckplus).facts["skipped"]
    assert skipped["label without frames"]["first"].startswith("Emotion/S005/002/")


def test_swapped_labels_are_another_data_set(ckplus: Path):
    first = library.add("one", ckplus)
    for sequence, code in (("001", 2), ("002", 1)):
        file = ckplus / f"Emotion/S005/{sequence}/S005_{sequence}_00000006_emotion.txt"
        file.write_text(CODE.format(code))
    assert library.add("two", ckplus).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("Emotion", "half of CK+, cohn-kanade-images without Emotion"),
        ("cohn-kanade-images", "half of CK+, Emotion without cohn-kanade-images"),
    ],
)
def test_half_a_ckplus_is_refused_in_one_line(ckplus: Path, gone: str, said: str):
    shutil.rmtree(ckplus / gone)
    with pytest.raises(ZooError) as refused:
        library.add("ck", ckplus)
    assert str(refused.value) == f"{ckplus}: {said}: unpack both into it"
    assert not library.list_datasets()


def test_the_trees_may_stand_in_folders_of_their_archives(ckplus: Path):
    direct = library.add("direct", ckplus)
    for archive, tree in (("extended", "cohn-kanade-images"), ("Emotion_labels", "Emotion")):
        (ckplus / archive).mkdir()
        (ckplus / tree).rename(ckplus / archive / tree)
    nested = library.add("nested", ckplus)
    assert len(nested.splits["train"]) == len(direct.splits["train"])
    with pytest.raises(ZooError, match="one tree of CK"):
        library.add("tree", ckplus / "extended/cohn-kanade-images")
