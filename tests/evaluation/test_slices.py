"""Accuracy by kinds of faces, against scipy, pandas, scikit-learn and literal counts."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from sklearn.metrics import recall_score

from zoo.errors import ZooError
from zoo.evaluation.paired import holm
from zoo.evaluation.slices import measure_slices, slice_masks
from zoo.evaluation.slicing import slices_table
from zoo.intervals import wilson


def answers(n=600, seed=0):
    """Which faces are right, their classes, a column that matters and one that does not."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, n)
    gender = np.where(random.random(n) < 0.4, "female", "male")
    light = random.normal(120, 30, n).astype(np.float32)
    right = random.random(n) < np.where(gender == "male", 0.8, 0.55) - 0.05 * labels
    return right, labels, {"gender": gender, "brightness": light}


def test_every_slice_is_counted_and_tested_against_the_rest_of_its_column():
    right, labels, columns = answers()
    slices = measure_slices(right, labels, columns, smallest=20)
    expected = []
    for one in slices.judged:
        values = columns[one.column]
        if one.column == "gender":
            mask = values == one.name
        else:
            codes = pd.qcut(values.astype(float), 5, labels=False)
            place = [s.name for s in slices.judged if s.column == "brightness"].index(one.name)
            mask = codes == place
        table = [[(right & mask).sum(), (~right & mask).sum()],
                 [(right & ~mask).sum(), (~right & ~mask).sum()]]  # fmt: skip
        assert (one.right, one.n) == (table[0][0], mask.sum())
        assert (one.low, one.high) == wilson(one.right, one.n)
        assert one.p == pytest.approx(fisher_exact(table).pvalue)
        assert one.difference == pytest.approx(right[mask].mean() - right[~mask].mean())
        expected.append(one.p)
    assert [one.p_corrected for one in slices.judged] == pytest.approx(holm(expected))
    assert len(slices.judged) == 2 + 5


def test_a_kind_that_is_answered_worse_is_found_and_named():
    slices = measure_slices(*answers(2000), smallest=50)
    worst = slices.worst
    assert (worst.column, worst.name) == ("gender", "female")
    assert worst.p_corrected < 0.001
    brightness = [one.p_corrected for one in slices.judged if one.column == "brightness"]
    assert min(brightness) > 0.05
    notes = " ".join(slices_table(slices, "t").notes)
    assert f"Worst: gender female, {worst.accuracy:.2%} of {worst.n:,}" in notes
    assert "p < 0.0001; of 7 slices one is always the worst" in notes


def test_where_nothing_matters_few_differences_are_found():
    found = 0
    for seed in range(150):
        random = np.random.default_rng(seed)
        columns = {"a": random.random(400), "b": random.choice(["x", "y", "z"], 400)}
        right, labels = random.random(400) < 0.6, random.integers(0, 3, 400)
        slices = measure_slices(right, labels, columns, smallest=10)
        found += any(one.p_corrected < 0.05 for one in slices.judged)
    assert found / 150 < 0.08


def test_what_classes_alone_would_give_is_their_recall():
    right, labels, columns = answers()
    predicted = np.where(right, labels, (labels + 1) % 4)
    recalls = recall_score(labels, predicted, average=None)
    one = measure_slices(right, labels, columns).judged[0]
    mask = columns["gender"] == one.name
    assert one.expected == pytest.approx(np.mean([recalls[label] for label in labels[mask]]))


@pytest.mark.parametrize("bins", [2, 5, 7])
def test_numbers_fall_into_quantiles_as_pandas_has_them(bins):
    values = np.random.default_rng(0).normal(size=501)
    masks = slice_masks(values, bins)
    codes = pd.qcut(values, bins, labels=False)
    assert len(masks) == bins
    for place, mask in enumerate(masks.values()):
        np.testing.assert_array_equal(mask, codes == place)


def test_a_value_of_many_faces_is_not_parted():
    values = np.concatenate([np.full(70, 1.0), np.linspace(0.1, 0.9, 30)])
    masks = slice_masks(values, 5)
    assert sum(mask.sum() for mask in masks.values()) == 100
    (holding,) = [name for name, mask in masks.items() if mask[0]]
    assert masks[holding][:70].all()
    mostly = np.concatenate([np.full(97, 1.0), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    assert [mask.sum() for mask in slice_masks(mostly, 5).values()] == [6, 97]
    least = np.concatenate([np.full(97, 0.0), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    assert {name: mask.sum() for name, mask in slice_masks(least, 5).items()} == {
        "≤ 0": 97, "> 0": 6,
    }  # fmt: skip


def test_few_values_and_words_make_a_slice_each():
    assert list(slice_masks(np.array([3.0, 1, 2, 1]), 5)) == ["1", "2", "3"]
    words = slice_masks(np.array(["dark", " light ", "", "dark"]))
    assert {name: mask.tolist() for name, mask in words.items()} == {
        "dark": [True, False, False, True],
        "light": [False, True, False, False],
    }


def test_edges_are_told_apart_without_exponents():
    big = slice_masks(np.arange(1000, 5000).astype(float), 4)
    assert list(big) == ["≤ 2,000", "2,000–3,000", "3,000–4,000", "> 4,000"]
    close = slice_masks(1000 + np.arange(500) / 1000, 5)
    assert len(close) == 5


def test_faces_that_nothing_is_known_of_are_left_out_and_counted():
    right, labels, columns = answers()
    gender = columns["gender"].copy()
    gender[:100] = ""
    light = columns["brightness"].copy()
    light[:7] = np.nan
    slices = measure_slices(right, labels, {"gender": gender, "brightness": light})
    assert slices.unknown == {"gender": 100, "brightness": 7}
    first = slices.judged[0]
    others = (gender != "") & (gender != first.name)
    assert first.difference == pytest.approx(
        right[gender == first.name].mean() - right[others].mean()
    )
    assert "left out: gender 100, brightness 7" in " ".join(slices_table(slices, "t").notes)


def test_small_slices_are_not_judged_but_counted():
    right, labels, columns = answers()
    subjects = np.array([f"S{number // 4:03}" for number in range(600)])
    subjects[:100] = "S999"
    slices = measure_slices(right, labels, {"subject": subjects, **columns}, smallest=50)
    assert [one.name for one in slices.judged if one.column == "subject"] == ["S999"]
    assert slices.small["subject"] == (125, 500)
    notes = " ".join(slices_table(slices, "t").notes)
    assert "fewer than 50 faces not judged: subject (125 of 500 faces together)" in notes
    assert "Faces of one subject are not independent" in notes


def test_where_there_is_nothing_to_compare_it_is_said():
    right, labels, columns = answers()
    same = np.full(600, "x")
    slices = measure_slices(right, labels, {"country": same, **columns})
    assert slices.single == ("country",)
    assert "Nothing to compare in: country." in slices_table(slices, "t").notes
    with pytest.raises(ZooError, match=r"no column \(country\) has a slice of 50 faces"):
        measure_slices(right, labels, {"country": same})
    with pytest.raises(ZooError, match="lower --smallest, or name other --columns"):
        measure_slices(right, labels, columns, smallest=601)
