"""The folder version of FER2013, whose test is two splits in one, and how they are parted."""

import numpy as np
import pytest
from made_up import noise, row
from PIL import Image

from zoo.data import library
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

USAGES = ("Training", "PublicTest", "PrivateTest")
FOLDERS = {"Training": "train", "PublicTest": "test", "PrivateTest": "test"}
NAMES = ("happy", "sad")


class Version:
    """FER2013 as a csv and as folders, made of the same faces."""

    def __init__(self, root, count=24):
        self.root = root
        self.faces = noise(count)
        self.labels = [3 + index % 2 for index in range(count)]
        self.usages = [USAGES[index // 2 % 3] for index in range(count)]

    def csv(self):
        rows = map(row, self.faces, self.labels, self.usages)
        path = self.root / "fer2013.csv"
        path.write_text("\n".join(["emotion,pixels,Usage", *map(",".join, rows)]) + "\n")
        return path

    def folder(self, pattern="{index}.png", suffix="folders"):
        told = zip(self.faces, self.labels, self.usages, strict=True)
        for index, (face, label, usage) in enumerate(told):
            name = {3: "happy", 4: "sad"}[label]
            path = self.root / suffix / FOLDERS[usage] / name
            path.mkdir(parents=True, exist_ok=True)
            Image.fromarray(face).save(path / pattern.format(index=index, usage=usage))
        return self.root / suffix


@pytest.fixture
def version(tmp_path):
    return Version(tmp_path)


def parted(folder, table, name="faces"):
    return library.add(name, folder, ImportSettings(official_split=table))


def check(dataset, version):
    for split, usage in (("train", 0), ("validation", 1), ("test", 2)):
        wanted = {
            (face.tobytes(), NAMES[label - 3])
            for face, label, of in zip(version.faces, version.labels, version.usages, strict=True)
            if of == USAGES[usage]
        }
        there = dataset.splits[split]
        found = {
            (np.asarray(face).tobytes(), dataset.classes[label])
            for face, label in zip(there.faces, there.labels, strict=True)
        }
        assert found == wanted
        assert len(there) == version.usages.count(USAGES[usage])


def test_pixels_tell_validation_from_test(version):
    dataset = parted(version.folder(), version.csv())
    check(dataset, version)
    assert dataset.facts["kind"].endswith("parted into FER2013's own splits by pixels")
    assert "validation_fraction" not in dataset.facts


def test_the_csv_that_parts_them_is_not_called_left_alone(version):
    folder = version.folder()
    table = version.csv().rename(folder / "fer2013.csv")
    assert "left alone" not in parted(folder, table).facts["kind"]
    whole = library.add("whole", folder)
    assert whole.facts["kind"].endswith("a csv of faces, left alone: fer2013.csv")


def test_names_tell_it_where_pixels_cannot(version):
    folder = version.folder("{usage}_{index}.jpg")
    dataset = parted(folder, version.csv())
    for split in ("validation", "test"):
        usage = {"validation": "PublicTest_", "test": "PrivateTest_"}[split]
        assert all(usage in where for where in dataset.splits[split].ids)
    assert dataset.facts["kind"].endswith("by names")


def test_without_it_the_test_is_called_test_and_names_give_a_hint(version):
    dataset = library.add("faces", version.folder("{usage}_{index}.png"))
    assert len(dataset.splits["test"]) == 16
    assert "--official-split FER2013_CSV parts them" in dataset.facts["kind"]
    plain = library.add("plain", version.folder(suffix="plain"))
    assert plain.facts["kind"] == "a folder of images"


def test_a_face_that_stands_in_both_is_dealt_out_and_counted(version):
    public, private = version.usages.index("PublicTest"), version.usages.index("PrivateTest")
    version.faces[private] = version.faces[public]
    version.labels[private] = version.labels[public]
    dataset = parted(version.folder(), version.csv())
    check(dataset, version)
    assert dataset.facts["official_split"]["ambiguous"] == 2
    assert "2 of faces in both: the first by name are validated on" in dataset.facts["kind"]


def test_the_same_pixels_under_two_labels_are_no_ambiguity(version):
    public = version.usages.index("PublicTest")
    private = next(
        index for index, (usage, label) in enumerate(
            zip(version.usages, version.labels, strict=True)
        ) if usage == "PrivateTest" and label != version.labels[public]
    )  # fmt: skip
    version.faces[private] = version.faces[public]
    dataset = parted(version.folder(), version.csv())
    check(dataset, version)
    assert dataset.facts["official_split"]["ambiguous"] == 0


def test_the_fingerprint_is_of_the_split_not_of_the_csv(version, tmp_path):
    folder, table = version.folder(), version.csv()
    twin = tmp_path / "twin.csv"
    lines = [line.split(",") for line in table.read_text().splitlines()]
    twin.write_text("".join(f"{a}, {c}, {b}\n" for a, b, c in lines))
    first, second = parted(folder, table, "first"), parted(folder, twin, "second")
    assert first.fingerprint == second.fingerprint
    assert library.add("plain", folder).fingerprint != first.fingerprint


def one_face_changed(version):
    folder = version.folder()
    file = sorted(folder.glob("test/*/*.png"))[3]
    Image.fromarray(noise(1, 99)[0]).save(file)
    return folder


def one_face_less(version):
    folder = version.folder()
    sorted(folder.glob("test/*/*.png"))[0].unlink()
    return folder


def with_validation(version):
    folder = version.folder()
    (folder / "train").rename(folder / "val")
    (folder / "test").rename(folder / "train")
    return folder


def names_that_disagree(version):
    version.usages[2] = "PrivateTest"
    folder = version.folder("{usage}_{index}.png")
    version.usages[2] = "PublicTest"
    return folder


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (one_face_changed, "1 of its 16 test images are not those of fer2013.csv, pixel for"),
        (one_face_less, "8 images in train and 15 in test, fer2013.csv has 8 and 16: not the"),
        (with_validation, "it has a validation split already"),
        (names_that_disagree, "7 names say PublicTest, fer2013.csv has 8: not the same faces"),
    ],
)
def test_what_does_not_add_up_is_refused(version, make, message):
    folder, table = make(version), version.csv()
    with pytest.raises(ZooError, match=message):
        parted(folder, table)
    assert library.list_datasets() == []


def test_a_file_that_cannot_tell_is_refused(version, tmp_path, zoo_command):
    folder, table = version.folder(), version.csv()
    (tmp_path / "other.csv").write_text("a,b\n")
    for path in (tmp_path / "other.csv", tmp_path / "nowhere.csv"):
        result = zoo_command("data", "add", "faces", folder, "--official-split", path)
        assert result.exit_code == 2
        assert f"{path}: --official-split needs a csv with" in result.output
    result = zoo_command("data", "add", "faces", table, "--official-split", table)
    assert "--official-split needs a folder of" in result.output
