"""Kaggle's train.csv and test.csv, and folders of several csv files."""

from collections import Counter

import numpy as np
import pytest
from made_up import noise, row

from zoo.data import description, library
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError


@pytest.fixture
def write_table(tmp_path):
    def write(name, header, rows):
        path = tmp_path / "kaggle" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([header, *(",".join(fields) for fields in rows)]) + "\n")
        return path

    return write


def labelled(count, classes=2):
    return [row(face, index % classes)[:2] for index, face in enumerate(noise(count))]


def unlabelled(count):
    return [(f'"{row(face)[1]}"',) for face in noise(count, 5)]


def usages(count):
    names = ("Training", "PublicTest", "PrivateTest")
    return [row(face, i % 2, names[i % 3]) for i, face in enumerate(noise(count, 3))]


def test_without_usage_a_stratified_share_of_the_rows_is_validated_on(write_table):
    rows = [row(face, 0 if index < 40 else 3)[:2] for index, face in enumerate(noise(60))]
    path = write_table("train.csv", "emotion,pixels", rows)
    dataset = library.add("train", path, ImportSettings(validation_fraction=0.25, seed=4))
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 45, "validation": 15,
    }  # fmt: skip
    assert Counter(dataset.splits["validation"].labels.tolist()) == {0: 10, 3: 5}
    literal = {f"line {n}": (int(f[0]), f[1]) for n, f in enumerate(rows, 2)}
    for split in dataset.splits.values():
        for face, label, where in zip(split.faces, split.labels, split.ids, strict=True):
            assert literal.pop(where) == (label, " ".join(map(str, face.ravel())))
    assert literal == {}
    assert any("25%" in line and "seed 4" in line for line in description.remarks(dataset))


def test_labels_may_be_names_and_faces_may_have_ids(write_table):
    named = [(("Wut", "joy")[i % 2], pixels, f"f{i}") for i, (_, pixels) in enumerate(labelled(8))]
    dataset = library.add("named", write_table("named.csv", "emotion,pixels,face id", named))
    assert dataset.classes == ("happy", "wut")
    for split in dataset.splits.values():
        assert [int(where[1:]) % 2 for where in split.ids] == [1 - label for label in split.labels]


def test_the_draw_depends_on_seed_and_fraction_and_so_does_the_fingerprint(write_table):
    path = write_table("train.csv", "emotion,pixels", labelled(40))
    settings = [ImportSettings(), ImportSettings(seed=1), ImportSettings(validation_fraction=0.2)]
    sets = [library.add(f"set-{n}", path, one) for n, one in enumerate(settings)]
    assert len({dataset.fingerprint for dataset in sets}) == 3
    chosen = [set(dataset.splits["validation"].ids) for dataset in sets]
    assert chosen[0] != chosen[1]
    assert len(chosen[2]) == 2 * len(chosen[0])


def test_pixels_alone_are_faces_for_prediction(write_table):
    path = write_table("test.csv", "pixels", unlabelled(5))
    dataset = library.add("test", path)
    assert list(dataset.splits) == ["unlabelled"]
    assert np.array_equal(dataset.splits["unlabelled"].faces[..., 0], noise(5, 5))
    assert dataset.splits["unlabelled"].ids.tolist() == [f"line {n}" for n in range(2, 7)]
    assert description.remarks(dataset) == [
        "no labels: its faces can be predicted, not trained on or evaluated"
    ]


def test_a_bad_row_is_refused_or_counted_and_the_rest_stays(write_table):
    rows = labelled(30)
    rows[4], rows[7] = ("9", rows[4][1]), (rows[7][0], "1 2 3")
    path = write_table("train.csv", "emotion,pixels", rows)
    with pytest.raises(ZooError, match=r"train\.csv line 6: label '9'"):
        library.add("strict", path)
    dataset = library.add("lenient", path, ImportSettings(skip_bad_rows=True))
    assert sum(map(len, dataset.splits.values())) == 28
    assert dataset.facts["skipped"] == {
        "unknown label": {"count": 1, "first": "line 6"},
        "wrong number of pixels": {"count": 1, "first": "line 9"},
    }


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("feeling,pixels", labelled(4), "line 1: no column emotion, found 'feeling, pixels'"),
        ("emotion,pixels", labelled(4, classes=1), "only one class, angry"),
        ("emotion,pixels", [], "no faces in it"),
        ("pixels", [], "no faces in it"),
    ],
)
def test_what_is_no_such_csv_is_refused(write_table, header, rows, message):
    with pytest.raises(ZooError, match=message):
        library.add("faces", write_table("train.csv", header, rows))
    assert library.list_datasets() == []


def test_of_several_csv_files_the_complete_one_is_taken_and_it_is_said(write_table, zoo_command):
    write_table("train.csv", "emotion,pixels", labelled(8))
    write_table("test.csv", "pixels", unlabelled(3))
    (write_table("notes.csv", "a,b", []).parent / "fer2013.tar.gz").write_bytes(b"\x1f\x8b")
    whole = write_table("icml_face_data.csv", "emotion, Usage, pixels",
                        [(a, c, b) for a, b, c in usages(12)])  # fmt: skip
    result = zoo_command("data", "add", "faces", whole.parent)
    assert result.exit_code == 0, result.output
    assert (
        "a FER2013 csv called icml_face_data.csv (beside it, not read: test.csv with pixels alone,"
        " train.csv with emotion and pixels)"
    ) in result.output
    faces = library.open_dataset("faces")
    assert faces.fingerprint == library.add("alone", whole).fingerprint


def test_train_and_test_together_are_the_train_csv(write_table):
    write_table("test.csv", "pixels", unlabelled(3))
    train = write_table("train.csv", "emotion,pixels", labelled(8))
    dataset = library.add("faces", train.parent)
    assert sum(map(len, dataset.splits.values())) == 8
    assert "called train.csv (beside it, not read: test.csv" in dataset.facts["kind"]


def test_several_that_might_be_meant_are_asked_about(write_table):
    write_table("one.csv", "emotion,pixels,Usage", usages(3))
    folder = write_table("two.csv", "emotion,pixels,Usage", usages(3)).parent
    with pytest.raises(ZooError, match=r"several csv .*: name one of them, one\.csv or two\.csv"):
        library.add("faces", folder)


def test_images_beside_a_csv_are_what_is_meant(write_table, write_images):
    write_images({"a": 2, "b": 2}, root="kaggle")
    folder = write_table("fer2013.csv", "emotion,pixels,Usage", usages(3)).parent
    assert library.add("faces", folder).facts["reader"] == "folders"


@pytest.mark.parametrize("header", ["emotion,pixels,emotion", "emotion,pixels,Usage,emotion"])
def test_two_columns_of_labels_are_refused(rows, write_csv, header):
    path = write_csv([[*fields, "3"][: header.count(",") + 1] for fields in rows], header)
    with pytest.raises(ZooError, match="line 1: 2 columns called emotion: remove those"):
        library.add("faces", path)
