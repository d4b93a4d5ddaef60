"""fer2013.csv and its twin: every row as it is written, and no bad row unnoticed."""

import csv
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import Row, noise, row

from zoo.data import description, library
from zoo.data.dataset import Dataset
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

WriteCsv = Callable[..., Path]
SPLITS = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}


def check(dataset: Dataset, rows: list[Row], first_line: int = 2) -> None:
    """Compare with a literal reading of `rows`."""
    for usage, split in SPLITS.items():
        expected = [
            (f"line {number}", int(label), [int(value) for value in pixels.split()])
            for number, (label, pixels, row_usage) in enumerate(rows, first_line)
            if row_usage == usage
        ]
        found = dataset.splits[split]
        assert found.ids.tolist() == [ids for ids, _, _ in expected]
        assert found.labels.tolist() == [label for _, label, _ in expected]
        assert found.labels.dtype == np.int64
        assert found.faces.dtype == np.uint8
        assert np.array_equal(
            found.faces, np.reshape([face for *_, face in expected], (-1, 48, 48, 1))
        )


def test_rows_come_as_they_are_written(rows: list[Row], write_csv: WriteCsv) -> None:
    dataset = library.add("faces", write_csv(rows))
    check(dataset, rows)
    assert list(dataset.splits) == ["train", "validation", "test"]
    assert dataset.classes[0] == "angry"
    assert dataset.classes[6] == "neutral"
    assert dataset.face_shape == (48, 48, 1)


def test_more_rows_than_one_block_holds_come_in_order(write_csv: WriteCsv) -> None:
    rows = [row(face, i % 7, list(SPLITS)[i % 3]) for i, face in enumerate(noise(95))]
    check(library.add("faces", write_csv(rows)), rows)


def test_the_twin_has_other_columns_with_blanks(rows: list[Row], write_csv: WriteCsv) -> None:
    twin = [(label, usage, pixels) for label, pixels, usage in rows]
    check(library.add("faces", write_csv(twin, "emotion, Usage, pixels")), rows)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.removesuffix(b"\n"),
        lambda text: text + b"\n\n",
        lambda text: text.replace(b" ", b"  "),
        lambda text: b"\n".join(
            b",".join(b'"' + field + b'"' for field in line.split(b","))
            for line in text.splitlines()
        ),
    ],
    ids=["BOM", "CRLF", "no last newline", "blank lines behind", "double blanks", "quoted"],
)
def test_the_same_rows_written_otherwise(
    rows: list[Row], write_csv: WriteCsv, change: Callable[[bytes], bytes]
) -> None:
    path = write_csv(rows)
    path.write_bytes(change(path.read_bytes()))
    check(library.add("faces", path), rows)


def test_an_index_column_is_no_hindrance(rows: list[Row], write_csv: WriteCsv) -> None:
    numbered = [(str(i), *fields) for i, fields in enumerate(rows)]
    check(library.add("faces", write_csv(numbered, ",emotion,pixels,Usage")), rows)


def test_a_split_without_rows_is_absent(write_csv: WriteCsv) -> None:
    dataset = library.add("faces", write_csv([row(face, i) for i, face in enumerate(noise(2))]))
    assert list(dataset.splits) == ["train"]
    assert description.remarks(dataset) == ["no validation split: zoo train needs one"]


def test_another_size_and_colour(rows: list[Row], write_csv: WriteCsv) -> None:
    path = write_csv(rows)
    plain = library.add("plain", path)
    small = library.add("small", path, ImportSettings(size=24, colour="rgb"))
    assert small.face_shape == (24, 24, 3)
    assert small.fingerprint != plain.fingerprint
    for name, split in plain.splits.items():
        means = split.faces[..., 0].reshape(-1, 24, 2, 24, 2).mean(axis=(2, 4))
        assert np.abs(small.splits[name].faces - means[..., None]).max() <= 1.01


def changed(rows: list[Row], line: int, column: int, value: str) -> list[Row]:
    fields = list(rows[line - 2])
    fields[column] = value
    return [*rows[: line - 2], tuple(fields), *rows[line - 1 :]]  # type: ignore[list-item]


def pixels_of(rows: list[Row], line: int) -> list[str]:
    return rows[line - 2][1].split()


def bad_rows(rows: list[Row]) -> dict[str, tuple[list[Row], str]]:
    pixels = pixels_of(rows, 5)
    numbers = {
        "256": "256",
        "abc": "abc",
        "-1": "-1",
        "1000": "1000",
        "1.5": "1.5",
        "0007": "0007",
    }
    bad = {
        name: (
            changed(rows, 5, 1, " ".join([*pixels[:9], value, *pixels[10:]])),
            f"pixel 10 is '{value}', expected 0–255",
        )
        for name, value in numbers.items()
    }
    digits = " ".join([*pixels[:9], "9" * 5000, *pixels[10:]])
    bad["5,000 digits"] = (
        changed(rows, 5, 1, digits), f"pixel 10 is '{'9' * 20}…', expected 0–255"
    )  # fmt: skip
    for count in (2303, 2305):
        long = " ".join([*pixels, "7"][:count])
        bad[f"{count}"] = (
            changed(rows, 5, 1, long), f"{count} pixels, expected 2304 (48×48)"
        )  # fmt: skip
    bad["no pixels"] = (changed(rows, 5, 1, ""), "0 pixels, expected 2304 (48×48)")
    bad["label 9"] = (changed(rows, 5, 0, "9"), "label '9', expected 0–6")
    bad["label happy"] = (changed(rows, 5, 0, "happy"), "label 'happy', expected 0–6")
    bad["Usage"] = (changed(rows, 5, 2, "Train"), "Usage 'Train', expected Training, PublicTest, ")
    bad["columns"] = (changed(rows, 5, 2, "Training,1"), "4 columns, expected 3")
    return bad


BAD = list(bad_rows([row(face) for face in noise(12)]))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_stops_the_import_with_its_line(
    rows: list[Row], write_csv: WriteCsv, name: str
) -> None:
    bad, message = bad_rows(rows)[name]
    path = write_csv(bad)
    with pytest.raises(ZooError) as refusal:
        library.add("faces", path)
    assert str(refusal.value).startswith(f"{path} line 5: {message}")
    assert "\n" not in str(refusal.value)
    assert library.list_datasets() == []


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_can_be_skipped_and_is_counted(
    rows: list[Row], write_csv: WriteCsv, name: str
) -> None:
    bad, _ = bad_rows(rows)[name]
    dataset = library.add("faces", write_csv(bad), ImportSettings(skip_bad_rows=True))
    assert sum(map(len, dataset.splits.values())) == len(rows) - 1
    ids = np.concatenate([split.ids for split in dataset.splits.values()])
    assert "line 5" not in ids
    (skipped,) = dataset.facts["skipped"].values()
    assert skipped == {"count": 1, "first": "line 5"}
    assert any(line.startswith("skipped 1: ") for line in description.remarks(dataset))


def test_two_compensating_faults_are_both_found(rows: list[Row], write_csv: WriteCsv) -> None:
    """2303 and 2305 pixels side by side add up to two whole faces."""
    short = changed(rows, 3, 1, " ".join(pixels_of(rows, 3)[:-1]))
    both = changed(short, 4, 1, " ".join([*pixels_of(rows, 4), "7"]))
    dataset = library.add("faces", write_csv(both), ImportSettings(skip_bad_rows=True))
    assert dataset.facts["skipped"]["wrong number of pixels"]["count"] == 2


def test_the_first_of_several_bad_rows_is_named(rows: list[Row], write_csv: WriteCsv) -> None:
    bad = changed(changed(rows, 6, 0, "9"), 4, 1, "1 2 3")
    with pytest.raises(ZooError, match="line 4: 3 pixels"):
        library.add("faces", write_csv(bad))


@pytest.mark.parametrize(("kept", "message"), [(40, "2 columns"), (-4, "Usage 'PrivateT")])
def test_a_file_cut_short_is_noticed(
    rows: list[Row], write_csv: WriteCsv, kept: int, message: str
) -> None:
    path = write_csv(rows)
    whole = path.read_bytes()
    start = whole.rstrip(b"\n").rindex(b"\n") + 1
    path.write_bytes(whole[: start + kept] if kept > 0 else whole[:kept])
    with pytest.raises(ZooError, match=f"line 13: {message}"):
        library.add("faces", path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"emotion,pixels,Usage\n", "no faces"),
        (b"pixels,Usage\n1 2 3,Training\n", "no column emotion"),
        (b"0,1 2 3,Training\n", "line 1: columns '0, 1 2 3, Training': expected"),
        (b"PK\x03\x04" + bytes(999), "the archive is damaged or cut short"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not UTF-8 text"),
        ("emotion,pixels,Usage\n".encode("utf-16"), "not UTF-8 text"),
        ("emotion,pixels,Usage\n".encode("utf-16-le"), "not UTF-8 text"),
        (b"emotion,pixels,Usage\n" + b"1" * 3_000_000, "longer than"),
    ],
    ids=[
        "empty",
        "header only",
        "column missing",
        "no header",
        "zip",
        "png",
        "UTF-16",
        "UTF-16 without BOM",
        "endless line",
    ],
)
def test_what_is_no_fer2013_csv_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_bytes(content)
    with pytest.raises(ZooError, match=message) as refusal:
        library.add("faces", path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_training_faces_of_one_class_are_refused(rows: list[Row], write_csv: WriteCsv) -> None:
    one = [fields for fields in rows if fields[2] != "Training" or fields[0] == "3"]
    with pytest.raises(ZooError, match=r"fer2013\.csv: only one class among .* faces, happy: "):
        library.add("faces", write_csv(one))
    assert library.list_datasets() == []


def test_leading_zeros_count_up_to_three_digits_whichever_parser_reads_them(
    rows: list[Row], write_csv: WriteCsv
) -> None:
    padded = [(label, " ".join(f"{int(p):03}" for p in pixels.split()), usage)
              for label, pixels, usage in rows]  # fmt: skip
    check(library.add("plain", write_csv(padded)), rows)
    tabs = [(label, pixels.replace(" ", "\t"), usage) for label, pixels, usage in padded]
    check(library.add("literal", write_csv(tabs)), rows)


SOFT = ",".join(["emotion,pixels,Usage", *(f"soft label {name}" for name in FER2013_CLASSES)])


def test_soft_labels_stand_in_columns_of_their_own(rows: list[Row], write_csv: WriteCsv) -> None:
    soft = [(*row, *map(str, np.eye(7)[int(row[0])])) for row in rows]
    dataset = library.add("faces", write_csv(soft, SOFT))
    check(dataset, rows)
    for split in dataset.splits.values():
        assert split.soft_labels is not None
        assert np.array_equal(split.soft_labels, np.eye(7)[split.labels])
        assert not any("soft" in name for name in split.columns)
    soft[3] = (*soft[3][:-1], "0.5")
    with pytest.raises(ZooError, match="line 5: a soft label that sums to 1.5, expected 1; mend"):
        library.add("bad", write_csv(soft, SOFT))
    lenient = library.add("lenient", write_csv(soft, SOFT), ImportSettings(skip_bad_rows=True))
    assert lenient.facts["skipped"] == {"bad soft label": {"count": 1, "first": "line 5"}}


def test_soft_labels_for_some_classes_or_beside_votes_are_refused(
    rows: list[Row], write_csv: WriteCsv, tmp_path: Path
) -> None:
    some = write_csv([(*row, "1") for row in rows], "emotion,pixels,Usage,soft label sad")
    with pytest.raises(ZooError, match="line 1: columns of soft labels for sad: expected one for"):
        library.add("faces", some)
    every = write_csv([(*row, *"1000000") for row in rows], SOFT)
    votes = tmp_path / "votes.csv"
    votes.write_text(",".join(FER2013_CLASSES) + "\n" + "1,1,1,1,1,1,1\n" * 12)
    with pytest.raises(ZooError, match="it has soft labels already: leave out --votes"):
        library.add("faces", every, ImportSettings(votes=votes))


NAMES = ("Anger", "disgust", "fear", "happiness", "sad", "surprised", "natural")


def test_labels_may_be_names_of_classes(rows: list[Row], write_csv: WriteCsv) -> None:
    named = [(NAMES[int(label)], pixels, usage) for label, pixels, usage in rows]
    dataset = library.add("faces", write_csv(named))
    assert dataset.classes == FER2013_CLASSES
    check(dataset, rows)
    assert dataset.facts["kind"] == "a FER2013 csv, its labels by name"
    other = [(("Zorn", "contempt", "joy")[i // 3 % 3], *row[1:]) for i, row in enumerate(rows)]
    dataset = library.add("other", write_csv(other))
    assert dataset.classes == ("happy", "contempt", "zorn")
    assert dataset.splits["test"].labels.tolist() == [2, 1, 0, 2]


def test_a_csv_of_numbers_and_names_is_refused_at_the_first_name(
    rows: list[Row], write_csv: WriteCsv
) -> None:
    for place in (0, 5):
        mixed = [("sad", *row[1:]) if i == place else row for i, row in enumerate(rows)]
        with pytest.raises(ZooError, match=f"line {place + 2}: label 'sad', expected 0–6; mend"):
            library.add("faces", write_csv(mixed))
    blank = [("" if i == 5 else "sad", *row[1:]) for i, row in enumerate(rows)]
    with pytest.raises(ZooError, match="line 7: label '', expected the name of a class; mend"):
        library.add("faces", write_csv(blank))


def test_votes_beside_other_classes_than_fer2013s_are_refused(
    rows: list[Row], write_csv: WriteCsv, tmp_path: Path
) -> None:
    named = [(("sad", "happy")[i % 2], *row[1:]) for i, row in enumerate(rows)]
    votes = tmp_path / "votes.csv"
    votes.write_text(",".join(FER2013_CLASSES) + "\n" + "1,1,1,1,1,1,1\n" * 12)
    with pytest.raises(ZooError, match="--votes needs FER2013's seven classes, it has happy, sad"):
        library.add("faces", write_csv(named), ImportSettings(votes=votes))


def test_faces_are_called_by_their_face_id_and_no_two_alike(
    rows: list[Row], write_csv: WriteCsv
) -> None:
    called = [(*row, "" if i == 3 else f"face {i}") for i, row in enumerate(rows)]
    dataset = library.add("faces", write_csv(called, "emotion,pixels,Usage,Face ID"))
    assert dataset.splits["train"].ids.tolist() == ["face 0", "line 5", "face 6", "face 9"]
    assert list(dataset.splits["train"].columns) == ["brightness", "contrast", "sharpness"]
    called[6] = (*called[6][:-1], "face 0")
    with pytest.raises(ZooError, match="two train faces are called 'face 0': give each a face id"):
        library.add("twice", write_csv(called, "emotion,pixels,Usage,face id"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"nowhere\.csv: no such file or folder"):
        library.add("faces", tmp_path / "nowhere.csv")


def test_progress_ends_at_the_total(rows: list[Row], write_csv: WriteCsv) -> None:
    calls: list[tuple[int, int]] = []
    library.add("faces", write_csv(rows), progress=lambda *call: calls.append(call))
    assert calls[-1][0] == calls[-1][1]
    assert calls == sorted(calls)


@pytest.mark.fer2013
def test_real_faces_come_as_the_csv_module_reads_them() -> None:
    source = os.environ.get("ZOO_TEST_FER2013")
    if not source:
        pytest.skip("needs real faces in $ZOO_TEST_FER2013 (a fer2013.csv)")
    dataset = library.add("fer2013", Path(source))
    place: Counter[str] = Counter()
    counts: Counter[tuple[str, int]] = Counter()
    with Path(source).open(encoding="utf-8-sig", newline="") as file:
        for number, fields in enumerate(csv.DictReader(file, skipinitialspace=True), 2):
            split, label = SPLITS[fields["Usage"]], int(fields["emotion"])
            counts[split, label] += 1
            if number % 37 == 0:
                face = np.array(fields["pixels"].split(), int).reshape(48, 48)
                stored = dataset.splits[split]
                assert np.array_equal(stored.faces[place[split], ..., 0], face)
                assert stored.ids[place[split]] == f"line {number}"
            place[split] += 1
    for name, split in dataset.splits.items():
        assert Counter(split.labels.tolist()) == {
            label: count for (of, label), count in counts.items() if of == name
        }
    assert sum(map(len, dataset.splits.values())) == counts.total()
