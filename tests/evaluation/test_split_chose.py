"""What a split chose of a model, wherever its numbers stand."""

import csv
import dataclasses
import json
import re
import shutil

import pytest

from zoo import weights
from zoo.data.readings import log_test_reading
from zoo.evaluation.evaluate import evaluate_model
from zoo.evaluation.guard import chosen_of, guarded, split_chose
from zoo.evaluation.notes import FOREIGN
from zoo.models.choice import Choice
from zoo.models.ensembles import average_of
from zoo.models.model import model_of
from zoo.models.saved import predictions_on
from zoo.runs import Run
from zoo.tables import Column, Table


@pytest.mark.parametrize(
    ("split", "model", "word"),
    [
        ("validation", {}, "epoch"),
        ("validation", {"members": 3}, "epochs"),
        ("validation", {"members": 3, "elsewhere": 2}, "some epochs"),
        ("validation", {"members": 3, "elsewhere": 3}, "not known"),
        ("validation", {"elsewhere": 1}, "not known"),
        ("validation", {"members": 2, "also": ("members", "weights")}, "epochs, members, weights"),
        (
            "validation", {"members": 2, "elsewhere": 2, "also": ("perhaps weights",)},
            "not known, perhaps weights",
        ),
        ("test", {"members": 2}, "nothing"),
        ("test", {"members": 2, "also": ("members",)}, "members"),
        ("test", {"members": 2, "elsewhere": 2, "also": ("members",)}, "not known, members"),
        ("test", {"members": 2, "elsewhere": 1}, "not known"),
    ],
)  # fmt: skip
def test_it_is_told_in_a_word(split, model, word):
    assert split_chose(split, **model) == word


def test_a_csv_gets_the_columns_that_it_lacks():
    table = Table("t", (Column("class"), Column("n")), [("sad", 3), ("happy", 4)])
    lines = guarded(table, "validation", 7, "epoch", 5).csv().splitlines()
    assert lines == [
        "class,n,split,split chose", "sad,3,validation,epoch", "happy,4,validation,epoch",
    ]  # fmt: skip
    assert guarded(table, "test", 7, "nothing", 5).csv().splitlines()[1] == "sad,3,test,nothing,5"


@pytest.fixture
def foreign(make, dataset, home):
    """Shipped weights that were trained on another data set and have predicted these faces."""
    made = make("b", seed=1)
    saved = made.predictions("validation")
    folder = weights.SHIPPED / "b"
    shutil.copytree(made.folder, folder)
    shutil.rmtree(made.folder)
    (folder / "predictions" / "validation.npz").unlink()
    facts = json.loads((folder / "metrics.json").read_text())
    facts |= {"dataset": "elsewhere", "fingerprint": "e" * 64, "weights_sha256": "5" * 64}
    (folder / "metrics.json").write_text(json.dumps(facts))
    here = home / "shipped" / f"b-{'5' * 12}" / "predictions" / dataset.fingerprint[:12]
    saved.write(here / "validation.npz")
    return Run(folder)


def test_a_member_of_other_data_hides_nothing_of_what_validation_chose(
    make, foreign, dataset, home, tmp_path
):
    own = make("a")
    mixed = average_of([model_of(own), model_of(foreign)])
    assert chosen_of(mixed, dataset, "validation") == "some epochs"
    tables, _ = evaluate_model(
        mixed, dataset, "validation", runs=home / "runs", out=tmp_path / "out"
    )
    notes = " ".join(tables[0].notes)
    assert "validation chose some members' epochs: an optimistic number." in notes
    assert FOREIGN in notes
    for only, words in ((own, "validation chose this epoch"), (foreign, FOREIGN)):
        told, _ = evaluate_model(model_of(only), dataset, "validation", runs=home / "runs")
        assert words in " ".join(told[0].notes)
    assert len(predictions_on(dataset, foreign, "validation", "none", print)) == 70


@pytest.fixture
def weighted(make, zoo_command, tmp_path):
    """The file of an ensemble whose two members do not count the same."""
    for seed, name in enumerate("ab"):
        run = make(name, seed)
        run.weights_file.write_bytes(name.encode())
    path = tmp_path / "mine.toml"
    names = ",".join(str(one) for one in sorted((tmp_path / "home" / "runs").glob("[ab]/*")))
    defined = zoo_command(
        "ensemble", "define", "--members", names, "--weights", "3,1", "--out", path
    )
    assert defined.exit_code == 0, defined.output
    return path


COMMANDS = [
    ("evaluate",),
    ("calibrate",),
    ("slices", "--smallest", "5", "--bins", "2"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_weights_that_validation_may_have_chosen_are_told(
    weighted, zoo_command, tmp_path, command
):
    out = tmp_path / "out"
    result = zoo_command(command[0], weighted, *command[1:], "--out", out)
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert "validation chose each member's epoch: an optimistic number." in told
    assert "validation may have chosen an ensemble's weights, too" in told
    every_csv_says(out, "validation", "epochs, perhaps weights")
    compared = zoo_command("compare", weighted, "--format", "csv")
    (row,) = csv.DictReader(compared.stdout.splitlines())
    assert row["split chose"] == "epochs, perhaps weights"


@pytest.mark.parametrize(
    ("changed", "word", "note"),
    [
        ({}, "epochs, weights", "validation chose an ensemble's weights: an optimistic number."),
        (
            {"of": ("members", "weights")}, "epochs, members, weights",
            "validation chose an ensemble's members: an optimistic number.",
        ),
        ({"fingerprint": "e" * 64}, "epochs", None),
        ({"of": ("members",)}, "epochs, members, perhaps weights", "may have chosen"),
    ],
)  # fmt: skip
def test_weights_whose_file_says_what_chose_them_are_told_as_they_are(
    weighted, dataset, zoo_command, tmp_path, changed, word, note
):
    chosen = Choice(("weights",), "simplex", "it", dataset.fingerprint, "validation", 70)
    choice = dataclasses.replace(chosen, **changed)
    weighted.write_text(f"{choice.toml()}\n{weighted.read_text()}")
    compared = zoo_command("compare", weighted, "--format", "csv")
    (row,) = csv.DictReader(compared.stdout.splitlines())
    assert row["split chose"] == word
    told = " ".join(zoo_command("evaluate", weighted, "--out", tmp_path / "out").output.split())
    assert (note in told) if note else "an ensemble's" not in told


def test_an_ensembles_file_is_set_beside_its_members(weighted, zoo_command, tmp_path):
    out = tmp_path / "out"
    result = zoo_command("ensemble", "evaluate", "--members", weighted, "--out", out)
    assert result.exit_code == 0, result.output
    rows = csv.DictReader((out / "validation-members.csv").read_text().splitlines())
    chose = {row["model"]: row["split chose"] for row in rows}
    assert chose == {"a": "epoch", "b": "epoch", "mine": "epochs, perhaps weights"}


def every_csv_says(folder, split, chose, **more):
    paths = sorted(folder.glob("*.csv"))
    assert paths
    for path in paths:
        for row in csv.DictReader(path.read_text().splitlines()):
            assert (row["split"], row["split chose"]) == (split, chose), path.name
            assert int(row["n"]) > 0
            assert {key: row[key] for key in more} == more


@pytest.mark.parametrize("command", COMMANDS)
def test_numbers_of_the_test_split_carry_its_readings_into_every_csv(
    make, dataset, zoo_command, tmp_path, command
):
    run = make("a")
    log_test_reading(dataset, "a", ["r"])
    out = tmp_path / "out"
    result = zoo_command(command[0], run.id, *command[1:], "--split", "test", "--out", out)
    assert result.exit_code == 0, result.output
    every_csv_says(out, "test", "nothing", **{"test readings": "2"})


def test_members_and_their_search_say_it_in_every_csv(make, zoo_command, tmp_path):
    names = ",".join(make(name, seed).id for seed, name in enumerate("ab"))
    result = zoo_command(
        "ensemble", "evaluate", "--members", names, "--out", tmp_path / "evaluated"
    )
    assert result.exit_code == 0, result.output
    for ending in ("gain", "disagreement"):
        path = tmp_path / "evaluated" / f"validation-{ending}.csv"
        for row in csv.DictReader(path.read_text().splitlines()):
            assert (row["split"], row["n"], row["split chose"]) == ("validation", "70", "epochs")
    arguments = ("--folds", 2, "--repeats", 2, "--out", tmp_path / "searched")
    result = zoo_command("ensemble", "search", "--members", names, *arguments)
    assert result.exit_code == 0, result.output
    every_csv_says(tmp_path / "searched", "validation", "epochs")


def test_pictures_of_one_model_carry_it_too(make, zoo_command, tmp_path, monkeypatch):
    titles = {}
    for room, name in (
        ("calibrating", "reliability_figure"), ("calibrating", "coverage_figure"),
        ("slicing", "slices_figure"),
    ):  # fmt: skip
        monkeypatch.setattr(
            f"zoo.evaluation.{room}.{name}",
            lambda *_, title, name=name, **__: titles.update({name: title}),
        )
    run = make("a")
    for command in COMMANDS[1:]:
        result = zoo_command(command[0], run.id, *command[1:], "--out", tmp_path / command[0])
        assert result.exit_code == 0, result.output
    assert set(titles) == {"reliability_figure", "coverage_figure", "slices_figure"}
    for title in titles.values():
        first, *below = title.split("\n")
        assert re.search("a on tiny, validation, n = 70$", first)
        assert below == ["validation chose each model's epoch: optimistic numbers."]
