"""Accuracy on spoiled faces, on predictors whose answers are known."""

import csv
import io

import numpy as np
import pytest
from scipy.stats import t

from zoo.data.stratified import draw_stratified
from zoo.errors import ZooError
from zoo.evaluation.robustness import (
    Robustness,
    chosen_perturbations,
    measure_robustness,
)
from zoo.evaluation.robustness_tables import every_accuracy, robustness_json, robustness_tables
from zoo.intervals import wilson
from zoo.predictor import FunctionPredictor
from zoo.preprocessing.perturbations import PERTURBATIONS, perturbed


def light_or_dark(faces):
    """Says of a face whether its mean is above 128."""
    light = faces.mean(axis=(1, 2, 3)) > 128
    return np.stack([~light, light], axis=1).astype(np.float32)


def always_dark(faces):
    return np.tile(np.array([1, 0], np.float32), (len(faces), 1))


@pytest.fixture
def faces():
    labels = np.arange(40) % 2
    base = np.random.default_rng(0).integers(0, 30, (40, 16, 16, 1))
    return (base + np.where(labels, 160, 70)[:, None, None, None]).astype(np.uint8), labels


def predictors():
    return [
        FunctionPredictor(function, ("dark", "light"), name)
        for function, name in ((light_or_dark, "knows"), (always_dark, "lazy"))
    ]


def test_each_condition_is_what_predicting_the_spoiled_faces_gives(faces):
    pixels, labels = faces
    rows = np.arange(40) * 3
    told = []
    knows, lazy = measure_robustness(
        predictors(), pixels, labels, rows, seed=2,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert knows.clean.all()
    assert knows.spoiled.shape == (7, 5, 40)
    for place, name in enumerate(PERTURBATIONS):
        for severity in range(1, 6):
            shown = perturbed(pixels, name, severity, rows=rows, seed=2)
            expected = light_or_dark(shown).argmax(axis=1) == labels
            np.testing.assert_array_equal(knows.spoiled[place, severity - 1], expected)
    np.testing.assert_array_equal(lazy.spoiled, np.broadcast_to(labels == 0, (7, 5, 40)))
    assert told[-1] == (36 * 2 * 40, 36 * 2 * 40)
    brightness = list(PERTURBATIONS).index("brightness")
    assert knows.spoiled[brightness, 0].all()
    assert not knows.spoiled[brightness, -1].all()  # ± 100 grey levels take it over the line


def test_faces_in_parts_are_spoiled_as_all_at_once(faces, monkeypatch):
    pixels, labels = faces
    (whole,) = measure_robustness(predictors()[:1], pixels, labels, np.arange(40))
    monkeypatch.setattr("zoo.evaluation.robustness._BYTES_AT_ONCE", 7 * 16 * 16)
    (parts,) = measure_robustness(predictors()[:1], pixels, labels, np.arange(40))
    np.testing.assert_array_equal(whole.spoiled, parts.spoiled)


def made(n=200, seed=0, share=0.6):
    """Faces that differ in how easy they are, so that answers on one go together."""
    random = np.random.default_rng(seed)
    easy = random.beta(4 * share, 4 * (1 - share), n)
    return Robustness(
        "m", ("noise", "blur"), random.random(n) < easy, random.random((2, 5, n)) < easy
    )


def test_the_mean_has_the_interval_of_the_faces_means():
    one = made()
    each = one.spoiled.mean(axis=(0, 1))
    mean, low, high = one.mean()
    expected = t.interval(0.95, 199, loc=each.mean(), scale=each.std(ddof=1) / np.sqrt(200))
    assert (low, high) == pytest.approx(expected)
    assert mean == pytest.approx(one.spoiled.mean())
    assert one.mean(1)[0] == pytest.approx(one.spoiled[1].mean())
    assert one.accuracy(1, 4) == (one.spoiled[1, 4].mean(), *wilson(one.spoiled[1, 4].sum(), 200))


def test_the_interval_of_the_mean_covers_the_truth():
    covered = 0
    for seed in range(2000):
        _, low, high = made(150, seed).mean()
        covered += low <= 0.6 <= high
    assert 0.93 <= covered / 2000 <= 0.97


def test_tables_csv_and_json_say_the_same(faces):
    pixels, labels = faces
    measured = measure_robustness(
        predictors(), pixels, labels, np.arange(40), perturbations=("noise", "JPEG")
    )
    summary, *each = robustness_tables(measured, "d, validation, n = 40")
    assert [row[0] for row in summary.rows] == ["knows", "lazy"]
    assert [table.title.split(",")[0] for table in each] == ["knows", "lazy"]
    chose = {"knows": "epoch", "lazy": "not known"}
    rows = list(csv.DictReader(io.StringIO(every_accuracy(measured, chose).csv())))
    assert len(rows) == 2 * (1 + 2 * 5)
    facts = robustness_json(measured)[1]
    assert facts["clean"]["accuracy"] == 0.5
    for name in ("noise", "JPEG"):
        ours = [row for row in rows if (row["model"], row["perturbation"]) == ("lazy", name)]
        assert [float(row["strength"]) for row in ours] == list(PERTURBATIONS[name].strengths)
        assert [int(row["right"]) for row in ours] == [20] * 5
        assert {row["split chose"] for row in ours} == {"not known"}
        assert [one["accuracy"] for one in facts["perturbations"][name]["by strength"]] == [
            0.5
        ] * 5


def test_perturbations_are_chosen_in_their_order():
    assert chosen_perturbations(["jpeg", "Noise"]) == ("noise", "JPEG")
    assert chosen_perturbations(None) == tuple(PERTURBATIONS)
    with pytest.raises(ZooError, match="unknown perturbation 'blurr': did you mean blur"):
        chosen_perturbations(["blurr"])
    with pytest.raises(ZooError, match="no perturbation is named"):
        chosen_perturbations([])


def test_no_faces_are_refused(faces):
    pixels, labels = faces
    with pytest.raises(ZooError, match="no faces"):
        measure_robustness(predictors(), pixels[:0], labels[:0], np.arange(0))


@pytest.mark.parametrize("count", [1, 7, 100, 999])
def test_classes_are_drawn_in_their_proportions(count):
    labels = np.random.default_rng(0).choice(5, 1000, p=[0.5, 0.3, 0.15, 0.04, 0.01])
    rows = draw_stratified(labels, count, 3)
    assert len(rows) == len(set(rows.tolist())) == count
    assert rows.tolist() == sorted(rows)
    wanted = np.bincount(labels, minlength=5) * count / 1000
    assert np.abs(np.bincount(labels[rows], minlength=5) - wanted).max() < 1
    np.testing.assert_array_equal(rows, draw_stratified(labels, count, 3))
    assert draw_stratified(labels, 2000, 3).tolist() == list(range(1000))
