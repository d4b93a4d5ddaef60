"""Means over runs that differ in their seed alone."""

import dataclasses

import numpy as np
import pytest

from zoo.evaluation.seeds import Measured, measure, seed_groups, seeds_table
from zoo.metrics import compute_metrics
from zoo.runs import create_run

VALIDATION = {"n": 60, "top1": 0.5, "log_loss": 1.2}


@pytest.fixture
def trained(tmp_path):
    """Makes a finished run from its seed, recipe keys as TOML, and metrics."""

    def make(seed, recipe="epochs = 3", architecture="cpcpcpfff", **metrics):
        toml = f'architecture = "{architecture}"\nseed = {seed}\n{recipe}\n'
        run = create_run(tmp_path, architecture, seed, toml, {})
        facts = {"fingerprint": "d", "limit": None, "precision": "float32"}
        run.finish(facts | {"validation": VALIDATION} | metrics)
        return run

    return make


def cells(table):
    headings = [column.heading for column in table.columns]
    return [dict(zip(headings, row, strict=True)) for row in table.rows]


def test_mean_and_standard_deviation_are_numpys(trained):
    accuracies, losses = [0.50, 0.56, 0.53], [1.2, 1.1, 1.3]
    measured = [
        Measured(trained(seed), top1, loss)
        for seed, top1, loss in zip((2, 0, 1), accuracies, losses, strict=True)
    ]
    (row,) = cells(seeds_table(measured, "fer2013, validation"))
    assert row["over seeds"] == "cpcpcpfff"
    assert row["top-1 accuracy %"] == pytest.approx(np.mean(accuracies))
    assert row["± points"] == pytest.approx(np.std(accuracies, ddof=1))
    assert row["log-loss"] == pytest.approx(np.mean(losses))
    assert row["± nats"] == pytest.approx(np.std(losses, ddof=1))
    assert (row["n seeds"], row["seeds"]) == (3, "0, 1, 2")
    assert "macro-F1 %" not in row  # where a training's end measured, it is not known


def test_macro_f1_is_averaged_where_it_is_known(trained):
    scores = [0.4, 0.46]
    measured = [
        Measured(trained(seed), 0.5, 1.2, macro_f1=score) for seed, score in enumerate(scores)
    ]
    (row,) = cells(seeds_table(measured, "d", ["what the split chose"]))
    assert row["macro-F1 %"] == pytest.approx(np.mean(scores))
    assert row["± F1"] == pytest.approx(np.std(scores, ddof=1))
    assert seeds_table(measured, "d", ["what the split chose"]).notes[0] == "what the split chose"


@pytest.mark.parametrize(
    "other",
    [
        {"recipe": "epochs = 4"},
        {"recipe": "epochs = 3\n[network]\nillumination = 'clahe'"},
        {"recipe": "epochs = 3\n[[phases]]\nepochs = 3"},
        {"architecture": "handcrafted"},
        {"fingerprint": "e"},
        {"limit": 2000},
        {"recipe": "epochs = 3\ninit = 'vgg16.h5'"},
        {"precision": "bfloat16"},
    ],
    ids=str,
)
def test_runs_that_differ_in_more_than_the_seed_are_not_averaged(trained, other):
    runs = [trained(0), trained(1, **other)]
    assert seed_groups(measure(run) for run in runs) == []
    assert seeds_table([measure(run) for run in runs], "d") is None


def test_one_seed_twice_is_no_group_and_counts_once(trained):
    first, again, other = (Measured(trained(seed), top1, 1.0) for seed, top1 in
                           ((0, 0.1), (0, 0.4), (1, 0.6)))  # fmt: skip
    assert seed_groups([first, again]) == []
    assert seed_groups([first, again, other]) == [[again, other]]


def test_single_and_averaged_views_are_kept_apart(trained):
    singles = [measure(trained(seed)) for seed in (0, 1)]
    flips = [dataclasses.replace(one, tta="flip", top1=0.6) for one in singles]
    rows = cells(seeds_table([*singles, *flips], "d"))
    assert [row["over seeds"] for row in rows] == ["cpcpcpfff (flip)", "cpcpcpfff"]
    assert [row["remarks"] for row in rows] == ["two views averaged", ""]


def test_groups_of_one_architecture_say_what_sets_them_apart_best_first(trained):
    measured = [
        Measured(trained(seed, f"epochs = 3\n[network]\nillumination = '{name}'"), top1, 1.0)
        for name, top1 in (("none", 0.5), ("clahe", 0.6))
        for seed in (0, 1)
    ]
    other = [measure(trained(seed, architecture="handcrafted", limit=9)) for seed in (0, 1)]
    rows = cells(seeds_table([*measured, *other], "d"))
    assert [row["remarks"] for row in rows[:2]] == [
        "network.illumination = clahe",
        "network.illumination = none",
    ]
    assert rows[2]["remarks"] == "9 training faces"


def test_runs_that_left_faces_out_are_a_group_of_their_own(trained):
    without = {"exclusions": {"sha256": "ab", "train": 1200}}
    runs = [trained(seed) for seed in (0, 1)] + [trained(seed, **without) for seed in (0, 1)]
    table = seeds_table([measure(run) for run in runs], "fer2013, validation")
    assert [row["n seeds"] for row in cells(table)] == [2, 2]
    assert sorted(row["remarks"] for row in cells(table)) == ["", "trained without 1,200 faces"]


def test_from_scratch_is_said(trained):
    measured = [measure(trained(seed, architecture="vgg16")) for seed in (0, 1)]
    assert cells(seeds_table(measured, "d"))[0]["remarks"] == "from scratch"


def test_a_run_is_measured_by_its_validation_or_by_given_predictions(trained, predict):
    run, saved = trained(0), predict(split="test")
    assert measure(run) == Measured(run, 0.5, 1.2)
    metrics = compute_metrics(saved.labels, saved.probabilities, saved.classes)
    expected = Measured(run, metrics.top1, metrics.log_loss, macro_f1=metrics.macro_f1)
    assert measure(run, saved) == expected
