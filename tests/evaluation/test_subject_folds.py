"""Cross-validation through the command: every face measured by a stranger, resumable."""

import json
import signal
from types import SimpleNamespace

import numpy as np
import pytest

import zoo
from zoo.data.folds import Folds
from zoo.data.library import open_dataset
from zoo.evaluation.folds import Fold, folds_tables, over_subjects
from zoo.predictions import Predictions
from zoo.runs import Run


@pytest.fixture
def people(drawn_csv, home, zoo_command, tmp_path, monkeypatch):
    """$ZOO_HOME with a data set of drawn faces of 30 subjects."""
    header, *rows = drawn_csv.read_text().splitlines()
    lines = [f"{header},subject", *(f"{row},S{at % 30:02}" for at, row in enumerate(rows))]
    (tmp_path / "people.csv").write_text("\n".join(lines))
    result = zoo_command("data", "add", "people", tmp_path / "people.csv")
    assert result.exit_code == 0, result.output
    return home


@pytest.mark.slow
def test_folds_stopped_go_on_and_each_face_is_measured_once(people, zoo_command, monkeypatch):
    command = ("train", "cpcpcpfff", "--epochs", 1, "--folds", 3, "--seed", 4)
    finish, rounds = Run.finish, []

    def finish_one(run, metrics):
        rounds.append(run.id)
        if len(rounds) == 2:
            signal.raise_signal(signal.SIGINT)
        finish(run, metrics)

    monkeypatch.setattr(Run, "finish", finish_one)
    stopped = zoo_command(*command)
    assert stopped.exit_code == 130, stopped.output
    assert "interrupted in people, fold 2 of 3: the same command goes on there" in stopped.output
    result = zoo_command(*command)
    assert result.exit_code == 0, result.output
    assert len(rounds) == 4  # the second round once more, the first not
    assert rounds[1] == rounds[2]

    (folder,) = people.glob("runs/folds/people-*-3-by-subject-s4/evaluation/cpcpcpfff-*")
    measured = json.loads((folder / "metrics.json").read_text())
    dataset = open_dataset("people")
    own = [*dataset.split("train").ids, *dataset.split("validation").ids]
    saved = Predictions.read(folder / "predictions.npz")
    assert sorted(saved.ids) == sorted(own)
    assert measured["n"] == 210
    right = saved.probabilities.argmax(axis=1) == saved.labels
    assert measured["top1"] == pytest.approx(right.mean())
    folds = Folds(dataset, 3, "subject", 4)
    for fold, run in enumerate(measured["runs"]):
        faces = folds.round(fold).split("test")
        (run_folder,) = folder.parents[1].glob(f"cpcpcpfff/{run}")
        expected = zoo.load(str(run_folder)).predict_proba(faces.faces)
        given = saved.probabilities[[saved.ids.tolist().index(name) for name in faces.ids]]
        np.testing.assert_allclose(given, expected, atol=1e-5)
    assert "n = 210" in result.output
    # Names and tables know of runs on all faces alone.
    assert "no finished" in zoo_command("evaluate", "cpcpcpfff", "--data", "people").output


def test_whole_subjects_are_drawn():
    # Ten subjects of ten faces each, all right or all wrong: as if there were ten faces.
    subjects = np.repeat([f"S{number}" for number in range(10)], 10)
    right = np.repeat([True] * 7 + [False] * 3, 10)
    low, high = over_subjects(right, subjects)
    draws = np.random.default_rng(1).binomial(10, 0.7, 200_000) / 10
    assert (low, high) == pytest.approx(np.percentile(draws, [2.5, 97.5]), abs=0.1)
    apart = over_subjects(right, np.arange(100).astype(str))
    assert high - low > 2 * (apart[1] - apart[0])


def test_the_interval_over_subjects_covers_the_truth_in_95_of_100_draws(monkeypatch):
    monkeypatch.setattr("zoo.evaluation.folds.DRAWS", 1000)
    random, covered = np.random.default_rng(0), 0
    subjects = np.repeat(np.arange(120), 6).astype(str)
    for _ in range(2000):
        easy = np.repeat(random.beta(3, 2, 120), 6)  # faces of one are right or wrong together
        low, high = over_subjects(random.random(720) < easy, subjects)
        covered += low <= 0.6 <= high
    assert 0.93 <= covered / 2000 <= 0.97


def test_a_fold_without_a_class_is_named(dataset):
    folds, random = Folds(dataset, 3, "none"), np.random.default_rng(0)
    measured = []
    for fold in range(3):
        faces = folds.round(fold)
        shares = random.dirichlet(np.ones(7), len(faces.split("test")))
        run = SimpleNamespace(id="r", architecture="a", metrics={"best_epoch": 1})
        measured.append(Fold(run, Predictions.of(faces, "test", shares)))
    assert not any("without a face" in note for note in folds_tables(measured, folds)[0].notes)
    kept = measured[1].predictions.labels != 3
    measured[1] = Fold(measured[1].run, measured[1].predictions.only(kept))
    notes = folds_tables(measured, folds)[0].notes
    assert any("of some class: 2 (happy); macro-F1 there is" in note for note in notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--folds", 2), "2 folds: expected 3 or more"),
        (("--folds", 31), "31 folds of 'people': expected 2 to 30, its subjects"),
        (("--group", "none"), "--group says how --folds K are dealt: pass both"),
        (("--folds", 3, "--limit", 9), "--folds: not together with"),
        (("--folds", 3, "--seeds", "0,1"), "--folds: not together with"),
    ],
)
def test_what_makes_no_folds_is_refused_in_one_line(people, zoo_command, options, message):
    result = zoo_command("train", "cpcpcpfff", *options)
    assert result.exit_code != 0
    assert message in result.output
    assert not (people / "runs").exists()


def test_without_subjects_the_column_is_asked_for(small_zoo, zoo_command):
    result = zoo_command("train", "cpcpcpfff", "--folds", 3)
    assert "has no column subject: folds by subject need one" in result.output
