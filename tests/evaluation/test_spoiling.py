"""``zoo robustness`` on a small trained zoo."""

import csv
import json

import numpy as np
import pytest

import zoo
from zoo.data.library import open_dataset
from zoo.data.stratified import draw_stratified
from zoo.preprocessing.perturbations import perturbed


def read_rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def flat(result):
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_models_are_measured_on_the_same_spoiled_faces(small_zoo, zoo_command, tmp_path):
    arguments = ("robustness", "cpcpcpfff", "handcrafted_fcn", "--limit", 21, "--seed", 3,
                 "--perturbations", "noise,rotation", "--out", tmp_path / "out")  # fmt: skip
    told = flat(zoo_command(*arguments))
    assert "Robustness on tiny, validation, n = 21 of 70" in told
    assert "Seed 3 draws the faces, classes in their proportions" in told
    assert "validation chose each model's epoch: optimistic numbers." in told
    rows = read_rows(tmp_path / "out" / "robustness.csv")
    assert len(rows) == 2 * (1 + 2 * 5)
    faces = open_dataset("tiny").split("validation")
    drawn = draw_stratified(faces.labels, 21, 3)
    network = zoo.load("handcrafted_fcn")
    for row in (row for row in rows if row["model"] == "handcrafted_fcn"):
        shown = np.asarray(faces.faces[drawn])
        if int(row["severity"]):
            shown = perturbed(shown, row["perturbation"], int(row["severity"]), rows=drawn, seed=3)
        right = network.predict_proba(shown).argmax(axis=1) == faces.labels[drawn]
        assert int(row["right"]) == right.sum()
        assert float(row["top-1 accuracy %"]) == pytest.approx(100 * right.mean())
    facts = json.loads((tmp_path / "out" / "robustness.json").read_text())
    assert (facts["n"], facts["of"], facts["seed"], len(facts["models"])) == (21, 70, 3, 2)
    assert (tmp_path / "out" / "robustness.png").stat().st_size > 0
    again = zoo_command(*arguments)
    assert again.exit_code == 2
    assert "exists: pass --overwrite" in again.output


def test_runs_of_one_architecture_are_told_apart(small_zoo, zoo_command):
    runs = sorted(path.name for path in (small_zoo / "runs" / "cpcpcpfff").iterdir())
    flat(zoo_command("robustness", *runs, runs[0], "--limit", 7, "--perturbations", "JPEG"))
    written = small_zoo / "runs" / "robustness-tiny-validation" / "robustness.csv"
    models = {row["model"] for row in read_rows(written)}
    assert models == {f"cpcpcpfff {run}" for run in runs}


def test_faces_on_a_list_are_not_spoiled(small_zoo, zoo_command, tmp_path):
    faces = open_dataset("tiny").split("validation")
    (tmp_path / "list.csv").write_text(f"id,split\n{faces.ids[3]},validation\n")
    arguments = ("robustness", "cpcpcpfff", "--perturbations", "JPEG", "--out", tmp_path / "out")
    told = flat(zoo_command(*arguments, "--exclusions", tmp_path / "list.csv"))
    assert "n = 69 of 70" in told
    assert "1 validation faces are left out" in told
    assert "draws the faces" not in told
    first = read_rows(tmp_path / "out" / "robustness.csv")[0]
    right = zoo.load("cpcpcpfff").predict_proba(faces.faces).argmax(axis=1) == faces.labels
    assert (int(first["n"]), int(first["right"])) == (69, np.delete(right, 3).sum())


def test_members_with_other_weights_are_another_model(small_zoo, zoo_command, tmp_path):
    paths = []
    for place, weights in (("one", "1,2"), ("other", "2,1")):
        (tmp_path / place).mkdir()
        paths.append(tmp_path / place / "mine.toml")
        flat(
            zoo_command(
                "ensemble", "define", "--members", "cpcpcpfff,handcrafted_fcn",
                "--weights", weights, "--out", paths[-1],
            )
        )  # fmt: skip
    out = tmp_path / "out"
    arguments = (*paths, paths[0], "--limit", 7, "--perturbations", "JPEG", "--out", out)
    told = flat(zoo_command("robustness", *arguments))
    assert "validation may have chosen an ensemble's weights" in told
    rows = read_rows(out / "robustness.csv")
    models = {row["model"] for row in rows}
    assert len(models) == 2
    assert all(name.startswith("mine ") for name in models)
    assert {(row["split"], row["n"], row["split chose"]) for row in rows} == {
        ("validation", "7", "epochs, perhaps weights")
    }


def test_what_cannot_be_done_is_refused_in_one_line(small_zoo, zoo_command):
    for arguments, told in (
        (("cpcpcpfff", "--perturbations", "nois"), "unknown perturbation 'nois'"),
        (("cpcpcpfff", "--perturbations", ","), "no perturbation is named"),
        (("cpcpcpff",), "unknown model 'cpcpcpff'"),
        ((), "Missing argument"),
    ):
        result = zoo_command("robustness", *arguments)
        assert result.exit_code == 2
        assert told in " ".join(result.output.split())
        assert "Traceback" not in result.output
