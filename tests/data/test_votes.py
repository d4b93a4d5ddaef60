"""Annotators' votes beside a csv: what they become, and what is refused."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from made_up import Row

from zoo.data import cache, description, library
from zoo.data.dataset import Dataset
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

HEADER = (
    "Usage", "Image name", "neutral", "happiness", "surprise", "sadness", "anger", "disgust",
    "fear", "contempt", "NF",
)  # fmt: skip
COLUMNS = dict(
    zip(
        FER2013_CLASSES,
        ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"),
        strict=True,
    )
)
WriteCsv = Callable[..., Path]


@pytest.fixture
def votes(rows: list[Row]) -> list[dict[str, str]]:
    """One row of votes for each row of faces; the fifth has none for any of the classes."""
    random = np.random.default_rng(3)
    made = [
        dict(zip(HEADER, [row[2], f"fer{index}.png", *map(str, random.integers(0, 5, 9))],
                 strict=True))
        for index, row in enumerate(rows)
    ]  # fmt: skip
    made[4] |= dict.fromkeys(COLUMNS.values(), "0")
    return made


@pytest.fixture
def write_votes(tmp_path: Path) -> Callable[..., Path]:
    def write(votes: Sequence[dict[str, str]], header: Sequence[str] = HEADER) -> Path:
        path = tmp_path / "votes.csv"
        lines = [header, *([row[name] for name in header] for row in votes)]
        path.write_text("".join(",".join(line) + "\n" for line in lines))
        return path

    return write


def expected(label: int, votes: dict[str, str]) -> list[float]:
    """A row's shares, added up one by one."""
    counts = [float(votes[COLUMNS[name]]) for name in FER2013_CLASSES]
    if sum(counts) == 0:
        return [float(index == label) for index in range(7)]
    return [count / sum(counts) for count in counts]


def by_line(dataset: Dataset) -> dict[int, np.ndarray]:
    """The soft labels of a data set by their line in its csv."""
    found = {}
    for split in dataset.splits.values():
        assert split.soft_labels is not None
        for place, soft in zip(split.ids, split.soft_labels, strict=True):
            found[int(str(place).removeprefix("line "))] = soft
    return found


def test_votes_become_shares_and_labels_stay(rows, votes, write_csv, write_votes):
    plain = library.add("plain", write_csv(rows))
    voted = library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    soft = by_line(voted)
    assert len(soft) == 12
    for index, (row, of_row) in enumerate(zip(rows, votes, strict=True)):
        np.testing.assert_allclose(soft[index + 2], expected(int(row[0]), of_row), rtol=1e-6)
    for name, split in voted.splits.items():
        assert split.soft_labels.dtype == np.float32
        np.testing.assert_allclose(split.soft_labels.sum(axis=1), 1, atol=1e-6)
        np.testing.assert_array_equal(split.labels, plain.splits[name].labels)
        np.testing.assert_array_equal(split.ids, plain.splits[name].ids)
        assert plain.splits[name].soft_labels is None


def test_a_row_without_a_vote_keeps_its_label_and_is_counted(
    rows, votes, write_csv, write_votes, tmp_path
):
    dataset = library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    assert by_line(dataset)[6].tolist() == [0, 0, 0, 0, 1, 0, 0]
    table, *_ = description.description_tables(dataset)
    for remarks in (description.remarks(dataset), table.notes):
        assert any("1 row has no vote for any of them" in line for line in remarks)
        assert any("not used: Image name, contempt, NF" in line for line in remarks)


def test_the_share_of_labels_that_most_votes_confirm_is_told(rows, votes, write_csv, write_votes):
    dataset = library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    shares = []
    for usage in ("Training", "PublicTest", "PrivateTest"):
        right = [
            expected(int(row[0]), of_row)[int(row[0])] == max(expected(int(row[0]), of_row))
            for row, of_row in zip(rows, votes, strict=True)
            if row[2] == usage
        ]
        shares.append(f"{sum(right) / len(right):.1%}")
    train, validation, test = shares
    (line,) = [line for line in description.remarks(dataset) if "most votes" in line]
    assert f"{train} of train, {validation} of validation, {test} of test" in line


def test_how_many_votes_confirm_a_label_is_kept_with_its_face(rows, votes, write_csv, write_votes):
    dataset = library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    for split in dataset.splits.values():
        columns = split.columns["agreement"], split.columns["vote entropy"]
        for place, share, entropy in zip(split.ids, *columns, strict=True):
            index = int(str(place).removeprefix("line ")) - 2
            label, shares = (
                int(rows[index][0]),
                np.array(expected(int(rows[index][0]), votes[index])),
            )
            if index == 4:  # nobody voted
                assert np.isnan([share, entropy]).all()
            else:
                assert share == pytest.approx(shares[label])
                some = shares[shares > 0]
                assert entropy == pytest.approx(-(some * np.log2(some)).sum())


def test_soft_labels_are_read_only_memory_maps_with_their_own_fingerprint(
    rows, votes, write_csv, write_votes
):
    plain = library.add("plain", write_csv(rows))
    voted = library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    votes[0]["anger"] = "7"
    changed = library.add("changed", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    assert len({plain.fingerprint, voted.fingerprint, changed.fingerprint}) == 3
    assert plain.facts["content"] == voted.facts["content"]  # the test log is one
    for split in library.open_dataset("voted").splits.values():
        assert isinstance(split.soft_labels, np.memmap)
        assert not split.soft_labels.flags.writeable


def test_columns_may_stand_in_any_order_and_need_no_usage(rows, votes, write_csv, write_votes):
    first = library.add("first", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    header = tuple(name for name in HEADER[::-1] if name != "Usage")
    second = library.add(
        "second", write_csv(rows), ImportSettings(votes=write_votes(votes, header))
    )
    for name, split in first.splits.items():
        np.testing.assert_array_equal(split.soft_labels, second.splits[name].soft_labels)


def test_rows_are_joined_by_position_past_blank_lines_and_bad_rows(
    rows, votes, write_csv, write_votes
):
    bad_pixels, bad_label = ("5", "1 2 3", "PrivateTest"), ("9", *rows[8][1:])
    bad = [*rows[:2], (), *rows[2:5], bad_pixels, *rows[6:8], bad_label, *rows[9:]]
    dataset = library.add(
        "voted", write_csv(bad), ImportSettings(votes=write_votes(votes), skip_bad_rows=True)
    )
    soft = by_line(dataset)
    lines = [2, 3, 5, 6, 7, 9, 10, 12, 13, 14]
    assert sorted(soft) == lines
    kept = [index for index in range(12) if index not in (5, 8)]
    for line, index in zip(lines, kept, strict=True):
        target = expected(int(rows[index][0]), votes[index])
        np.testing.assert_allclose(soft[line], target, rtol=1e-6)


def test_another_order_is_refused_at_the_first_row_that_differs(
    rows, votes, write_csv, write_votes
):
    votes[6], votes[7] = votes[7], votes[6]
    with pytest.raises(ZooError, match=r"votes\.csv line 8: Usage 'PublicTest', but .*fer2013\.c"
                       r"sv line 8 has 'Training': expected one row of votes"):  # fmt: skip
        library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    assert library.list_datasets() == []


@pytest.mark.parametrize(
    ("kept", "words"),
    [(11, r"votes for 11 rows, .*fer2013\.csv has more \(line 13\)"),
     (13, r"votes for 13 rows, .*fer2013\.csv has 12"),
     (0, r"votes for 0 rows, .* has more \(line 2\)")],
)  # fmt: skip
def test_another_number_of_rows_is_refused(rows, votes, write_csv, write_votes, kept, words):
    votes = [*votes, votes[0]][:kept]
    with pytest.raises(ZooError, match=words):
        library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "", "many"])
def test_what_is_no_number_of_votes_is_refused_with_its_line(
    rows, votes, write_csv, write_votes, value
):
    votes[3]["sadness"] = value
    with pytest.raises(ZooError, match=rf"votes\.csv line 5: sadness '{value}', expected a numb"):
        library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))


def test_a_file_of_another_kind_is_refused(rows, votes, write_csv, write_votes, tmp_path):
    source = write_csv(rows)
    header = [name for name in HEADER if name not in ("fear", "disgust")]
    for path, words in (
        (write_votes(votes, header), "no column of votes for disgust, fear: expected one for"),
        (source, "line 1: no column of votes for angry, .*found emotion, pixels, Usage"),
        (tmp_path / "none.csv", r"none\.csv: cannot be read \(No such file"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(ZooError, match=words):
            library.add("voted", source, ImportSettings(votes=path))
    for content, words in (
        (b"", "no column of votes"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ((",".join(HEADER) + "\n" + "1" * (2 << 20)).encode(), "line 2: longer than 1,048,576"),
        (b"happy,happiness,anger\n", "'happy' and 'happiness' both mean happy"),
        ((",".join(HEADER) + "\nTraining,1\n").encode(), "line 2: 2 columns, expected 11"),
    ):
        (tmp_path / "other.csv").write_bytes(content)
        with pytest.raises(ZooError, match=words):
            library.add("voted", source, ImportSettings(votes=tmp_path / "other.csv"))


def test_folders_have_no_rows_to_vote_on(votes, write_images, write_votes):
    folder = write_images({"train/happy": 3, "train/sad": 3})
    with pytest.raises(ZooError, match="--votes needs a csv"):
        library.add("voted", folder, ImportSettings(votes=write_votes(votes)))


@pytest.mark.parametrize(
    "damaged",
    [None, np.ones((4, 6), np.float32) / 6, np.ones((4, 7), np.float32), np.ones((4, 7)) / 7,
     np.full((4, 7), np.nan, np.float32)],
    ids=["gone", "classes", "sums", "type", "nan"],
)  # fmt: skip
def test_damaged_soft_labels_are_refused(rows, votes, write_csv, write_votes, damaged):
    dataset = library.add("voted", write_csv(rows), ImportSettings(votes=write_votes(votes)))
    path = cache.cache_folder(dataset.fingerprint) / "soft-labels-train.npy"
    path.unlink()
    if damaged is not None:
        np.save(path, damaged)
    with pytest.raises(ZooError, match=r"damaged \(soft-labels-train\.npy"):
        library.open_dataset("voted")
    assert library.add("again", write_csv(rows), ImportSettings(votes=write_votes(votes))).splits


def test_a_changed_source_says_how_to_add_it_with_its_votes(rows, votes, write_csv, write_votes):
    path = write_votes(votes)
    dataset = library.add("voted", write_csv(rows), ImportSettings(votes=path))
    source = write_csv(rows[:11])
    assert any(
        f"zoo data add voted {source} --votes {path} --overwrite" in line
        for line in description.remarks(dataset)
    )


def test_the_command_takes_votes_and_says_what_became_of_them(
    rows, votes, write_csv, write_votes, zoo_command
):
    result = zoo_command("data", "add", "voted", write_csv(rows), "--votes", write_votes(votes))
    assert result.exit_code == 0, result.output
    assert "soft labels: the votes' shares of the 7 classes" in result.output
