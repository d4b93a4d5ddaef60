"""``zoo slices`` on a small trained zoo."""

import csv
import json

import numpy as np
import pytest

from zoo.data.library import open_dataset
from zoo.runs import list_runs


def read_rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def flat(result):
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


@pytest.fixture
def run(small_zoo):
    return next(run for run in list_runs(small_zoo / "runs") if run.architecture == "cpcpcpfff")


def test_every_measured_column_is_sliced_from_saved_probabilities(small_zoo, zoo_command, run):
    told = flat(zoo_command("slices", run.id, "--smallest", 5, "--bins", 3))
    assert "on tiny, validation, n = 70" in told
    assert "Fisher's exact test of a slice against the column's other faces" in told
    folder = run.folder / "evaluation"
    rows = read_rows(folder / "validation-slices.csv")
    assert [row["column"] for row in rows] == [
        name for name in ("brightness", "contrast", "sharpness") for _ in range(3)
    ]
    saved, light = run.predictions("validation"), open_dataset("tiny").split("validation")
    darkest = light.columns["brightness"] <= np.quantile(light.columns["brightness"], 1 / 3)
    right = saved.probabilities.argmax(axis=1) == saved.labels
    assert int(rows[0]["n"]) == darkest.sum()
    assert float(rows[0]["top-1 accuracy %"]) == pytest.approx(100 * right[darkest].mean())
    facts = json.loads((folder / "validation-slices.json").read_text())
    assert (facts["n"], len(facts["slices"])) == (70, 9)
    assert (folder / "validation-slices.png").stat().st_size > 0


def test_what_cannot_be_sliced_is_refused_in_one_line(small_zoo, zoo_command, run):
    for arguments, told in (
        (("--columns", "brightnes"), "unknown column 'brightnes': did you mean brightness?"),
        (("--smallest", 71), "has a slice of 71 faces beside others: lower --smallest"),
        (("--split", "train"), "'train' is not one of"),
    ):
        result = zoo_command("slices", run.id, *arguments)
        assert result.exit_code == 2
        assert told in " ".join(result.output.split())


def test_an_ensemble_is_sliced_too(small_zoo, zoo_command):
    told = flat(zoo_command("slices", "ensemble", "--smallest", 5, "--columns", "Contrast"))
    assert "ensemble on tiny" in told
    assert "brightness" not in told
    (folder,) = (small_zoo / "runs").glob("slices-ensemble-*")
    assert (folder / "validation-slices.csv").exists()


def test_other_weights_do_not_overwrite_the_slices(small_zoo, zoo_command, tmp_path):
    for weights in ("1,2", "2,1"):
        path = tmp_path / f"{weights}.toml"
        arguments = ("--members", "cpcpcpfff,handcrafted_fcn", "--weights", weights, "--out", path)
        flat(zoo_command("ensemble", "define", *arguments))
        flat(zoo_command("slices", path, "--smallest", 5))
    assert len(list((small_zoo / "runs").glob("slices-ensemble-*"))) == 2
