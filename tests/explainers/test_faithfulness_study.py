"""Methods beside each other, and beside maps that explain nothing."""

from dataclasses import replace

import numpy as np
import pytest
from fake_predictors import FakePredictor

from zoo.errors import ZooError
from zoo.explainers.faithfulness.floors import CENTRED, RANDOM
from zoo.explainers.faithfulness.measures import FaithfulnessSettings
from zoo.explainers.faithfulness.study import Findings, Row, Study, measure_models
from zoo.explainers.faithfulness.tables import faithfulness_tables
from zoo.intervals import mean_and_margin, wilson

REGION = np.zeros((48, 48), bool)
REGION[30:42, 18:30] = True
QUICK = FaithfulnessSettings(steps=6, subsets=20, seeds=2)


@pytest.fixture(scope="module")
def study() -> Study:
    """Faces whose class, happy or angry, is written in one region alone: bright or dark."""
    random = np.random.default_rng(0)
    faces = random.integers(0, 256, (8, 48, 48, 1), dtype=np.uint8)
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 2])
    faces[:, REGION] = np.where(labels == 1, 230, 20)[:, np.newaxis, np.newaxis]
    return Study(
        faces=faces,
        labels=labels,
        where="8 faces",
        truth=np.repeat(REGION[np.newaxis], 8, axis=0),
        methods=("lime", "occlusion", "lrp"),
        method_settings={"lime": {"samples": 200, "hide": 128}, "occlusion": {"hide": 128}},
        settings=QUICK,
    )


@pytest.fixture(scope="module")
def seer() -> FakePredictor:
    views = np.zeros((48, 48, 3))
    views[REGION] = np.array([-4, 4, -8]) / REGION.sum()
    views[REGION, 0] += 0
    return Biased(views, name="seer")


class Biased(FakePredictor):
    """Angry unless the region is bright."""

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        logits = np.log(np.maximum(super().predict_proba(faces), 1e-12)) + [4, 0, 0]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


class Distracted(Biased):
    """Takes angry for happy, and happy for angry, where the first pixel is bright."""

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        bright = faces[:, :1, 0, 0] > 127
        probabilities = super().predict_proba(faces)
        return np.where(bright, probabilities[:, [1, 0, 2]], probabilities)


@pytest.fixture(scope="module")
def findings(study, seer) -> Findings:
    return measure_models([seer], study)


@pytest.fixture(scope="module")
def rows(findings):
    return {row.method: row for row in findings.rows}


def test_faces_that_the_model_gets_wrong_are_left_out_where_the_truth_is_known(findings) -> None:
    assert {row.faces for row in findings.rows if row.values} == {7}
    assert findings.where == "the 7 of 8 faces that seer gets right"


def test_where_the_truth_is_known_all_models_have_the_same_faces(study, seer) -> None:
    other = Distracted(seer.views, name="other")
    right = [
        one.predict_proba(study.faces).argmax(axis=1) == study.labels for one in (seer, other)
    ]
    both = int((right[0] & right[1]).sum())
    assert 0 < both < right[0].sum()
    quick = replace(study, methods=("occlusion",), method_settings={"occlusion": {"window": 0.5}})
    findings = measure_models([seer, other], quick)
    assert {row.faces for row in findings.rows} == {both}
    assert findings.where == f"the {both} of 8 faces that all models get right"
    known = {row.model: row.values["inside"] for row in findings.rows if row.method == CENTRED}
    assert known["seer"] == known["other"]


def test_gains_are_over_a_random_map_of_the_same_face(rows) -> None:
    floor = rows[RANDOM].values
    assert not {"deletion_gain", "insertion_gain"} & floor.keys()
    for method in ("LIME", CENTRED):
        values = rows[method].values
        for gain, area, sign in (
            ("deletion_gain", "deletion_auc", -1), ("insertion_gain", "insertion_auc", 1),
        ):  # fmt: skip
            literal = sign * (np.array(values[area]) - floor[area])
            np.testing.assert_allclose(values[gain], literal, atol=1e-6)
    assert mean_and_margin(rows["LIME"].values["deletion_gain"])[0] > 0


def test_methods_that_find_the_region_are_better_than_maps_that_explain_nothing(rows) -> None:
    def mean(method: str, name: str) -> float:
        return mean_and_margin(rows[method].values[name])[0]

    for method in ("LIME", "Occlusion"):
        assert mean(method, "insertion_auc") > mean(RANDOM, "insertion_auc")
        assert mean(method, "deletion_auc") < mean(RANDOM, "deletion_auc")
        assert mean(method, "mufidelity") > mean(CENTRED, "mufidelity")
        assert mean(method, "inside") > 2 * mean(CENTRED, "inside")
        assert mean(method, "pointing") > 0.8
    assert mean(RANDOM, "inside") == pytest.approx(REGION.mean(), abs=0.02)
    assert len(set(rows[CENTRED].values["inside"])) == 1


def test_a_method_that_a_model_cannot_have_is_left_out_and_the_tables_say_why(
    findings, rows
) -> None:
    assert set(rows) == {"LIME", "Occlusion", "LRP", RANDOM, CENTRED}
    assert rows["LRP"].faces == 0
    notes = faithfulness_tables(findings)[0].notes
    (note,) = (one for one in notes if "LRP" in one)
    assert note.startswith("seer, LRP: left out: seer: lrp looks into networks")


def test_models_of_which_one_gets_every_face_wrong_are_refused(study, seer) -> None:
    blind = FakePredictor(np.full((48, 48, 3), [0.0, 0.0, 1.0]), name="blind")
    wrong = replace(
        study, faces=study.faces[:4], labels=study.labels[:4], truth=study.truth[:4]
    )  # fmt: skip
    with pytest.raises(ZooError, match=r"no such face \(right: seer 4, blind 0\)"):
        measure_models([seer, blind], wrong)


def test_tables_give_means_with_intervals_and_only_what_was_measured(findings, rows) -> None:
    tables = faithfulness_tables(findings)
    asked, again, truth = tables
    assert all(findings.where in table.title for table in tables)
    assert [column.heading for column in asked.columns[:9]] == [
        "model", "method", "faces", "deletion AUC", "deletion gain", "±", "insertion AUC",
        "insertion gain", "±",
    ]  # fmt: skip
    first = asked.rows[0]
    assert first[:3] == ["seer", "LIME", 7]
    values = rows["LIME"].values
    assert first[3] == pytest.approx(np.mean(values["deletion_auc"]))
    assert tuple(first[4:6]) == pytest.approx(mean_and_margin(values["deletion_gain"]))
    assert [row[1] for row in again.rows] == ["LIME"]  # occlusion draws nothing
    assert "shuffled" not in again.csv()  # it has no networks
    assert [row[1] for row in truth.rows] == ["LIME", "Occlusion", RANDOM, CENTRED]
    assert again.rows[0][-1] == rows["LIME"].seconds


def test_shares_of_faces_have_wilsons_interval_and_a_single_face_none() -> None:
    hits, single = {"pointing": [1.0] * 50, "inside": [0.5] * 50}, {"pointing": [1.0]}
    rows = [Row("net", "LRP", 50, hits), Row("net", "Grad-CAM", 1, single)]
    (table,) = faithfulness_tables(Findings(rows, "50 faces"))
    assert [column.heading for column in table.columns[3:]] == [
        "pointing game %", "95 % low", "95 % high", "positive relevance inside %", "±",
    ]  # fmt: skip
    assert tuple(table.rows[0][3:6]) == (1.0, *wilson(50, 50))
    assert table.rows[0][4] < 0.95
    assert list(table.rows[1][3:]) == [1.0, None, None, None, None]
    assert "| net | Grad-CAM | 1 | 100.0 | – | – | – | – |" in table.markdown()


def test_where_no_map_of_shuffled_weights_varies_the_tables_say_so() -> None:
    known, floor = (
        {"survival": [0.5, 0.6], "insertion_gain": [0.1, 0.2]},
        {"insertion_gain": [0.0]},
    )
    rows = [
        Row("net", "LRP", 2, known, 0.1), Row("net", "LIME", 2, floor, 0.1),
        Row("net", RANDOM, 2, floor), Row("function", "LIME", 2, floor, 0.1),
    ]  # fmt: skip
    notes = faithfulness_tables(Findings(rows, "2 faces"))[0].notes
    (note,) = (one for one in notes if "shuffled weights" in one)
    assert note.startswith("net, LIME: no |rank correlation| (shuffled weights): ")


def test_after_ctrl_c_there_is_what_was_done_and_it_is_said(study, seer, monkeypatch) -> None:
    from zoo.explainers.faithfulness import study as room

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "_floors", interrupted)
    quick = replace(study, methods=("occlusion",))
    partial = measure_models([seer], quick)
    assert [row.method for row in partial.rows] == ["Occlusion"]
    assert any(note.startswith("Interrupted") for note in faithfulness_tables(partial)[0].notes)
    monkeypatch.setattr(room, "_explained", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measure_models([seer], quick)


def test_progress_ends_at_the_whole(study, seer) -> None:
    calls: list[tuple[int, int]] = []
    quick = Study(
        faces=study.faces[:2], labels=study.labels[:2], where="2 faces", methods=("occlusion",),
        settings=QUICK, method_settings={"occlusion": {"window": 0.5, "stride": 1.0}},
    )  # fmt: skip
    measure_models([seer], quick, progress=lambda *now: calls.append(now))
    done = [one for one, _ in calls]
    assert done == sorted(done)
    assert calls[-1] == (1000, 1000)
