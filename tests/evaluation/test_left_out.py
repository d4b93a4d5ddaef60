"""Faces that a list leaves out, in the commands that judge one model or search for an ensemble."""

import csv
import json

import numpy as np
import pytest

from zoo.temperature import fit_temperature


@pytest.fixture
def listed(dataset, tmp_path):
    """A list of two validation faces: all others' positions, and the option that names it."""
    ids = dataset.split("validation").ids
    path = tmp_path / "list.csv"
    path.write_text(f"id,split\n{ids[3]},validation\n{ids[40]},validation\n")
    return np.delete(np.arange(70), [3, 40]), ("--exclusions", path)


def rows_of(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def flat(result):
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def share(saved, kept):
    return 100 * (saved.probabilities.argmax(axis=1) == saved.labels)[kept].mean()


def test_calibrating_measures_without_them_and_fits_with_all(make, listed, zoo_command):
    kept, option = listed
    run = make("a")
    told = flat(zoo_command("calibrate", run.id, *option))
    assert "a on tiny, validation, n = 68 of 70" in told
    assert "2 validation faces are left out" in told
    saved = run.predictions("validation")
    stored = json.loads((run.folder / "calibration" / "validation.json").read_text())
    assert stored["temperature"] == fit_temperature(saved.labels, saved.probabilities)
    (folder,) = (run.folder / "calibration").glob("without-*")
    rows = rows_of(folder / "validation-calibration.csv")
    assert [row["n"] for row in rows] == ["68"] * 3
    assert float(rows[0]["top-1 accuracy %"]) == pytest.approx(share(saved, kept))


def test_a_search_chooses_without_them(make, home, listed, zoo_command):
    kept, option = listed
    runs = [make(name, seed) for seed, name in enumerate("ab")]
    arguments = ("--members", f"{runs[0].id},{runs[1].id}", "--folds", 2, "--repeats", 2)
    told = flat(zoo_command("ensemble", "search", *arguments, *option))
    assert "Combinations on tiny, validation, n = 68 of 70" in told
    assert "2 validation faces are left out" in told
    (folder,) = (home / "runs" / "ensemble-search" / "tiny").glob("without-*")
    rows = {row["method"]: row for row in rows_of(folder / "validation-combinations.csv")}
    saved = [run.predictions("validation") for run in runs]
    mean = np.mean([one.probabilities for one in saved], axis=0)[kept]
    expected = 100 * (mean.argmax(axis=1) == saved[0].labels[kept]).mean()
    assert float(rows["uniform"]["naive top-1 %"]) == pytest.approx(expected)
    assert rows["uniform"]["n"] == "68"
