"""Faces that a model has seen before, and faces that are left out."""

import csv
import json
import shutil

import numpy as np
import pytest

from zoo.data.drawn import draw_faces
from zoo.data.exclusions import Exclusions, write_exclusions
from zoo.data.library import open_dataset
from zoo.errors import ZooError
from zoo.evaluation.guard import guard_of
from zoo.metrics import compute_metrics
from zoo.models import resolve
from zoo.predictions import Predictions
from zoo.runs import list_runs

TRAINED, CHOSE = 12, 5


@pytest.fixture
def other(small_zoo, zoo_command, drawn_csv, tmp_path):
    """Another data set: 40 test faces, of which 12 trained and 5 chose the runs on "tiny"."""
    tiny = open_dataset("tiny")
    faces = draw_faces(60, seed=99)
    test = faces.faces[:40].copy()
    test[:TRAINED] = tiny.split("train").faces[30 : 30 + TRAINED]
    test[TRAINED : TRAINED + CHOSE] = tiny.split("validation").faces[:CHOSE]
    rows = [(face, "PrivateTest") for face in test]
    rows += [
        (face, "Training" if k < 10 else "PublicTest") for k, face in enumerate(faces.faces[40:])
    ]
    path = tmp_path / "other.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        writer.writerows(
            (k % 7, " ".join(map(str, face.ravel())), usage)
            for k, (face, usage) in enumerate(rows)
        )
    assert zoo_command("data", "add", "other", path).exit_code == 0
    return open_dataset("other")


def run_on_tiny(home):
    (run,) = (
        run
        for run in list_runs(home / "runs")
        if run.architecture == "cpcpcpfff" and run.metrics["limit"] is None
    )
    return run


def model_of(home, dataset):
    return resolve(run_on_tiny(home).id, dataset.fingerprint, home / "runs")


def test_faces_are_known_again_in_another_data_set(other, small_zoo):
    guard = guard_of(model_of(small_zoo, other), other, "test")
    assert np.flatnonzero(guard.trained).tolist() == list(range(TRAINED))
    assert np.flatnonzero(guard.chose).tolist() == list(range(TRAINED, TRAINED + CHOSE))
    assert guard.new.sum() == 40 - TRAINED - CHOSE


def test_the_command_warns_and_shows_the_accuracy_without_them(other, small_zoo, zoo_command):
    run = run_on_tiny(small_zoo)
    told = zoo_command("evaluate", run.id, "--data", "other", "--split", "test")
    assert told.exit_code == 0, told.output
    flat = " ".join(told.output.split())
    assert "12 of these 40 faces trained this model, 5 more chose its epoch" in flat
    assert "may be among its training faces" not in flat
    assert "new to the model" in flat
    written = run.folder / "evaluation" / "other" / "test-metrics.json"
    facts = json.loads(written.read_text())
    (saved,) = run.folder.glob("predictions/*/test.npz")
    predictions = Predictions.read(saved)
    new = slice(TRAINED + CHOSE, None)
    expected = compute_metrics(
        predictions.labels[new], predictions.probabilities[new], predictions.classes
    )
    assert (facts["new"]["n"], facts["new"]["top1"]) == (23, pytest.approx(expected.top1))


def test_on_its_own_validation_split_only_training_counts(small_zoo, zoo_command):
    tiny = open_dataset("tiny")
    guard = guard_of(model_of(small_zoo, tiny), tiny, "validation")
    assert guard.new.all()
    told = zoo_command("evaluate", run_on_tiny(small_zoo).id)
    assert "0 of these 70 faces trained this model, pixel for pixel" in " ".join(
        told.output.split()
    )
    assert "new to the model" not in told.output


def test_a_limited_run_knows_only_its_own_faces(small_zoo):
    tiny = open_dataset("tiny")
    (limited,) = (run for run in list_runs(small_zoo / "runs") if run.metrics["limit"] == 50)
    model = resolve(limited.id, tiny.fingerprint, small_zoo / "runs")
    assert guard_of(model, tiny, "train").trained.sum() == 50


def test_the_same_faces_in_another_size_or_colour_are_not_called_new(
    small_zoo, zoo_command, drawn_csv, tmp_path
):
    """All of them trained the model, and no pixel is the same."""
    added = zoo_command("data", "export", "tiny", tmp_path / "faces")
    assert added.exit_code == 0, added.output
    for name, *options in (("larger", "--size", 64), ("coloured", "--colour", "rgb")):
        added = zoo_command("data", "add", name, tmp_path / "faces", *options)
        assert added.exit_code == 0, added.output
        dataset = open_dataset(name)
        assert guard_of(model_of(small_zoo, dataset), dataset, "validation") is None
    told = zoo_command("evaluate", run_on_tiny(small_zoo).id, "--data", "larger")
    flat = " ".join(told.output.split())
    assert "may be among its training faces" in flat
    assert "pixel for pixel, in whatever data set" not in flat


def started_from(home, zoo_command, init):
    """A run on the data set "other" that started from `init`."""
    told = zoo_command("train", "cpcpcpfff", "--data", "other", "--epochs", 1, "--init", init)
    assert told.exit_code == 0, told.output
    (run,) = (run for run in list_runs(home / "runs") if run.metrics["dataset"] == "other")
    return run


def test_a_run_has_seen_what_the_run_it_started_from_has_seen(other, small_zoo, zoo_command):
    tiny, parent = open_dataset("tiny"), run_on_tiny(small_zoo)
    run = started_from(small_zoo, zoo_command, parent.id)
    shutil.rmtree(parent.folder)
    model = resolve(run.id, tiny.fingerprint, small_zoo / "runs")
    assert guard_of(model, tiny, "train").trained.all()
    assert guard_of(model, tiny, "validation").chose.all()
    assert guard_of(model, other, "train").trained.all()
    assert guard_of(model, other, "test").trained.sum() == TRAINED
    told = zoo_command("evaluate", run.id, "--data", "other", "--split", "test")
    assert "do not say which faces trained them" not in told.output


def test_where_nobody_knows_what_the_first_weights_have_seen_it_is_said(
    other, small_zoo, zoo_command, tmp_path
):
    shutil.copy(run_on_tiny(small_zoo).weights_file, tmp_path / "found.weights.h5")
    run = started_from(small_zoo, zoo_command, tmp_path / "found.weights.h5")
    model = resolve(run.id, other.fingerprint, small_zoo / "runs")
    assert not guard_of(model, other, "test").complete
    told = zoo_command("evaluate", run.id, "--data", "other", "--split", "test")
    assert "weights that do not say which faces trained them" in " ".join(told.output.split())


def test_an_ensemble_has_seen_what_any_member_has(other, small_zoo):
    run = run_on_tiny(small_zoo)
    fcn = next(r for r in list_runs(small_zoo / "runs") if r.architecture == "handcrafted_fcn")
    from zoo.models import ensemble_of

    model = ensemble_of([run.id, fcn.id], other.fingerprint, small_zoo / "runs")
    assert guard_of(model, other, "test").trained.sum() == TRAINED
    fcn.seen_faces_file.unlink()
    assert guard_of(model, other, "test") is None


def test_an_older_run_is_asked_by_the_data_set_it_was_trained_on(other, small_zoo, zoo_command):
    run, tiny = run_on_tiny(small_zoo), open_dataset("tiny")
    before = guard_of(model_of(small_zoo, tiny), tiny, "train")
    run.seen_faces_file.unlink()
    after = guard_of(model_of(small_zoo, tiny), tiny, "train")
    assert np.array_equal(after.trained, before.trained)
    assert before.trained.all()
    assert guard_of(model_of(small_zoo, other), other, "test") is None
    told = zoo_command("evaluate", run.id, "--data", "other", "--split", "test")
    assert "may be among its training faces" in " ".join(told.output.split())


def test_a_damaged_memory_is_refused(small_zoo):
    tiny = open_dataset("tiny")
    run_on_tiny(small_zoo).seen_faces_file.write_bytes(b"x")
    with pytest.raises(ZooError, match=r"seen-faces.npz: damaged"):
        guard_of(model_of(small_zoo, tiny), tiny, "test")


@pytest.fixture
def listed(small_zoo, tmp_path):
    """A list of three validation faces and a training face of "tiny"."""
    ids = open_dataset("tiny").split("validation").ids
    faces = {("validation", str(ids[row])): "blank" for row in (0, 5, 69)}
    exclusions = Exclusions(faces | {("train", "line 2"): "blank"})
    write_exclusions(exclusions, tmp_path / "list.csv")
    return exclusions, tmp_path / "list.csv"


def test_faces_left_out_are_not_measured_and_every_number_says_so(small_zoo, zoo_command, listed):
    exclusions, path = listed
    run = run_on_tiny(small_zoo)
    full = run.predictions("validation")
    told = zoo_command("evaluate", run.id, "--exclusions", path)
    assert told.exit_code == 0, told.output
    flat = " ".join(told.output.split())
    assert "on validation, n = 67 of 70" in flat
    assert "all but those left out" in flat
    assert f"3 validation faces are left out (list {exclusions.sha256[:12]})" in flat
    folder = run.folder / "evaluation" / f"without-{exclusions.sha256[:12]}"
    facts = json.loads((folder / "validation-metrics.json").read_text())
    kept = np.delete(np.arange(70), [0, 5, 69])
    expected = compute_metrics(full.labels[kept], full.probabilities[kept], full.classes)
    assert (facts["n"], facts["top1"]) == (67, pytest.approx(expected.top1))
    assert (facts["exclusions"], facts["left_out"]) == (exclusions.sha256, 3)
    again = run.predictions("validation")
    assert len(again) == 70
    assert again.exclusions == ""


def test_models_are_compared_without_the_listed_faces(small_zoo, zoo_command, listed):
    exclusions, path = listed
    runs = [run for run in list_runs(small_zoo / "runs") if run.metrics["limit"] is None]
    ids = [run.id for run in runs]
    told = zoo_command("compare", *ids, "--exclusions", path, "--format", "csv")
    assert told.exit_code == 0, told.output
    rows = {row["model"]: row for row in csv.DictReader(told.stdout.splitlines())}
    kept = np.delete(np.arange(70), [0, 5, 69])
    for run in runs:
        full = run.predictions("validation")
        expected = compute_metrics(full.labels[kept], full.probabilities[kept], full.classes)
        row = rows[run.architecture]
        assert int(row["n"]) == 67
        assert float(row["top-1 accuracy %"]) == pytest.approx(100 * expected.top1, abs=0.01)
    assert f"comparison-tiny-validation-{exclusions.stem}.png" in told.stderr
    told = zoo_command("ensemble", "evaluate", "--members", ",".join(ids), "--exclusions", path)
    assert told.exit_code == 0, told.output
    assert "3 models on tiny, validation, n = 67 of 70" in told.output
    assert f"3 validation faces are left out (list {exclusions.sha256[:12]})" in " ".join(
        told.output.split()
    )
    (folder,) = (small_zoo / "runs" / "ensemble").iterdir()
    assert (folder / "evaluation" / exclusions.stem / "validation-members.csv").is_file()
    assert len(Predictions.read(folder / "predictions" / "validation.npz")) == 70


def test_predictions_on_fewer_faces_are_never_those_on_all(small_zoo, listed, tmp_path):
    full = run_on_tiny(small_zoo).predictions("validation")
    fewer = full.without(listed[0])
    assert not fewer.same_faces(full)
    fewer.write(tmp_path / "fewer.npz")
    again = Predictions.read(tmp_path / "fewer.npz")
    assert (again.exclusions, again.left_out, len(again)) == (listed[0].sha256, 3, 67)


def test_a_list_that_leaves_nothing_is_refused(small_zoo):
    full = run_on_tiny(small_zoo).predictions("validation")
    everything = Exclusions({("validation", str(face)): "" for face in full.ids})
    with pytest.raises(ZooError, match="every validation face is left out"):
        full.without(everything)


def test_another_data_sets_list_is_refused(small_zoo, zoo_command, tmp_path):
    (tmp_path / "list.csv").write_text("id,split\nelsewhere,validation\n")
    told = zoo_command("evaluate", "cpcpcpfff", "--exclusions", tmp_path / "list.csv")
    assert told.exit_code == 2
    assert "has no validation face 'elsewhere'" in told.output


def test_a_run_trained_on_fewer_faces_says_so_in_the_comparison(small_zoo, zoo_command, tmp_path):
    (tmp_path / "list.csv").write_text("id,split\nline 2,train\nline 3,train\n")
    told = zoo_command("train", "cpcpcpfff", "--epochs", 1, "--exclusions", tmp_path / "list.csv")
    assert told.exit_code == 0, told.output
    assert "trained without 2 faces" in " ".join(zoo_command("compare").output.split())
