"""Columns: what is known of each face beside its label."""

import cv2
import numpy as np
import pytest
from made_up import noise

from zoo.data import cache, library
from zoo.data.columns import all_numbers, as_numbers, column, measured, unused_name
from zoo.data.settings import ImportSettings

HEADER = "emotion,pixels,Usage"


def measured_literally(face):
    """Brightness, contrast and sharpness of one grey face, pixel by pixel."""
    rows = face.astype(int).tolist()
    values = [value for line in rows for value in line]
    mean = sum(values) / len(values)
    laplacian = [
        rows[y - 1][x] + rows[y + 1][x] + rows[y][x - 1] + rows[y][x + 1] - 4 * rows[y][x]
        for y in range(1, len(rows) - 1)
        for x in range(1, len(rows[0]) - 1)
    ]
    middle = sum(laplacian) / len(laplacian)
    return {
        "brightness": mean,
        "contrast": (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5,
        "sharpness": sum((value - middle) ** 2 for value in laplacian) / len(laplacian),
    }


def check(found, faces):
    for index, face in enumerate(faces):
        for name, value in measured_literally(face).items():
            assert found[name][index] == pytest.approx(value, rel=1e-6, abs=1e-6), (name, index)


@pytest.mark.parametrize("shape", [(3, 3), (8, 13), (48, 48), (9, 300)])
def test_measured_columns_agree_with_a_literal_loop(shape):
    faces = np.random.default_rng(1).integers(0, 256, (5, *shape), np.uint8)
    faces[3], faces[4] = 255, np.arange(shape[1])[None, :] % 256
    found = measured(faces[..., None])
    assert {values.dtype for values in found.values()} == {np.dtype(np.float32)}
    check(found, faces)
    assert found["contrast"][3] == found["sharpness"][3] == 0


def test_faces_are_measured_alone_whatever_stands_beside_them():
    faces = noise(200)[..., None]  # more than are measured at once
    together = measured(faces)
    for index in (0, 56, 57, 199):
        alone = measured(faces[index : index + 1])
        assert all(together[name][index] == alone[name][0] for name in alone)
    assert [len(values) for values in measured(faces[:0]).values()] == [0, 0, 0]


def test_colour_is_measured_as_the_grey_that_would_have_been_imported():
    grey = noise(3)[..., None]
    repeated = measured(np.repeat(grey, 3, axis=-1))
    for name, values in measured(grey).items():
        np.testing.assert_array_equal(repeated[name], values)
    red = np.zeros((1, 9, 9, 3), np.uint8)
    red[..., 0] = 255
    assert measured(red)["brightness"] == round(0.299 * 255)


def test_blur_lowers_sharpness_and_light_raises_brightness_alone():
    face = noise(1)[0] // 2
    blurred = cv2.GaussianBlur(face, (5, 5), 0)
    found = measured(np.stack([face, blurred, face + 50])[..., None])
    assert found["sharpness"][1] < found["sharpness"][0] / 10
    assert found["brightness"][2] == found["brightness"][0] + 50
    assert found["contrast"][2] == pytest.approx(found["contrast"][0])
    assert found["sharpness"][2] == found["sharpness"][0]


def test_every_import_measures_its_faces(rows, write_csv, write_images):
    csv = library.add("csv", write_csv(rows), ImportSettings(size=20))
    folder = library.add("folder", write_images({"a": 3, "b": 3}), ImportSettings(colour="rgb"))
    for split in (*csv.splits.values(), *folder.splits.values()):
        assert list(split.columns) == ["brightness", "contrast", "sharpness"]
        check(split.columns, split.faces[..., 0])


def test_the_drawn_faces_are_measured_too():
    from zoo.data.drawn import drawn_dataset

    split = drawn_dataset(train=3, validation=0, test=0).split("train")
    check(split.columns, split.faces[..., 0])


def test_other_columns_of_a_csv_are_kept_as_text_or_numbers(rows, write_csv):
    ages = ["31", "", " 4.5", "nan", "-2", "1e2", ".5", "0", "7", "8", "9", "10"]
    known = [
        (f"00{i % 4}", *row, age, "größer, nicht" if i else "", str(i), str(i))
        for i, (row, age) in enumerate(zip(rows, ages, strict=True))
    ]
    known = [tuple(field.replace(", ", "; ") for field in row) for row in known]
    header = f"Subject,{HEADER},age,Größe,,code"
    dataset = library.add("faces", write_csv(known, header))
    assert dataset.fingerprint != library.add("plain", write_csv(rows)).fingerprint  # other bytes
    for place, split in enumerate(library.open_dataset("faces").splits.values()):
        chosen = range(place, 12, 3)
        columns = split.columns
        assert list(columns)[:4] == ["subject", "age", "Größe", "code"]
        assert columns["subject"].tolist() == [f"00{i % 4}" for i in chosen]
        expected = [float(ages[i].strip() or "nan") for i in chosen]
        np.testing.assert_array_equal(columns["age"], expected)
        assert columns["age"].dtype == np.float64
        assert columns["Größe"].tolist() == ["größer; nicht" if i else "" for i in chosen]
        assert columns["code"].tolist() == list(chosen)
        for values in columns.values():
            assert isinstance(values, np.memmap)
            assert not values.flags.writeable


def test_columns_stand_beside_their_faces_past_bad_rows(rows, write_csv):
    known = [(*row, f"face {i}") for i, row in enumerate(rows)]
    known[4] = ("9", *known[4][1:])
    known[7] = (known[7][0], "1 2 3", *known[7][2:])
    path = write_csv(known, HEADER + ",name")
    dataset = library.add("faces", path, ImportSettings(skip_bad_rows=True))
    for split in dataset.splits.values():
        for where, name in zip(split.ids, split.columns["name"], strict=True):
            assert where == f"line {int(name.removeprefix('face ')) + 2}"


def test_numbers_in_one_split_and_words_in_another_are_text(rows, write_csv):
    known = [(*row, "old" if row[2] == "PrivateTest" else "31") for row in rows]
    dataset = library.add("faces", write_csv(known, HEADER + ",age"))
    for split in dataset.splits.values():
        assert split.columns["age"].dtype.kind == "U"


def test_an_endless_text_does_not_make_every_row_as_wide(rows, write_csv):
    known = [(*row, "x" * (100_000 if i == 3 else 1)) for i, row in enumerate(rows)]
    dataset = library.add("faces", write_csv(known, HEADER + ",words"))
    assert dataset.splits["train"].columns["words"].tolist() == ["x", "x" * 200, "x", "x"]


def test_names_that_are_taken_get_a_number(rows, write_csv):
    known = [(*row, "a", "b", "c") for row in rows]
    dataset = library.add("faces", write_csv(known, HEADER + ",mood,mood,contrast"))
    columns = dataset.splits["train"].columns
    assert list(columns)[:3] == ["mood", "mood 2", "contrast 2"]
    assert columns["mood 2"][0] == "b"
    assert columns["contrast"].dtype == np.float32
    assert unused_name("SUBJECT", []) == "subject"
    assert unused_name("a", ["a", "a 2"]) == "a 3"


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", "-2.5", "+.5", "0", "0.07", "1E5"], True),
        (["", "nan", "NaN", " 3 "], True),
        (["", "nan"], False),
        (["007", "8"], False),
        (["1", "two"], False),
        (["1."], False),
        (["e5"], False),
        (["1e999"], False),
        (["٣"], False),
        (["1,5"], False),
    ],
)
def test_what_is_a_column_of_numbers(texts, numbers):
    parts = [np.array(texts[:1]), np.array(texts[1:])]
    assert all_numbers("age", parts) == numbers
    assert not all_numbers("subject", parts)
    if numbers:
        expected = [float(text.strip() or "nan") for text in texts]
        np.testing.assert_array_equal(as_numbers(np.array(texts)), expected)


def test_what_a_reader_gives_wrongly_is_an_error_at_once():
    np.testing.assert_array_equal(column(np.array([True, False]), 2), [1.0, 0.0])
    with pytest.raises(TypeError, match="expected numbers or text"):
        column(np.array([None, "a"]), 2)
    with pytest.raises(ValueError, match=r"shape \(2,\) for 3 faces"):
        column(np.zeros(2), 3)


def test_nothing_in_a_cache_is_pickled(rows, write_csv):
    known = [(*row, "words") for row in rows]
    dataset = library.add("faces", write_csv(known, HEADER + ",name"))
    files = sorted(cache.cache_folder(dataset.fingerprint).glob("*.npy"))
    assert len(files) == 3 * (3 + 4)
    for file in files:
        np.load(file, allow_pickle=False)
