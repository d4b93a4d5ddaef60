"""FER+'s labels instead of FER2013's: by the rules of arXiv 1608.01041, and joined row by row."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from made_up import USAGES, Row, noise, row

from zoo.data import description, library
from zoo.data.dataset import Dataset
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.ferplus import CLASSES, COLUMNS, counting, distributions, have_majority
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

NAMES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
         "unknown", "NF")  # fmt: skip
HEADER = ("Usage", "Image name", *NAMES)
ZOO_NAMES = {
    "neutral": "neutral", "happiness": "happy", "surprise": "surprise", "sadness": "sad",
    "anger": "angry", "disgust": "disgust", "fear": "fear", "contempt": "contempt",
}  # fmt: skip

Ballot = dict[str, int]
BALLOTS: list[Ballot] = [
    {"happiness": 10},
    {"sadness": 6, "neutral": 4},
    {"neutral": 5, "contempt": 4, "fear": 1},  # the single vote does not count: a majority
    {"neutral": 5, "sadness": 5},  # no majority, but a distribution
    {"NF": 9, "anger": 1},
    {"unknown": 6, "anger": 4},
    {"contempt": 8, "disgust": 2},
    dict.fromkeys(NAMES, 1),  # nothing but outliers
    {"fear": 4, "surprise": 4, "unknown": 2},
    {"anger": 3, "disgust": 3, "fear": 2, "sadness": 2},  # four classes in two steps
    {"surprise": 5, "NF": 5},
    {"anger": 7, "disgust": 2, "unknown": 1},
    {"surprise": 10},
    {"anger": 5, "fear": 5},  # as row 3, but of validation
]
"""In turn of train, validation and test; each has faces that stay."""

SHARES: dict[int, dict[str, float]] = {
    0: {"happy": 1.0},
    1: {"sad": 0.6, "neutral": 0.4},
    2: {"neutral": 5 / 9, "contempt": 4 / 9},
    3: {"neutral": 0.5, "sad": 0.5},
    6: {"contempt": 1.0},  # eight of ten are three quarters
    8: {"fear": 0.5, "surprise": 0.5},
    11: {"angry": 1.0},  # seven of nine are, too
    12: {"surprise": 1.0},
}
"""The distributions of those that some rule keeps, by hand."""

MAJORITY = {0: "happy", 1: "sad", 2: "neutral", 6: "contempt", 11: "angry", 12: "surprise"}


@pytest.fixture
def faces() -> list[Row]:
    """A row for each ballot, its label 0, 1, …, 6, 0, …, whatever the ballot says."""
    return [row(face, i % 7, USAGES[i % 3]) for i, face in enumerate(noise(len(BALLOTS)))]


@pytest.fixture
def write_ferplus(tmp_path: Path) -> Callable[..., Path]:
    def write(
        ballots: Sequence[Ballot] = BALLOTS,
        header: Sequence[str] = HEADER,
        usages: Sequence[str] | None = None,
    ) -> Path:
        path = tmp_path / "fer2013new.csv"
        lines = [",".join(header)]
        for index, ballot in enumerate(ballots):
            usage = usages[index] if usages else USAGES[index % 3]
            fields = {"Usage": usage, "Image name": f"fer{index}.png"}
            lines.append(",".join(fields.get(name, str(ballot.get(name, 0))) for name in header))
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def labels_by_row(dataset: Dataset) -> dict[int, str]:
    return {
        int(str(place).removeprefix("line ")) - 2: dataset.classes[label]
        for split in dataset.splits.values()
        for place, label in zip(split.ids, split.labels, strict=True)
    }


def shares_by_row(dataset: Dataset) -> dict[int, dict[str, float]]:
    found = {}
    for split in dataset.splits.values():
        for place, soft in zip(split.ids, split.soft_labels, strict=True):
            known = zip(dataset.classes, soft.tolist(), strict=True)
            found[int(str(place).removeprefix("line ")) - 2] = {n: s for n, s in known if s}
    return found


def classes_by_hand(ballot: Ballot) -> dict[str, int] | None:
    """The paper's distribution, level by level, in votes; None where the face is left out."""
    votes = {name: count for name, count in ballot.items() if count > 1}
    total, taken = sum(votes.values()), dict[str, int]()
    for level in sorted(set(votes.values()), reverse=True):
        if sum(taken.values()) >= 0.75 * total or len(taken) >= 3:
            break
        taken |= {name: count for name, count in votes.items() if count == level}
        if taken.keys() & {"unknown", "NF"}:
            break
    chosen = {name: count for name, count in taken.items() if name not in ("unknown", "NF")}
    return chosen if len(chosen) <= 3 and 2 * sum(chosen.values()) > total else None


def test_many_ballots_are_aggregated_as_by_hand():
    random = np.random.default_rng(0)
    leanings = random.dirichlet(np.full(10, 0.3), 3000)
    counts = np.array([random.multinomial(10, leaning) for leaning in leanings], float)
    classes, kept = distributions(counting(counts))
    majority = have_majority(counting(counts))
    outcomes = set()
    for votes, found, keep, most in zip(counts, classes, kept, majority, strict=True):
        ballot = {name: int(count) for name, count in zip(NAMES, votes, strict=True) if count}
        by_hand = classes_by_hand(ballot)
        assert keep == (by_hand is not None), ballot
        if by_hand:
            assert {n: v for n, v in zip(NAMES, found, strict=False) if v} == by_hand, ballot
        counted = {name: count for name, count in ballot.items() if count > 1}
        winners = [n for n, count in counted.items() if 2 * count > sum(counted.values())]
        assert most == bool(winners and winners[0] in ZOO_NAMES), ballot
        outcomes.add((bool(keep), bool(most)))
    assert outcomes == {(True, True), (True, False), (False, False)}


def test_labels_are_those_of_the_majority_and_the_rest_is_left_out(
    faces, write_csv, write_ferplus
):
    dataset = library.add("fer", write_csv(faces), ImportSettings(ferplus=write_ferplus()))
    assert dataset.classes == (*FER2013_CLASSES, "contempt")
    assert labels_by_row(dataset) == MAJORITY
    plain = library.add("plain", write_csv(faces))
    for name, split in dataset.splits.items():
        rows = np.isin(plain.splits[name].ids, split.ids)
        np.testing.assert_array_equal(split.faces, plain.splits[name].faces[rows])


def test_the_distribution_keeps_more_training_faces_and_no_others(faces, write_csv, write_ferplus):
    chosen = ImportSettings(ferplus=write_ferplus(), labels="distribution")
    dataset = library.add("fer", write_csv(faces), chosen)
    # Rows 8 and 13 would be kept, too, if they were training faces.
    assert labels_by_row(dataset) == {**MAJORITY, 3: "neutral"}


@pytest.mark.parametrize("rule", ["majority", "distribution"])
def test_soft_labels_are_the_distribution(faces, write_csv, write_ferplus, rule):
    chosen = ImportSettings(ferplus=write_ferplus(), labels=rule)
    dataset = library.add("fer", write_csv(faces), chosen)
    found = shares_by_row(dataset)
    assert found.keys() == labels_by_row(dataset).keys()
    for index, shares in found.items():
        assert shares == pytest.approx(SHARES[index])


def test_seven_classes_leave_contempt_out_and_its_votes(faces, write_csv, write_ferplus):
    dataset = library.add(
        "fer", write_csv(faces), ImportSettings(ferplus=write_ferplus(), classes=7)
    )
    assert dataset.classes == FER2013_CLASSES
    assert labels_by_row(dataset) == {row: of for row, of in MAJORITY.items() if of != "contempt"}
    assert shares_by_row(dataset)[2] == {"neutral": 1.0}
    assert dataset.facts["dropped"]["contempt is none of the 7 classes"] == {
        "train": {FER2013_CLASSES[6]: 1}
    }


def test_what_is_left_out_is_counted_by_reason_split_and_label(
    faces, write_csv, write_ferplus, tmp_path
):
    dataset = library.add("fer", write_csv(faces), ImportSettings(ferplus=write_ferplus()))
    # Row i: split i % 3, FER2013's label i % 7.
    assert dataset.facts["dropped"] == {
        "the annotators disagree": {
            "train": {"fear": 1, "happy": 1}, "validation": {"angry": 1, "happy": 1, "neutral": 1},
            "test": {"disgust": 1},
        },
        "most votes are for no face (NF)": {"validation": {"sad": 1}},
        "most votes are for unknown": {"test": {"surprise": 1}},
    }  # fmt: skip
    assert dataset.facts["skipped"] == {}
    lines = description.remarks(dataset)
    assert "left out 6: the annotators disagree (2 of train, 3 of validation, 1 of test)" in lines
    assert "left out 1: most votes are for unknown (1 of test)" in lines
    _, table, _ = description.description_tables(dataset)
    assert ["train: the annotators disagree", None, None, 1, 1, None, None, None, 2] in table.rows
    kept = sum(len(split) for split in dataset.splits.values())
    assert sum(row[-1] for row in table.rows) + kept == len(BALLOTS)


def test_how_far_annotators_agree_is_kept_of_all_their_votes(faces, write_csv, write_ferplus):
    dataset = library.add("fer", write_csv(faces), ImportSettings(ferplus=write_ferplus()))
    found = {}
    for split in dataset.splits.values():
        columns = split.columns["agreement"], split.columns["vote entropy"]
        for place, *values in zip(split.ids, *columns, strict=True):
            found[int(str(place).removeprefix("line ")) - 2] = values
    # −Σ p log₂ p: of 0.6, 0.4; of 0.5, 0.4, 0.1; of 0.8, 0.2; of 0.7, 0.2, 0.1.
    assert found == {
        0: pytest.approx([1.0, 0.0]), 1: pytest.approx([0.6, 0.970951], rel=1e-5),
        2: pytest.approx([0.5, 1.360964], rel=1e-5), 6: pytest.approx([0.8, 0.721928], rel=1e-5),
        11: pytest.approx([0.7, 1.156780], rel=1e-5), 12: pytest.approx([1.0, 0.0]),
    }  # fmt: skip


def test_columns_may_stand_in_any_order(faces, write_csv, write_ferplus):
    first = library.add("one", write_csv(faces), ImportSettings(ferplus=write_ferplus()))
    mirrored = write_ferplus(header=HEADER[::-1])
    second = library.add("two", write_csv(faces), ImportSettings(ferplus=mirrored))
    assert shares_by_row(first) == shares_by_row(second)
    assert labels_by_row(first) == labels_by_row(second)


def test_rows_stay_side_by_side_past_bad_ones(faces, write_csv, write_ferplus):
    bad = [*faces[:1], ("3", "1 2 3", faces[1][2]), *faces[2:]]
    chosen = ImportSettings(ferplus=write_ferplus(), skip_bad_rows=True)
    dataset = library.add("fer", write_csv(bad), chosen)
    assert labels_by_row(dataset) == {row: of for row, of in MAJORITY.items() if row != 1}


def test_another_usage_is_refused_at_the_first_row_that_differs(faces, write_csv, write_ferplus):
    usages = [USAGES[index % 3] for index in range(len(BALLOTS))]
    usages[7], usages[9] = "PrivateTest", "PublicTest"
    with pytest.raises(ZooError, match=r"fer2013new\.csv line 9: Usage 'PrivateTest', but .*fer20"
                       r"13\.csv line 9 has 'PublicTest': expected one row of votes"):  # fmt: skip
        library.add("fer", write_csv(faces), ImportSettings(ferplus=write_ferplus(usages=usages)))
    assert library.list_datasets() == []


@pytest.mark.parametrize(
    ("ballots", "words"),
    [(BALLOTS[:-1], r"votes for 13 rows, .*fer2013\.csv has more \(line 15\)"),
     ([*BALLOTS, BALLOTS[0]], r"votes for 15 rows, .*fer2013\.csv has 14")],
)  # fmt: skip
def test_another_number_of_rows_is_refused(faces, write_csv, write_ferplus, ballots, words):
    with pytest.raises(ZooError, match=words):
        library.add("fer", write_csv(faces), ImportSettings(ferplus=write_ferplus(ballots)))
    assert library.list_datasets() == []


@pytest.mark.parametrize(
    ("gone", "words"),
    [("Usage", "line 1: no column Usage: without it"), ("NF", "no column of votes for nf"),
     ("contempt", "no column of votes for contempt"), ("fear", "no column of votes for fear")],
)  # fmt: skip
def test_a_column_that_is_missing_is_refused(faces, write_csv, write_ferplus, gone, words):
    path = write_ferplus(header=[name for name in HEADER if name != gone])
    with pytest.raises(ZooError, match=words):
        library.add("fer", write_csv(faces), ImportSettings(ferplus=path))


def test_votes_that_keep_no_face_are_refused_with_their_reasons(faces, write_csv, write_ferplus):
    path = write_ferplus([{"NF": 10}] * 13 + [{"unknown": 10}])
    with pytest.raises(ZooError, match=r"no faces in it \(skipped: 13 most votes are for no face"
                       r" \(NF\), 1 most votes are for unknown\)"):  # fmt: skip
        library.add("fer", write_csv(faces), ImportSettings(ferplus=path))


def test_training_faces_of_one_class_by_the_votes_are_refused(faces, write_csv, write_ferplus):
    path = write_ferplus([{"happiness": 10}] * len(BALLOTS))
    with pytest.raises(ZooError, match="only one class among the training faces, happy"):
        library.add("fer", write_csv(faces), ImportSettings(ferplus=path))


def test_rule_and_classes_are_part_of_the_fingerprint_and_the_defaults_are_not_said(
    faces, write_csv, write_ferplus
):
    def fingerprint(**chosen: object) -> str:
        return library.add(
            "fer", write_csv(faces), ImportSettings(**chosen), overwrite=True
        ).fingerprint

    path = write_ferplus()
    default = fingerprint(ferplus=path)
    assert fingerprint(ferplus=path, classes=8, labels="majority") == default
    others = [
        fingerprint(), fingerprint(votes=path), fingerprint(ferplus=path, classes=7),
        fingerprint(ferplus=path, labels="distribution"),
        fingerprint(ferplus=write_ferplus([*BALLOTS[:-1], {"anger": 6}])),
    ]  # fmt: skip
    assert len({default, *others}) == 6


def test_a_column_of_the_csv_gives_way_to_the_votes(faces, write_csv, write_ferplus):
    rows = [(*fields, "0.25") for fields in faces]
    csv = write_csv(rows, "emotion,pixels,Usage,agreement")
    columns = (
        library.add("fer", csv, ImportSettings(ferplus=write_ferplus())).split("train").columns
    )
    assert columns["agreement 2"].tolist() == [0.25] * len(columns["agreement"])
    plain = library.add("plain", csv).split("train").columns
    assert set(plain["agreement"]) == {0.25}


def test_the_columns_hold_every_class_once():
    assert set(COLUMNS) == {*CLASSES, "unknown", "nf"}
    assert COLUMNS[:8] == tuple(ZOO_NAMES[name] for name in NAMES[:8])


@pytest.mark.parametrize(
    ("chosen", "words"),
    [({"classes": 7}, "--classes says how .* add --ferplus FILE"),
     ({"labels": "majority"}, "--labels says how .* add --ferplus FILE"),
     ({"ferplus": Path("a"), "classes": 6}, "6 classes: expected 8, FER\\+'s, or 7"),
     ({"ferplus": Path("a"), "labels": "majorty"}, "'majorty': did you mean majority"),
     ({"ferplus": Path("a"), "votes": Path("b")}, "--votes keeps the labels and --ferplus takes")],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused(chosen, words):
    with pytest.raises(ZooError, match=words):
        ImportSettings(**chosen)


def test_the_command_takes_them_and_says_what_became_of_them(
    faces, write_csv, write_ferplus, zoo_command
):
    result = zoo_command(
        "data", "add", "fer", write_csv(faces), "--ferplus", write_ferplus(),
        "--classes", "7", "--labels", "distribution",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "a FER2013 csv with FER+'s labels" in result.output
    assert "left out 1: contempt is none of the 7 classes (1 of train)" in result.output
