"""``zoo ensemble search``, from saved probabilities alone."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from zoo.data.library import open_dataset
from zoo.evaluation.search.pool import of_labels, pool_of
from zoo.evaluation.search.simplex import simplex_weights
from zoo.models.choice import Choice
from zoo.models.ensemble_file import read_ensemble
from zoo.predictions import Predictions

NAMES = ("vgg16", "five_layer", "cpcpcpfff")


@pytest.fixture
def runs(made_run):
    return [made_run(name, seed, skill) for seed, (name, skill) in enumerate(
        zip(NAMES, (1.0, 2.0, 1.5), strict=True), start=1)]  # fmt: skip


@pytest.fixture
def searching(zoo_command):
    """Runs the search with few partings."""
    return lambda *more: zoo_command("ensemble", "search", "--folds", 2, "--repeats", 2, *more)


def rows_of(path):
    with path.open(newline="") as file:
        return {row[0]: row[1:] for row in csv.reader(file)}


def test_it_tells_naive_and_cross_fitted_numbers_and_writes_them(runs, searching, home, tmp_path):
    result = searching("--write", tmp_path / "plain.toml", "--method", "uniform")
    assert result.exit_code == 0, result.output
    for said in (
        "ensemble of 3: cpcpcpfff: run run-3", "Combinations on tiny, validation, n = 70",
        "naive top-1 %", "cross-fitted top-1 %", "optimism, points", "stacking",
        "the mean over 2 partings", "neither another draw of faces", "chose each member's epoch",
        "What each member adds", "How the gain grows", "Correlation of the members' errors",
    ):  # fmt: skip
        assert said in result.output, said
    listed = read_ensemble(tmp_path / "plain.toml")
    assert [one.weight for one in listed.members] == [None] * 3
    assert listed.choice is None  # uniform chooses nothing
    folder = home / "runs" / "ensemble-search" / "tiny"
    assert len(list(folder.glob("validation-*.csv"))) == 6
    assert {path.stem for path in folder.glob("*.png")} == {
        "validation-combinations", "validation-growth", "validation-disagreement",
        "validation-error-correlation",
    }  # fmt: skip
    table = rows_of(folder / "validation-combinations.csv")
    saved = [Predictions.read(one / "predictions" / "validation.npz") for one in runs]
    mean = np.mean([one.probabilities for one in saved], axis=0)
    accuracy = 100 * (mean.argmax(axis=1) == saved[0].labels).mean()
    assert float(table["uniform"][0]) == pytest.approx(accuracy)
    assert float(table["uniform"][1]) == pytest.approx(accuracy)
    assert float(table["stacking"][3]) == pytest.approx(
        float(table["stacking"][0]) - float(table["stacking"][1])
    )


def test_what_a_method_chose_is_written_as_an_ensemble(
    runs, searching, tmp_path, zoo_command, home
):
    path = tmp_path / "best.toml"
    result = searching("--write", path, "--method", "simplex")
    assert result.exit_code == 0, result.output
    assert f"wrote {path}" in result.output
    saved = [Predictions.read(one / "predictions" / "validation.npz") for one in runs]
    pool = pool_of(NAMES, saved)
    weights = simplex_weights(of_labels(pool.probabilities, pool.labels))
    expected = {f"{NAMES[k]}/run-{k + 1}": weights[k] for k in range(3) if weights[k] > 0}
    listed = read_ensemble(path)
    written = {one.model: one.weight for one in listed.members}
    assert written == pytest.approx(expected, abs=2e-3)
    of = ("members", "weights") if len(expected) < 3 else ("weights",)
    choice = listed.choice
    assert choice == Choice(
        of, "simplex", "tiny", saved[0].fingerprint, "validation", 70,
        tuple(sorted(f"{NAMES[k]}/run-{k + 1}" for k in range(3))), choice.optimism,
    )  # fmt: skip
    table = rows_of(home / "runs" / "ensemble-search" / "tiny" / "validation-combinations.csv")
    assert 100 * choice.optimism == pytest.approx(float(table["simplex"][3]), abs=1e-3)
    # compared like any model, by its saved probabilities, and said to be optimistic there
    compared = zoo_command("compare", path, "five_layer", "--format", "markdown")
    assert compared.exit_code == 0, compared.output
    assert "| best |" in compared.output
    for what in of:
        assert f"validation chose an ensemble's {what}: an optimistic" in compared.output
    refused = searching("--write", path, "--method", "greedy")
    assert refused.exit_code == 2
    assert "--overwrite" in refused.stderr


def test_a_chosen_subset_is_a_plain_ensemble_that_says_so(
    made_run, searching, home, tmp_path, zoo_command
):
    for seed, (name, skill) in enumerate(zip(NAMES, (2.0, 2.0, 0.0), strict=True), start=1):
        made_run(name, seed, skill)
    path = tmp_path / "best.toml"
    result = searching("--write", path, "--method", "subset")
    assert result.exit_code == 0, result.output
    listed = read_ensemble(path)
    assert [one.weight for one in listed.members] == [None, None]
    assert listed.choice is not None
    assert (listed.choice.of, listed.choice.method) == (("members",), "subset")
    compared = zoo_command("compare", path, "--format", "csv")
    assert "epochs, members" in compared.output
    # It stays known where the file becomes what "ensemble" stands for.
    assert zoo_command("ensemble", "define", "--members", path).exit_code == 0
    assert read_ensemble(home / "ensemble.toml") == listed
    # And where its members are searched once more.
    for method, of in (("uniform", ("members",)), ("simplex", ("members", "weights"))):
        again = searching(
            "--members", "ensemble", "--write", path, "--method", method, "--overwrite"
        )
        assert again.exit_code == 0, again.output
        assert "validation chose an ensemble's members: an optimistic number." in again.output
        assert read_ensemble(path).choice.of == of


def test_members_that_other_faces_chose_are_not_chosen_among_without_a_word(
    made_run, searching, tmp_path, zoo_command, home
):
    for seed, name in enumerate(NAMES, start=1):
        made_run(name, seed, 2.0)
    path = tmp_path / "best.toml"
    assert zoo_command("ensemble", "define", "--members", ",".join(NAMES)).exit_code == 0
    defined = (home / "ensemble.toml").read_text()
    chosen = Choice(("members",), "subset", "others", "e" * 64, "validation", 7)
    (home / "ensemble.toml").write_text(f"{chosen.toml()}\n{defined}")
    refused = searching("--members", "ensemble", "--write", path, "--method", "simplex")
    assert refused.exit_code == 2
    assert "the members were chosen on validation of others before" in refused.stderr
    assert not path.exists()


def test_a_single_chosen_member_is_no_ensemble(made_run, searching, tmp_path):
    made_run("vgg16", 1, 0.0)
    made_run("five_layer", 2, 8.0)
    result = searching("--write", tmp_path / "a.toml", "--method", "greedy")
    assert result.exit_code == 2
    assert "greedy chose five_layer alone, which is no ensemble" in result.stderr
    assert not (tmp_path / "a.toml").exists()


def test_members_of_other_classes_or_data_are_refused_with_the_reason(made_run, searching):
    made_run("vgg16", 1, 1.0)
    made_run("five_layer", 2, 1.0, classes=["happy", "sad"])
    made_run("cpcpcpfff", 3, 1.0, fingerprint="f" * 64)
    for members, reason in (
        ("vgg16,five_layer", "(classes differs)"),
        ("vgg16,cpcpcpfff/run-3", "(fingerprint differs)"),
        ("five_layer/run-2,five_layer", "two different members"),
        ("vgg16,nosuch", "unknown model"),
    ):
        result = searching("--members", members)
        assert result.exit_code == 2
        assert reason in result.stderr
        assert result.stderr.count("\n") <= 3


def test_bad_predictions_are_refused(runs, searching):
    path = runs[0] / "predictions" / "validation.npz"
    with np.load(path) as file:
        arrays = dict(file)
    for fault in (np.nan, 2.0):
        arrays["probabilities"][0, 0] = fault
        np.savez_compressed(path, **arrays)
        result = searching()
        assert result.exit_code == 2
        assert "rows are not probabilities" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--folds", 71), "71 folds of 70 different faces"),
        (("--folds", 1), "1 is not in the range"),
        (("--method", "greedy"), "go together"),
        (("--write", "a.toml"), "go together"),
    ],
)
def test_impossible_wishes_are_refused(runs, zoo_command, arguments, said):
    result = zoo_command("ensemble", "search", "--repeats", 1, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_copies_are_counted_and_share_a_fold(runs):
    dataset = open_dataset("tiny")
    hashes = dataset.split("validation").hashes.copy()
    hashes[1] = hashes[0]
    saved = [Predictions.read(one / "predictions" / "validation.npz") for one in runs]
    pool = pool_of(NAMES, saved, hashes)
    assert pool.groups[0] == pool.groups[1]
    assert pool.copies == 2


def test_a_class_of_a_single_face_or_its_copies_is_known(make_pool):
    pool = make_pool(0, 9, (1.0, 2.0))
    few = replace(pool, labels=np.array([0, 0, 0, 1, 1, 2, 2, 2, 3]), groups=np.array(
        [0, 1, 2, 3, 4, 5, 5, 5, 6]))  # fmt: skip
    assert few.lonely_classes == [2, 3]
    assert pool.lonely_classes == []
