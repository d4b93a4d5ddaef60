"""Temperatures: fitted, stored, and used wherever --calibrated is said."""

import csv
import io
import json

import numpy as np
import pytest
from sklearn.metrics import log_loss

import zoo
from zoo.data.library import open_dataset
from zoo.evaluation.calibrating import calibration_table, coverage_table, scaled_predictions
from zoo.models.calibration import fit_calibration
from zoo.predictions import Predictions
from zoo.predictor import Calibrated, FunctionPredictor
from zoo.runs import list_runs
from zoo.temperature import cross_fitted, fit_temperature, tempered


def read_rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def flat(result):
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def rows_of(result):
    assert result.exit_code == 0, result.output
    return {row["model"]: row for row in csv.DictReader(io.StringIO(result.stdout))}


@pytest.fixture
def run(small_zoo):
    (found,) = (
        run
        for run in list_runs(small_zoo / "runs")
        if run.architecture == "cpcpcpfff" and run.metrics["limit"] is None
    )
    return found


def test_faces_that_fitted_the_temperature_are_cross_fitted_and_others_scaled(predict):
    plain = predict(n=200)
    calibration = fit_calibration(plain, "d")
    assert calibration.temperature == fit_temperature(plain.labels, plain.probabilities)
    assert (calibration.n, calibration.split, calibration.data) == (200, "validation", "d")
    here, there = plain.calibrated(calibration), predict(2, split="test").calibrated(calibration)
    expected = cross_fitted(plain.labels, plain.probabilities)
    np.testing.assert_array_equal(here.probabilities, expected)
    np.testing.assert_array_equal(
        there.probabilities,
        tempered(predict(2, split="test").probabilities, calibration.temperature),
    )
    assert (here.crossed, there.crossed, plain.crossed) == (True, False, False)


def test_the_table_has_the_optimistic_numbers_beside_the_cross_fitted_ones(predict):
    plain = predict(n=300, skill=4)
    measured = scaled_predictions(plain, fit_calibration(plain, "d"), seed=5)
    table = calibration_table(measured, "m")
    before, crossed, fitted = table.rows
    temperature = fit_temperature(plain.labels, plain.probabilities)
    for row, probabilities in (
        (before, plain.probabilities),
        (crossed, cross_fitted(plain.labels, plain.probabilities, seed=5)),
        (fitted, tempered(plain.probabilities, temperature)),
    ):
        rows = np.asarray(probabilities, float)
        rows /= rows.sum(axis=1, keepdims=True)
        expected = log_loss(plain.labels, rows, labels=range(7))
        assert row[3] == pytest.approx(expected, rel=1e-6)
        assert row[2] == plain.measure().top1
    assert fitted[3] < before[3]
    assert fitted[3] < crossed[3]
    assert fitted[1] == temperature
    assert "in 10 folds (seed 5)" in " ".join(table.notes)
    elsewhere = scaled_predictions(predict(2, split="test"), measured.calibration)
    assert [row[0] for row in calibration_table(elsewhere, "m").rows] == [
        "as the model gives them", "scaled",
    ]  # fmt: skip


def test_the_coverage_table_ends_with_all_faces(predict):
    plain = predict(n=200)
    table = coverage_table(scaled_predictions(plain, fit_calibration(plain, "d")), "m")
    assert [round(row[0], 2) for row in table.rows] == [0.5, 0.7, 0.8, 0.9, 0.95, 1.0]
    assert table.rows[-1][3] == table.rows[-1][6] == plain.measure().top1
    assert f"by lot {1 - plain.measure().top1:.4f}" in " ".join(table.notes)


@pytest.mark.parametrize("temperature", [0.1, 0.9, 3.0, 20.0])
def test_a_calibrated_predictor_answers_the_same(temperature):
    random = np.random.default_rng(0)
    rows = random.random((500, 7)).astype(np.float32)
    rows /= rows.sum(axis=1, keepdims=True)
    # Nearly equal probabilities, which scaling brings within a rounding of each other.
    rows[:, 3] = rows.max(axis=1)
    rows[:, 4] = np.nextafter(rows[:, 3], np.float32(1))
    plain = FunctionPredictor(lambda faces: rows[: len(faces)], tuple("abcdefg"), "f")
    faces = np.zeros((500, 4, 4, 1), np.uint8)
    calibrated = Calibrated(plain, temperature)
    ours = calibrated.predict_proba(faces)
    assert (calibrated.name, ours.dtype) == ("f (calibrated)", np.float32)
    np.testing.assert_array_equal(ours.argmax(axis=1), rows.argmax(axis=1))
    np.testing.assert_allclose(ours, tempered(rows, temperature), rtol=1e-5, atol=1e-9)


def test_a_temperature_is_stored_with_the_run_and_its_metrics_are_left_alone(
    run, small_zoo, zoo_command
):
    before = (run.folder / "metrics.json").read_bytes()
    told = flat(zoo_command("calibrate", "cpcpcpfff"))
    assert (run.folder / "metrics.json").read_bytes() == before
    stored = json.loads((run.folder / "calibration" / "validation.json").read_text())
    saved = run.predictions("validation")
    expected = fit_temperature(saved.labels, saved.probabilities)
    assert stored["temperature"] == expected
    assert f"T = {expected:.4f} has the lowest log-loss on the 70 validation faces of tiny" in told
    for ending in ("reliability.png", "coverage.png", "coverage.csv", "calibration.csv"):
        assert (run.folder / "calibration" / f"validation-{ending}").stat().st_size > 0


def test_calibrated_numbers_stand_beside_the_others_and_say_what_chose_them(
    run, small_zoo, zoo_command
):
    rows = rows_of(zoo_command("compare", "cpcpcpfff", "--calibrated", "--format", "csv"))
    assert set(rows) == {"cpcpcpfff", "cpcpcpfff (calibrated)"}
    saved = run.predictions("validation")
    crossed = cross_fitted(saved.labels, saved.probabilities)
    loss = log_loss(saved.labels, crossed, labels=range(7))
    ours = rows["cpcpcpfff (calibrated)"]
    assert float(ours["log-loss"]) == pytest.approx(loss, rel=1e-6)
    assert ours["top-1 accuracy %"] == rows["cpcpcpfff"]["top-1 accuracy %"]
    told = flat(zoo_command("compare", "cpcpcpfff", "--calibrated", "--paired"))
    assert "fitted by log-loss on the 70 validation faces of tiny; answers stay." in told
    assert "each tenth of them by the T of the others" in told
    assert "Differences on" not in told  # scaling changes no answer


def test_evaluating_calibrated_leaves_the_usual_files_alone(run, small_zoo, zoo_command):
    flat(zoo_command("evaluate", "cpcpcpfff"))
    usual = run.folder / "evaluation" / "validation-metrics.json"
    before = usual.read_bytes()
    told = flat(zoo_command("evaluate", "cpcpcpfff", "--calibrated"))
    assert "cpcpcpfff (calibrated) on validation" in told
    assert usual.read_bytes() == before
    apart = run.folder / "evaluation" / "calibrated" / "validation-metrics.json"
    facts = json.loads(apart.read_text())
    assert facts["calibration"]["temperature"] > 0
    assert facts["top1"] == json.loads(before)["top1"]


def test_an_ensembles_temperature_is_of_its_average(small_zoo, zoo_command):
    told = flat(zoo_command("ensemble", "evaluate", "--calibrated"))
    assert "ensemble (calibrated)" in told
    (stored,) = (small_zoo / "calibration").glob("ensemble-*/*/validation.json")
    each = [
        run.predictions("validation").probabilities
        for run in list_runs(small_zoo / "runs")
        if run.architecture != "ensemble" and run.metrics["limit"] is None
    ]
    labels = open_dataset("tiny").split("validation").labels
    average = np.mean(each, axis=0, dtype=np.float64).astype(np.float32)
    temperature = json.loads(stored.read_text())["temperature"]
    assert temperature == pytest.approx(fit_temperature(labels, average), rel=1e-6)
    saved = next((small_zoo / "runs" / "ensemble").glob("*/predictions/validation.npz"))
    np.testing.assert_allclose(Predictions.read(saved).probabilities, average, atol=1e-7)


def test_predicting_scales_what_the_network_gives(run, small_zoo, zoo_command, tmp_path):
    for out, flags in (("plain.csv", ()), ("scaled.csv", ("--calibrated",))):
        flat(
            zoo_command("predict", "cpcpcpfff", "--data", "tiny", "--out", tmp_path / out, *flags)
        )
    plain, scaled = (read_rows(tmp_path / name) for name in ("plain.csv", "scaled.csv"))
    stored = json.loads((run.folder / "calibration" / "validation.json").read_text())
    classes = open_dataset("tiny").classes
    before = np.array([[float(row[name]) for name in classes] for row in plain])
    after = np.array([[float(row[name]) for name in classes] for row in scaled])
    np.testing.assert_allclose(after, tempered(before, stored["temperature"]), atol=2e-4)
    assert [row["predicted"] for row in plain] == [row["predicted"] for row in scaled]


def test_the_library_calibrates_too(run, small_zoo):
    faces = open_dataset("tiny").split("validation").faces[:8]
    ours, plain = zoo.load(run.id, calibrated=True), zoo.load(run.id)
    stored = json.loads((run.folder / "calibration" / "validation.json").read_text())
    np.testing.assert_allclose(
        ours.predict_proba(faces),
        tempered(plain.predict_proba(faces), stored["temperature"]),
        rtol=1e-5,
    )
    assert ours.name == "cpcpcpfff (calibrated)"


def test_a_damaged_temperature_is_refused_in_one_line(run, small_zoo, zoo_command):
    flat(zoo_command("calibrate", "cpcpcpfff"))
    path = run.folder / "calibration" / "validation.json"
    good = json.loads(path.read_text())
    for content in ("{", "[]", json.dumps(good | {"temperature": 0}),
                    json.dumps(good | {"fingerprint": "x"}), '{"temperature": 1}'):  # fmt: skip
        path.write_text(content)
        result = zoo_command("evaluate", "cpcpcpfff", "--calibrated")
        assert result.exit_code == 2
        assert "damaged: delete it, then zoo calibrate MODEL fits it anew" in result.output
        assert "Traceback" not in result.output
    flat(zoo_command("calibrate", "cpcpcpfff"))
    assert json.loads(path.read_text()) == good


def test_the_test_split_is_counted_and_no_temperature_is_fitted_on_it(run, small_zoo, zoo_command):
    told = flat(zoo_command("calibrate", "cpcpcpfff", "--split", "test"))
    assert "test split of this data set has been read once" in told
    assert "cross-fitted" not in told
    stored = json.loads((run.folder / "calibration" / "validation.json").read_text())
    saved = run.predictions("validation")
    assert stored["temperature"] == fit_temperature(saved.labels, saved.probabilities)
