"""What an ensemble gains, and how its members differ."""

import csv
import dataclasses

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.ensembles import disagreement, ensemble_entry, ensemble_tables, write_ensemble
from zoo.evaluation.entry import Entry
from zoo.models.costs import Costs


@pytest.fixture
def members(predict):
    return [
        Entry(
            name, predict(seed, skill=skill), run=f"r{seed}",
            costs=Costs(parameters=10 * seed, milliseconds_per_face=0.5, train_seconds=60.0),
        )
        for seed, (name, skill) in enumerate([("a", 1.0), ("b", 2.0), ("c", 1.0)], start=1)
    ]  # fmt: skip


def right(entry):
    return entry.predictions.probabilities.argmax(axis=1) == entry.predictions.labels


def test_an_ensembles_entry_averages_and_adds_up(members):
    ensemble = ensemble_entry(members)
    mean = np.mean([member.predictions.probabilities for member in members], axis=0)
    np.testing.assert_allclose(ensemble.predictions.probabilities, mean, atol=1e-7)
    assert ensemble.name == "ensemble"
    assert ensemble.members == ("a", "b", "c")
    assert ensemble.costs == Costs(parameters=60, milliseconds_per_face=1.5, train_seconds=180)
    assert ensemble.remarks == "ensemble of 3"


def test_a_sum_is_unknown_when_one_part_is(members):
    members[1] = dataclasses.replace(members[1], costs=Costs(train_seconds=60.0))
    assert ensemble_entry(members).costs == Costs(train_seconds=180)


def test_weights_and_limited_members_are_told(members):
    members[1] = dataclasses.replace(members[1], limit=50)
    ensemble = ensemble_entry(members, weights=[1, 2, 1])
    assert ensemble.remarks == "ensemble of 3, 1 of them limited, weights 1 : 2 : 1"
    assert ensemble.chose == "epochs, perhaps weights"
    notes = " ".join(ensemble_tables(members, ensemble)[0].notes)
    assert "validation may have chosen an ensemble's weights, too" in notes


def test_members_that_started_otherwise_are_told(members):
    for place in (0, 2):
        members[place] = dataclasses.replace(members[place], start="from scratch")
    assert ensemble_entry(members).remarks == "ensemble of 3, 2 of them from scratch"


def test_the_tables_are_the_comparison_the_gain_and_the_disagreement(members):
    ensemble = ensemble_entry(members)
    compared, gain, differing = ensemble_tables(members, ensemble, data_name="fer2013")
    assert {row[0] for row in compared.rows} == {"a", "b", "c", "ensemble"}
    assert "fer2013" in compared.title
    assert len(gain.rows) == 2
    assert [row[0] for row in differing.rows] == ["a", "b", "c"]


def test_the_gain_is_over_the_best_member_and_over_their_mean(members):
    ensemble = ensemble_entry(members)
    accuracies = [right(member).mean() for member in members]
    best = int(np.argmax(accuracies))
    _, gain, _ = ensemble_tables(members, ensemble)
    over_best, over_mean = gain.rows
    assert over_best[0] == f"best member, {members[best].name}"
    assert over_best[1] == pytest.approx(right(ensemble).mean() - max(accuracies))
    assert over_mean[1] == pytest.approx(right(ensemble).mean() - np.mean(accuracies))
    won, lost = over_best[4:]
    assert won == sum(right(ensemble) & ~right(members[best]))
    assert lost == sum(~right(ensemble) & right(members[best]))
    assert (won - lost) / 60 == pytest.approx(over_best[1])


def test_disagreement_is_the_share_of_faces_on_which_two_choose_differently(members):
    predictions = [member.predictions for member in members]
    matrix = disagreement(predictions)
    for row, one in enumerate(predictions):
        for column, other in enumerate(predictions):
            differ = [
                int(np.argmax(mine) != np.argmax(theirs))
                for mine, theirs in zip(one.probabilities, other.probabilities, strict=True)
            ]
            assert matrix[row, column] == pytest.approx(sum(differ) / 60)
    assert np.diag(matrix).tolist() == [0, 0, 0]


def test_the_disagreement_table_says_each_pair_and_dashes_the_diagonal(members):
    matrix = disagreement([member.predictions for member in members])
    *_, table = ensemble_tables(members, ensemble_entry(members))
    assert table.rows[0] == ("a", None, matrix[0, 1], matrix[0, 2])
    assert table.rows[2] == ("c", matrix[2, 0], matrix[2, 1], None)


def test_members_on_other_faces_are_refused_by_name(members, predict):
    members[2] = dataclasses.replace(members[2], predictions=predict(3, data="e"))
    with pytest.raises(
        ZooError, match="a and c cannot be averaged: their data sets are dddddddd…"
    ):
        ensemble_entry(members)


def test_all_files_are_written(members, tmp_path):
    ensemble = ensemble_entry(members)
    files = write_ensemble(tmp_path / "e", members, ensemble, data_name="fer2013")
    assert [file.name for file in files] == [
        "validation-members.csv", "validation-gain.csv", "validation-disagreement.csv",
        "validation-members.png", "validation-disagreement.png",
    ]  # fmt: skip
    tables = ensemble_tables(members, ensemble, data_name="fer2013")
    for file, table in zip(files, tables, strict=False):
        header, *rows = csv.reader(file.read_text().splitlines())
        expected = list(csv.reader(table.csv().splitlines()))
        assert [line[: len(table.columns)] for line in (header, *rows)] == expected
        told = [dict(zip(header, row, strict=True)) for row in rows]
        assert {(row["split"], row["n"]) for row in told} == {("validation", "60")}
        words = {"epoch", "epochs"} if file == files[0] else {"epochs"}
        assert {row["split chose"] for row in told} == words
    for file in files[3:]:
        assert file.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ZooError, match="--overwrite"):
        write_ensemble(tmp_path / "e", members, ensemble)
