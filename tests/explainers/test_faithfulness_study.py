"""Methods beside each other, and beside maps that explain nothing."""

import numpy as np
import pytest
from fake_predictors import FakePredictor

from zoo.errors import ZooError
from zoo.explainers.faithfulness.measures import FaithfulnessSettings
from zoo.explainers.faithfulness.study import CENTRED, RANDOM, Study, measure_models
from zoo.explainers.faithfulness.tables import faithfulness_tables
from zoo.intervals import mean_and_margin

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


@pytest.fixture(scope="module")
def rows(study, seer):
    return {row.method: row for row in measure_models([seer], study)}


def test_faces_that_the_model_gets_wrong_are_left_out_where_the_truth_is_known(rows) -> None:
    assert {row.faces for row in rows.values() if row.values} == {7}


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


def test_a_method_that_a_model_cannot_have_is_left_out_and_the_tables_say_why(rows) -> None:
    assert set(rows) == {"LIME", "Occlusion", "LRP", RANDOM, CENTRED}
    assert rows["LRP"].faces == 0
    notes = faithfulness_tables(list(rows.values()), "7 faces")[0].notes
    (note,) = (one for one in notes if "LRP" in one)
    assert note.startswith("seer, LRP: left out: seer: lrp looks into networks")


def test_a_model_that_gets_every_face_wrong_is_refused(study) -> None:
    blind = FakePredictor(np.full((48, 48, 3), [0.0, 0.0, 1.0]), name="blind")
    wrong = Study(faces=study.faces[:4], labels=study.labels[:4], truth=study.truth[:4])
    with pytest.raises(ZooError, match="blind: gets all 4 faces wrong"):
        measure_models([blind], wrong)


def test_tables_give_means_with_intervals_and_only_what_was_measured(rows) -> None:
    tables = faithfulness_tables(list(rows.values()), "7 faces")
    asked, again, truth = tables
    assert [column.heading for column in asked.columns[:5]] == [
        "model", "method", "faces", "deletion AUC", "±",
    ]  # fmt: skip
    first = asked.rows[0]
    assert first[:3] == ["seer", "LIME", 7]
    expected = mean_and_margin(rows["LIME"].values["deletion_auc"])
    assert tuple(first[3:5]) == pytest.approx(expected)
    assert [row[1] for row in again.rows] == ["LIME"]  # occlusion draws nothing
    assert "shuffled" not in again.csv()  # it has no networks
    assert [row[1] for row in truth.rows] == ["LIME", "Occlusion", RANDOM, CENTRED]
    assert again.rows[0][-1] == rows["LIME"].seconds


def test_progress_ends_at_the_whole(study, seer) -> None:
    calls: list[tuple[int, int]] = []
    quick = Study(
        faces=study.faces[:2], labels=study.labels[:2], methods=("occlusion",), settings=QUICK,
        method_settings={"occlusion": {"window": 0.5, "stride": 1.0}},
    )  # fmt: skip
    measure_models([seer], quick, progress=lambda *now: calls.append(now))
    done = [one for one, _ in calls]
    assert done == sorted(done)
    assert calls[-1] == (1000, 1000)
