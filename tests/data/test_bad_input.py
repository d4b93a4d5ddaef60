"""Sources as strangers and broken disks leave them: one line each, and nothing half registered."""

import errno
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from made_up import noise, row
from PIL import Image

from zoo.data import library
from zoo.errors import ZooError

HEADER = "emotion,pixels,Usage"


def csv_text(labels="0123456", usages=("Training",), header=HEADER):
    faces = zip(noise(len(labels)), labels, strict=True)
    rows = [row(face, label, usages[k % len(usages)]) for k, (face, label) in enumerate(faces)]
    return "\n".join([header, *map(",".join, rows)]) + "\n"


def zipped(path, *members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def nested(root):
    inner = zipped(root / "inner.zip", ("fer2013.csv", csv_text()))
    return zipped(root / "outer.zip", ("data/inner.zip", inner.read_bytes()))


def nested_with_a_word(root):
    members = ("README.txt", "see inner.zip"), ("inner.zip", nested(root).read_bytes())
    return zipped(root / "worded.zip", *members)


def nested_in_a_folder(root):
    inner = nested(root).read_bytes()
    return zipped(root / "foldered.zip", ("README.txt", "see data"), ("data/inner.zip", inner))


def bottomless(root):
    return zipped(root / "deep.zip", ("d/" * 1500 + "fer2013.csv", csv_text()))


def rows_of_nothing(root, **arrays):
    np.savez(root / "faces.npz", **arrays)
    return root / "faces.npz"


def endless(root, name, start):
    return written(root, name, start + "a" * (2 << 20) + "\n")


def bomb(root):
    with zipfile.ZipFile(root / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("fer2013.csv", bytes(150_000_000))
    return root / "bomb.zip"


def twice(root):
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped(root / "twice.zip", ("a.csv", csv_text()), ("a.csv", csv_text()))


def itself(root):
    (root / "loop").symlink_to(root / "loop")
    return root / "loop"


def written(root, name, text):
    (root / name).write_text(text, encoding="utf-8")
    return root / name


def images(root, *names):
    for seed, name in enumerate(names):
        path = root / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(1, seed)[0]).save(path)
    return root / "faces"


def half_of_ckplus(root):
    return images(root, "cohn-kanade-images/S005/001/S005_001_00000001.png")


def one_person_twice(root):
    images(root, "0.png", "1.png", "2.png")
    rows = ["0.png,sad,train,anna", "1.png,happy,train,ben", "2.png,sad,test,anna"]
    return written(root / "faces", "faces.csv", "\n".join(["path,label,split,subject", *rows]))


REFUSED = {
    "an archive in an archive": (nested, "an archive in an archive, inner.zip"),
    "an archive and a word on it in an archive": (
        nested_with_a_word,
        "an archive in an archive, inner.zip",
    ),
    "an archive of folders without end": (bottomless, "stands in more than 100 folders"),
    "faces of nothing": (
        lambda root: rows_of_nothing(root, x=np.ones((5, 0, 0)), y=np.arange(5)),
        "x is (5, 0, 0): nothing in each row",
    ),
    "labels of nothing, without number": (
        lambda root: rows_of_nothing(root, x=noise(5), y=np.empty((2**40, 0))),
        "y is (1099511627776, 0): nothing in each row",
    ),
    "a quote that stays open": (
        lambda root: written(root, "faces.csv", 'path,label,"note\n' + 20_000 * "0.png,sad,\n"),
        "field larger than field limit (131072): mend the csv",
    ),
    "a line without end": (
        lambda root: endless(root, "faces.csv", "path,label\n0.png,"),
        "faces.csv line 2: longer than 1,048,576 bytes",
    ),
    "a way out of the folder": (
        lambda root: zipped(root / "out.zip", ("../evil.csv", csv_text())),
        "'../evil.csv' leads out of the folder",
    ),
    "a bomb": (bomb, "unpacks to more than 200 times its size"),
    "a name that stands twice": (twice, "'a.csv' stands in it twice"),
    "a link to itself": (itself, "no such file or folder"),
    "a blank label": (
        lambda root: written(root, "blank.csv", csv_text(["0", "1", ""])),
        "blank.csv line 4: label '', expected 0–6",
    ),
    "half of CK+": (half_of_ckplus, "half of CK+, cohn-kanade-images without Emotion"),
    "a subject in two splits": (one_person_twice, "1 subject stands in several splits (anna in"),
    "a class that train lacks": (
        lambda root: images(root, "train/a/0.png", "train/b/0.png", "test/c/0.png"),
        "test has images of c, train has none",
    ),
    "an archive in a folder beside a word on it in an archive": (
        nested_in_a_folder,
        "no images: expected train|validation|test/<class>/* or <class>/*; it holds the archive"
        " data/inner.zip: unpack it",
    ),
    "no split but an empty one": (
        lambda root: (root / "faces/train/happy").mkdir(parents=True) or root / "faces",
        "no images",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_one_line_and_nothing_is_left(what, tmp_path, zoo_command):
    make, told = REFUSED[what]
    source = make(tmp_path)
    result = zoo_command("data", "add", "faces", source)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith(f"zoo: {source}")
    assert told in line
    assert not (tmp_path / "evil.csv").exists()
    assert library.list_datasets() == []
    assert left_behind() == []


def left_behind():
    """What is in the cache, and what is kept of imports that can go on."""
    return [
        path.name
        for folder in ("cache", "unfinished")
        for path in (library.data_folder() / folder).glob("*")
    ]


def astray(root):
    folder = images(
        root, *(f"{split}/{name}/0.png" for split in ("train", "val") for name in "ab")
    )
    (folder / "train/back").symlink_to(folder)
    (folder / "train/a/gone.png").symlink_to("0.jpg")
    (folder / "train/a/.#0.png").symlink_to("nobody")
    (folder / "val/a/out.png").symlink_to("/etc/passwd")
    return folder


def an_empty_split(root):
    folder = images(
        root, *(f"{split}/{name}/0.png" for split in ("train", "val") for name in "ab")
    )
    (folder / "test/a").mkdir(parents=True)
    return folder


def missing_files(root):
    images(root, "0.png", "1.png", "2.png", "3.png")
    rows = [f"{k}.png,{name}" for k, name in enumerate(("sad", "happy") * 3)]
    return written(root / "faces", "faces.csv", "\n".join(["path,label", *rows]))


def loose_images(root):
    return images(root, "a/0.png", "a/p1/0.png", "b/p1/0.png", "0.png")


def labels_beside(root):
    folder = images(root, "part1/0.png", "part1/1.png", "part2/0.png", "part2/1.png")
    rows = [f"part{k // 2 + 1}/{k % 2}.png,{('sad', 'happy')[k % 2]}" for k in range(4)]
    written(folder, "labels.csv", "\n".join(["path,label", *rows]))
    return folder


TOLD = {
    "images in no class's folder": (
        loose_images,
        "a folder of images; 1 images in no class's folder, left alone: 0.png",
    ),
    "a csv of paths beside folders": (labels_beside, "a csv of paths called labels.csv"),
    "links that lead astray": (
        astray,
        "a folder of images; links out of it, back or to nothing, left alone: train/a/gone.png,"
        " train/back, val/a/out.png",
    ),
    "an empty split": (an_empty_split, "a folder of images; without images, left alone: test"),
    "files that are not there": (
        missing_files,
        "skipped 2: no such file (the first: line 6: 4.png)",
    ),
    "names in other scripts": (
        lambda root: images(
            root, "радость/лицо 1.png", "радость/顔.png", "غضب/ö.png", "غضب/ñ.png"
        ),
        "classes радость, غضب",
    ),
    "a class that FER2013's Training lacks": (
        lambda root: written(
            root, "fer.csv", csv_text("0123", ("Training", "Training", "PrivateTest"))
        ),
        "test has faces of fear, train has none: no model learns them",
    ),
    "classes that PublicTest lacks": (
        lambda root: written(
            root,
            "fer.csv",
            csv_text("01203", ("Training",) * 4 + ("PublicTest",))
            + csv_text("3").partition("\n")[2],
        ),
        "validation has no faces of angry, disgust, fear: nothing is measured of them",
    ),
    "a subject in Training and PublicTest": (
        lambda root: written(
            root,
            "fer.csv",
            csv_text("0101", ("Training,a", "Training,b", "PublicTest,a"), HEADER + ",subject"),
        ),
        "1 subject in several splits (the first: a in train and validation)",
    ),
}


@pytest.mark.parametrize("what", TOLD)
def test_it_is_told_in_a_line_and_the_rest_goes_on(what, tmp_path, zoo_command):
    make, told = TOLD[what]
    result = zoo_command("data", "add", "faces", make(tmp_path))
    assert result.exit_code == 0, result.output
    assert sum(told in line for line in result.output.splitlines()) == 1, result.output
    assert [entry.name for entry in library.list_datasets()] == ["faces"]


@pytest.mark.parametrize(
    ("when", "told", "kept"),
    [
        (0.5, "went away while it was read; the same zoo data add goes on", ["faces"]),
        (1.0, "changed while it was read: add it again", []),
    ],
)
def test_a_folder_that_vanishes_meanwhile_is_never_half_registered(tmp_path, when, told, kept):
    names = (
        f"{split}/{name}/{k}.png" for split in ("train", "val") for name in "ab" for k in "01"
    )
    folder = images(tmp_path, *names)

    def vanish(done, total):
        if done >= when * total:
            shutil.rmtree(folder, ignore_errors=True)

    with pytest.raises(ZooError) as refusal:
        library.add("faces", folder, progress=vanish)
    assert str(refusal.value).startswith(f"{folder}: {told}")
    assert library.list_datasets() == []
    assert left_behind() == kept


def test_a_csv_on_a_disk_that_vanishes_is_told_and_added_once_it_is_back(
    tmp_path, zoo_command, monkeypatch
):
    source = written(tmp_path, "fer2013.csv", csv_text())
    open_path = Path.open

    def gone(path, *arguments, **named):
        if path == source and library.data_folder().joinpath("unfinished").exists():
            raise OSError(errno.EIO, "Input/output error")
        return open_path(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", gone)
        result = zoo_command("data", "add", "faces", source)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert f"{source}: cannot be read to its end (Input/output error)" in line
    assert "the same zoo data add goes on where it stopped" in line
    assert library.list_datasets() == []
    assert left_behind() == ["faces"]
    assert zoo_command("data", "add", "faces", source).exit_code == 0
