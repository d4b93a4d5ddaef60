"""Image folders: classes by name, splits by folder, bad images counted, the rest goes on."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zoo.data import description, library
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

WriteImages = Callable[..., Path]


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_split_folders_are_splits_and_classes_go_by_name(write_images: WriteImages) -> None:
    root = write_images(
        {
            "train/Happiness": 3, "train/anger": 2, "val/happy": 2, "val/anger": 1,
            "TEST/joy": 1, "TEST/angry": 2,
        }
    )  # fmt: skip
    dataset = library.add("faces", root)
    assert dataset.classes == ("angry", "happy")
    assert list(dataset.splits) == ["train", "validation", "test"]
    assert dataset.splits["train"].ids.tolist() == [
        "train/Happiness/0.png", "train/Happiness/1.png", "train/Happiness/2.png",
        "train/anger/0.png", "train/anger/1.png",
    ]  # fmt: skip
    assert dataset.splits["train"].labels.tolist() == [1, 1, 1, 0, 0]
    assert dataset.splits["validation"].labels.tolist() == [0, 1, 1]
    assert dataset.splits["test"].labels.tolist() == [0, 0, 1]
    for split in dataset.splits.values():
        for face, where in zip(split.faces, split.ids, strict=True):
            assert np.array_equal(face[..., 0], pixels(root / where))
    assert "validation_fraction" not in dataset.facts


def test_bare_class_folders_get_a_stratified_validation_split(write_images: WriteImages) -> None:
    root = write_images({"happy": 40, "sad": 20, "fear": 4})
    dataset = library.add("faces", root, ImportSettings(validation_fraction=0.25, seed=3))
    assert list(dataset.splits) == ["train", "validation"]
    counts = Counter(dataset.splits["validation"].labels.tolist())
    assert {dataset.classes[label]: n for label, n in counts.items()} == {
        "happy": 10, "sad": 5, "fear": 1,
    }  # fmt: skip
    ids = [*dataset.splits["train"].ids, *dataset.splits["validation"].ids]
    assert len(set(ids)) == len(ids) == 64
    assert dataset.facts["validation_fraction"] == 0.25
    assert dataset.facts["validation_seed"] == 3
    assert any("25%" in line and "seed 3" in line for line in description.remarks(dataset))


def test_the_validation_split_depends_on_seed_and_fraction_alone(
    write_images: WriteImages, tmp_path: Path
) -> None:
    root = write_images({"happy": 30, "sad": 30})
    copy = shutil.copytree(root, tmp_path / "copy")
    first = library.add("first", root)
    again = library.add("again", copy)
    other = library.add("other", root, ImportSettings(seed=1))
    larger = library.add("larger", root, ImportSettings(validation_fraction=0.2))
    chosen = [d.splits["validation"].ids.tolist() for d in (first, again, other, larger)]
    assert chosen[0] == chosen[1]
    assert chosen[0] != chosen[2]
    assert len(chosen[3]) == 2 * len(chosen[0])
    prints = [d.fingerprint for d in (first, again, other, larger)]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_train_and_test_alone_take_validation_from_train(write_images: WriteImages) -> None:
    root = write_images({"train/a": 10, "train/b": 10, "test/a": 5, "test/b": 5})
    dataset = library.add("faces", root)
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 18, "validation": 2, "test": 10,
    }  # fmt: skip
    assert all(where.startswith("train/") for where in dataset.splits["validation"].ids)


def test_a_class_of_one_image_keeps_it_for_training(write_images: WriteImages) -> None:
    dataset = library.add("faces", write_images({"a": 1, "b": 8}))
    assert Counter(dataset.splits["train"].labels.tolist())[0] == 1


def test_unreadable_images_are_counted_and_the_rest_goes_on(write_images: WriteImages) -> None:
    root = write_images({"train/a": 5, "train/b": 5, "val/a": 1, "val/b": 1})
    (root / "train/a/1.png").write_bytes(b"")
    (root / "train/a/2.png").write_text("no image")
    (root / "train/b/3.png").write_bytes((root / "train/b/3.png").read_bytes()[:99])
    (root / "train/b/4.png").write_text("no image either")
    dataset = library.add("faces", root)
    assert len(dataset.splits["train"]) == 6
    assert dataset.facts["skipped"] == {
        "not an image": {"count": 2, "first": "train/a/2.png"},
        "empty file": {"count": 1, "first": "train/a/1.png"},
        "corrupt image": {"count": 1, "first": "train/b/3.png"},
    }
    assert "skipped 2: not an image (the first: train/a/2.png)" in description.remarks(dataset)


def test_faces_that_are_cached_are_not_decoded_again_whatever_was_skipped(
    write_images: WriteImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_images({"train/a": 3, "train/b": 3})
    (root / "train/a/1.png").write_bytes(b"")
    first = library.add("first", root)
    monkeypatch.delattr("zoo.data.readers.labelled.map_images")
    assert library.add("second", root).fingerprint == first.fingerprint


def test_hidden_files_other_files_and_links_out_are_left_alone(
    write_images: WriteImages, tmp_path: Path
) -> None:
    root = write_images({"a": 2, "b": 2})
    outside = write_images({"c": 2}, root="outside")
    shutil.copy(root / "a/0.png", root / "a/._0.png")
    shutil.copytree(root / "a", root / ".hidden")
    (root / "a/Thumbs.db").write_bytes(b"thumbs")
    (root / "notes.txt").write_text("notes")
    (root / "a/link.png").symlink_to(outside / "c/0.png")
    (root / "c").symlink_to(outside / "c")
    (root / "loop").symlink_to(root / "loop")
    (root / "b/inside.png").symlink_to(root / "a/1.png")
    dataset = library.add("faces", root)
    ids = {where for split in dataset.splits.values() for where in split.ids}
    assert ids == {"a/0.png", "a/1.png", "b/0.png", "b/1.png", "b/inside.png"}
    assert dataset.facts["skipped"] == {}


def test_images_in_folders_below_a_classs_folder_are_of_that_class(
    write_images: WriteImages,
) -> None:
    root = write_images({"angry": 2, "sad": 2, "Happiness/p1/day 2": 3, "sad/p1": 1})
    dataset = library.add("faces", root)
    assert dataset.classes == ("angry", "happy", "sad")
    labels = {
        where: dataset.classes[label]
        for split in dataset.splits.values()
        for where, label in zip(split.ids, split.labels, strict=True)
    }
    assert len(labels) == 8
    assert labels["Happiness/p1/day 2/0.png"] == "happy"
    assert labels["sad/p1/0.png"] == "sad"


def test_folders_of_unknown_names_are_classes_where_one_holds_images(
    write_images: WriteImages,
) -> None:
    root = write_images({"train/cats": 2, "train/dogs/big": 2, "test/dogs/small/brown": 1})
    dataset = library.add("faces", root, ImportSettings(validation_fraction=0.5))
    assert dataset.classes == ("cats", "dogs")
    assert dataset.splits["test"].ids.tolist() == ["test/dogs/small/brown/0.png"]


@pytest.mark.parametrize(
    ("counts", "loose"),
    [
        ({".": 2}, "2 images in no class's folder, left alone: 0.png, 1.png"),
        ({"happy/sad": 1}, "1 images in no class's folder, left alone: happy/sad/0.png"),
        ({"sad/test": 1}, "1 images in no class's folder, left alone: sad/test/0.png"),
        (
            {"more/happy": 4},
            "4 images in no class's folder, left alone: more/happy/0.png, more/happy/1.png,"
            " more/happy/2.png and 1 more",
        ),
    ],
)
def test_images_that_belong_to_no_class_are_counted_and_said(
    write_images: WriteImages, counts: dict[str, int], loose: str
) -> None:
    dataset = library.add("faces", write_images({"happy": 2, "sad": 2} | counts))
    assert dataset.classes == ("happy", "sad")
    assert sum(len(split) for split in dataset.splits.values()) == 4
    assert loose in dataset.facts["kind"]


def test_images_beside_classes_in_folders_of_splits_are_counted_and_said(
    write_images: WriteImages,
) -> None:
    root = write_images(
        {"train/a": 2, "train/b": 2, "train": 1, "val/a": 1, ".": 1, "figures/paper": 1}
    )
    dataset = library.add("faces", root)
    assert sum(len(split) for split in dataset.splits.values()) == 5
    assert (
        "3 images in no class's folder, left alone: train/0.png, 0.png, figures/paper/0.png"
        in dataset.facts["kind"]
    )


def test_folders_of_subjects_are_not_taken_for_classes(write_images: WriteImages) -> None:
    root = write_images({"anna/happy": 1, "anna/sad": 1, "ben/happy": 1, "ben/sad": 1})
    with pytest.raises(ZooError, match=r"no images in a class's folder, but anna/happy/0\.png"):
        library.add("faces", root)


def test_folders_that_stand_in_one_another_without_end_are_refused(
    write_images: WriteImages,
) -> None:
    root = write_images({"happy": 1, "sad": 1})
    deep = root / "happy"
    for _ in range(1200):
        deep /= "d"
        os.mkdir(deep)
    with pytest.raises(ZooError, match="more than 100 folders in one another"):
        library.add("faces", root)
    subprocess.run(["rm", "-r", root / "happy"], check=True)  # Python's own would call itself


def test_a_csv_of_paths_labels_images_where_folders_are_not_called_as_emotions(
    write_images: WriteImages,
) -> None:
    root = write_images({"images": 4, "more": 1})
    lines = [f"images/{k}.png,{('cat', 'dog')[k % 2]}" for k in range(4)]
    (root / "labels.csv").write_text("\n".join(["file,class", *lines]))
    assert library.add("faces", root).classes == ("cat", "dog")
    (root / "other.csv").write_text((root / "labels.csv").read_text())
    with pytest.raises(
        ZooError, match=r"several csv files of paths: name one of them, labels\.csv"
    ):
        library.add("faces", root, overwrite=True)


def test_folders_called_as_emotions_say_it_themselves_and_the_csv_is_named(
    write_images: WriteImages,
) -> None:
    root = write_images({"train/happy": 2, "train/sad": 2})
    lines = [f"train/happy/{k}.png,sad" for k in range(2)]
    (root / "labels.csv").write_text("\n".join(["path,label", *lines]))
    dataset = library.add("faces", root)
    assert sum(len(split) for split in dataset.splits.values()) == 4
    assert "a csv of paths, left alone: labels.csv" in dataset.facts["kind"]


@pytest.mark.parametrize("table", ["path,width\na/0.png,48\n", "path,label\nelsewhere/0.png,x\n"])
def test_a_csv_that_labels_no_image_there_changes_nothing(
    write_images: WriteImages, table: str
) -> None:
    root = write_images({"a": 2, "b": 2})
    (root / "about.csv").write_text(table)
    assert library.add("faces", root).classes == ("a", "b")


def test_images_of_any_shape_become_faces_of_one(write_images: WriteImages) -> None:
    root = write_images({"a": 2, "b": 2})
    Image.new("RGB", (100, 30), (10, 200, 30)).save(root / "a/2.jpg", quality=95)
    dataset = library.add("faces", root, ImportSettings(size=32, colour="rgb"))
    assert dataset.face_shape == (32, 32, 3)
    assert dataset.facts["colour"] == "rgb"


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ({}, "no images"),
        ({"train/a": 0, "train/b": 0}, "no images"),
        ({"a": 3}, "only one class, a"),
        ({"train/a": 3, "test/a": 3}, "only one class, a"),
        ({"train/a": 2, "train/b": 2, "test/c": 1}, "test has images of c, train has none"),
        ({"test/a": 2, "test/b": 2}, "no images in a folder called train, only in test"),
        ({"happy": 2, "happiness": 2}, "both mean 'happy'"),
        ({"train/a": 2, "train/b": 2, "val/a": 1, "valid/b": 1}, "several folders are the val"),
        ({"train/a": 2, "train/b": 2, "happy": 2}, "images beside the folders of splits"),
    ],
)
def test_folders_that_make_no_data_set_are_refused(
    write_images: WriteImages, tmp_path: Path, folders: dict[str, int], message: str
) -> None:
    (tmp_path / "faces").mkdir()
    root = write_images(folders)
    with pytest.raises(ZooError, match=message) as refusal:
        library.add("faces", root)
    assert str(root) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert library.list_datasets() == []


def test_a_folder_that_holds_a_csv_says_so(tmp_path: Path) -> None:
    (tmp_path / "faces.csv").write_text("path,label\n")
    with pytest.raises(ZooError, match=r"it holds faces\.csv: name that file instead"):
        library.add("faces", tmp_path)


def test_a_class_without_a_readable_training_image_is_refused(write_images: WriteImages) -> None:
    root = write_images({"train/a": 2, "train/b": 1, "val/a": 1, "val/b": 1})
    (root / "train/b/0.png").write_bytes(b"")
    with pytest.raises(ZooError, match="no training image of class 'b' can be read"):
        library.add("faces", root)
    assert not list((library.data_folder() / "cache").glob("*"))


def test_a_folder_without_permission_is_refused(write_images: WriteImages) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    root = write_images({"a": 2, "b": 2})
    (root / "a").chmod(0)
    with pytest.raises(ZooError, match="cannot be read"):
        library.add("faces", root)
