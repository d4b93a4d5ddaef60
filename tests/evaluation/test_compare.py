"""``zoo compare`` on made-up runs: what each output says, and what it refuses."""

import base64
import csv
import dataclasses
import hashlib
import html
import io
import json
import re
import time

import numpy as np
import pytest
from sklearn.metrics import log_loss

from zoo.data.readings import log_test_reading
from zoo.predictions import Predictions
from zoo.runs import create_run
from zoo.temperature import cross_fitted

CHOSE = "validation chose each model's epoch: optimistic numbers."
READ = "The test split of this data set has been read 2 times"


@pytest.fixture
def three(make):
    """Three runs whose accuracies and costs differ."""
    return [
        make(name, skill=skill, parameters=parameters, multiply_adds=10 * parameters)
        for name, skill, parameters in (("a", 1.0, 1000), ("b", 2.0, 20_000), ("c", 3.0, 9_000))
    ]


def refused(result, *words):
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


def rows_of(result):
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def told(result):
    """What was shown, in one line however it was broken."""
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def test_every_row_of_a_csv_says_split_n_and_what_the_split_chose(three, zoo_command):
    for columns in ((), ("--columns", "model,top-1")):
        rows = rows_of(zoo_command("compare", "--format", "csv", *columns))
        assert [row["model"] for row in rows] == ["c", "b", "a"]
        for row in rows:
            assert (row["split"], row["n"], row["split chose"]) == ("validation", "70", "epoch")
            assert "test readings" not in row


def test_test_numbers_say_how_often_that_split_was_read(three, dataset, zoo_command):
    for _ in range(2):
        log_test_reading(dataset, "a", ["r"])
    rows = rows_of(
        zoo_command("compare", "--split", "test", "--format", "csv", "--columns", "model")
    )
    assert [(row["split"], row["split chose"], row["test readings"]) for row in rows] == [
        ("test", "nothing", "2")
    ] * 3


@pytest.mark.parametrize(("split", "word"), [("validation", CHOSE), ("test", READ)])
@pytest.mark.parametrize("output_format", ["text", "markdown", "latex"])
def test_each_table_carries_split_n_and_what_to_know_of_the_split(
    make, dataset, zoo_command, split, word, output_format
):
    for seed in (0, 1):
        make("a", seed)
    for _ in range(2):
        log_test_reading(dataset, "a", ["r"])
    result = zoo_command("compare", "--split", split, "--paired", "--format", output_format)
    shown = told(result)
    for title in ("2 models on", "Differences on", "Means over seeds on"):
        assert f"{title} tiny, {split}, n = 70" in shown
    # On a terminal a note that several tables share stands once, in a document below each.
    assert shown.count(word) == (1 if output_format == "text" else 3)


@pytest.mark.parametrize(("split", "word"), [("validation", CHOSE), ("test", READ)])
def test_each_picture_carries_split_n_and_what_to_know_of_the_split(
    three, dataset, zoo_command, tmp_path, split, word
):
    for _ in range(2):
        log_test_reading(dataset, "a", ["r"])
    options = {"--figure": "a.svg", "--pareto": "b.svg", "--per-class": "c.svg"}
    paths = [str(part) for key, name in options.items() for part in (key, tmp_path / name)]
    assert zoo_command("compare", "--split", split, *paths).exit_code == 0
    for name in options.values():
        drawn = " ".join(re.findall("<!-- (.*?) -->", (tmp_path / name).read_text()))
        assert f"3 models on tiny, {split}, n = 70 {word}" in drawn


@pytest.mark.parametrize(("split", "word"), [("validation", CHOSE), ("test", READ)])
def test_the_report_is_one_file_with_everything_in_it(
    three, make, dataset, zoo_command, tmp_path, split, word
):
    make("c", 1)
    for _ in range(2):
        log_test_reading(dataset, "a", ["r"])
    path = tmp_path / "report.html"
    assert zoo_command("compare", "--split", split, "--report", path).exit_code == 0
    page = html.unescape(path.read_text())
    for section in ("Models", "Accuracy", "Differences", "Accuracy against cost", "Classes",
                    "Seeds", "How to read this"):  # fmt: skip
        assert re.search(rf'<h2 id="s\d">{section}</h2>', page)
        assert re.search(rf'<a href="#s\d">{section}</a>', page)
    assert page.count("<table>") == 4
    assert page.count(word) >= 4
    assert page.count("data:image/png;base64,") == 4  # accuracy, two costs, classes
    assert not re.search(r"(src|href)=.(https?:|//)", page)
    refused(zoo_command("compare", "--report", path), "--overwrite")
    code = page.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_means_over_seeds_are_of_the_accuracies_in_the_table(make, zoo_command):
    for seed in (0, 1, 2):
        make("a", seed, skill=1.0 + seed)
    rows = rows_of(zoo_command("compare", "--format", "csv"))
    for heading in ("top-1 accuracy %", "macro-F1 %", "log-loss"):
        values = [float(row[heading]) for row in rows]
        mean, spread = np.mean(values), np.std(values, ddof=1)
        digits = 4 if heading == "log-loss" else 2
        shown = told(zoo_command("compare")).partition("Means over seeds")[2]
        assert f"{mean:.{digits}f}" in shown
        assert f"{spread:.{digits}f}" in shown


def test_costs_are_shown_where_they_are_known_and_summed_for_nothing_else(make, zoo_command):
    make("a", multiply_adds=2_500_000, milliseconds_at_batch_1=4.0, milliseconds_per_face=0.5)
    make("b", skill=1.0)
    known, unknown = rows_of(zoo_command("compare", "--format", "csv"))
    assert float(known["multiply-adds, millions"]) == 2.5
    assert (known["ms per face, batch 1"], known["ms per face, batch 256"]) == ("4.0", "0.5")
    assert unknown["multiply-adds, millions"] == unknown["MB"] == ""


def test_times_of_different_machines_are_no_comparison(make, zoo_command):
    for name, precision in (("a", "float32"), ("b", "bfloat16")):
        make(name, milliseconds_per_face=0.5, precision=precision)
    warning = "ms per face: not all measured alike, no comparison"
    assert warning in told(zoo_command("compare"))
    assert warning not in told(zoo_command("compare", "--columns", "model,top-1"))


def test_a_cost_that_nobody_measured_cannot_be_drawn(make, zoo_command, tmp_path):
    make("a")
    result = zoo_command("compare", "--pareto", tmp_path / "p.png")
    refused(result, "multiply-adds", "--costs")
    assert result.stdout == ""


def test_measuring_costs_makes_them_of_this_machine(small_zoo, zoo_command):
    result = zoo_command("compare", "cpcpcpfff", "--costs", "--format", "csv")
    (row,) = rows_of(result)
    assert float(row["ms per face, batch 1"]) > 0
    convolutions = 48 * 48 * 3 + 44 * 44 * 25 * 10 + 18 * 18 * 25 * 100 + 7 * 7 * 9 * 100
    dense = 90 * 256 + 256 * 128 + 128 * 7
    assert float(row["multiply-adds, millions"]) * 1e6 == pytest.approx(convolutions + dense)
    (path,) = small_zoo.glob("runs/*/*/costs.json")
    assert json.loads(path.read_text())["timed_on"]["precision"] in ("float32", "bfloat16")
    path.write_text("{}")
    refused(zoo_command("compare", "cpcpcpfff"), "costs.json: damaged", "delete it")


FAULTS = {
    "NaN": lambda saved: dataclasses.replace(saved, probabilities=saved.probabilities * np.nan),
    "sum": lambda saved: dataclasses.replace(saved, probabilities=saved.probabilities * 2),
    "other fingerprint": lambda saved: dataclasses.replace(saved, fingerprint="e" * 64),
    "other order": lambda saved: saved.only(np.arange(len(saved))[::-1]),
    "fewer faces": lambda saved: saved.only(np.arange(len(saved)) < 50),
    "other classes": lambda saved: dataclasses.replace(saved, classes=saved.classes[::-1]),
    "other labels": lambda saved: dataclasses.replace(saved, labels=(saved.labels + 1) % 7),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_with_unusable_predictions_is_refused_by_name_and_else_left_out(
    make, zoo_command, fault
):
    good, bad = make("good"), make("bad", predictions=FAULTS[fault])
    refused(zoo_command("compare", good.id, bad.id), bad.id)
    result = zoo_command("compare", "--format", "csv")
    assert [row["model"] for row in rows_of(result)] == ["good"]
    assert f"left out: bad {bad.id}" in told(zoo_command("compare"))


def test_where_every_run_is_unusable_one_line_says_why(make, zoo_command):
    make("bad", predictions=FAULTS["NaN"])
    refused(zoo_command("compare"), "nothing to compare", "rows are not probabilities")


def test_runs_without_files_on_other_data_or_in_training_are_left_out_and_named(
    make, zoo_command, home
):
    good = make("good")
    training = create_run(home / "runs", "slow", 0, 'architecture = "slow"\nseed = 0\n', {})
    missing = make("missing")
    missing.predictions_file("validation").unlink()
    elsewhere = make("elsewhere", fingerprint="e" * 64, dataset="others")
    result = told(zoo_command("compare"))
    assert f"left out: 1 run, not finished: {training.id}." in result
    assert "1 run, no predictions on validation are saved: zoo evaluate RUN" in result
    assert missing.id in result
    assert f"other faces than those of tiny, see --data: {elsewhere.id} (others)." in result
    assert "1 model on tiny" in result
    refused(zoo_command("compare", training.id), training.id, "not finished")
    refused(zoo_command("compare", missing.id), "no saved predictions")
    refused(zoo_command("compare", good.id, elsewhere.id), elsewhere.id, "not trained on 'tiny'")


def test_nothing_is_compared_where_there_are_no_runs(dataset, zoo_command):
    refused(zoo_command("compare"), "nothing to compare", "zoo train")


def test_one_run_is_compared_with_nothing(make, zoo_command, tmp_path):
    make("a", multiply_adds=5)
    options = ("--paired", "--report", tmp_path / "r.html", "--pareto", tmp_path / "p.png")
    result = zoo_command("compare", *options, "--per-class", tmp_path / "c.png")
    assert "1 model on tiny" in told(result)
    assert "Differences" not in result.stdout + (tmp_path / "r.html").read_text()


def test_a_class_without_faces_is_named_and_has_no_bar(make, dataset, zoo_command, tmp_path):
    from zoo.evaluation.entry import Entry
    from zoo.evaluation.pictures import class_intervals, per_class_figure

    saved = Predictions.of(
        dataset, "validation", np.random.default_rng(0).dirichlet(np.ones(7), 70)
    )
    few = saved.only(saved.labels != 1)
    assert [one is None for one in class_intervals(few.measure())] == [
        label == 1 for label in range(7)
    ]
    per_class_figure([Entry("a", few)], tmp_path / "c.svg")
    drawn = (tmp_path / "c.svg").read_text()
    assert drawn.count("<!-- no face -->") == 1
    assert "<!-- n = 0 -->" in drawn


def test_more_models_than_a_matrix_or_a_picture_holds(make, zoo_command, tmp_path):
    for seed in range(42):
        make("a", seed, recipe=f"epochs = {seed}\n", multiply_adds=seed + 1)
    refused(zoo_command("compare", "--paired"), "42 models are 861 pairs", "40 at most")
    path = tmp_path / "a.svg"
    started = time.process_time()
    result = zoo_command("compare", "--figure", path, "--pareto", tmp_path / "p.png")
    assert time.process_time() - started < 20
    assert "42 models on tiny" in told(result)
    assert "The best 40 of 42 models on tiny" in path.read_text()


def test_a_model_that_is_named_twice_stands_there_once(three, zoo_command):
    first, second = three[0].id, three[1].id
    rows = rows_of(zoo_command("compare", first, second, first, "--format", "csv"))
    assert [row["model"] for row in rows] == ["b", "a"]


@pytest.fixture
def average(three, zoo_command, tmp_path):
    """The file of an ensemble of two runs."""
    for run in three:
        run.weights_file.write_bytes(run.id.encode())
    path = tmp_path / "average.toml"
    names = ",".join(run.id for run in three[:2])
    defined = zoo_command("ensemble", "define", "--members", names, "--out", path)
    assert defined.exit_code == 0, defined.output
    return path


def test_a_temperature_is_of_all_faces_whichever_are_left_out(
    three, average, dataset, zoo_command, tmp_path
):
    ids = dataset.split("validation").ids
    (tmp_path / "list.csv").write_text(f"id,split\n{ids[3]},validation\n{ids[40]},validation\n")
    rows = {
        row["model"]: row
        for row in rows_of(
            zoo_command(
                "compare",
                average,
                three[2].id,
                "--calibrated",
                "--format",
                "csv",
                "--exclusions",
                tmp_path / "list.csv",
            )  # fmt: skip
        )
    }
    each = [run.predictions("validation") for run in three]
    kept = np.delete(np.arange(70), [3, 40])
    mean = np.mean([one.probabilities for one in each[:2]], axis=0, dtype=np.float64)
    for name, given in (
        ("average (calibrated)", mean.astype(np.float32)),
        ("c (calibrated)", each[2].probabilities),
    ):
        scaled = cross_fitted(each[0].labels, given)[kept]
        expected = log_loss(each[0].labels[kept], scaled, labels=range(7))
        assert float(rows[name]["log-loss"]) == pytest.approx(expected, rel=1e-6)
        assert rows[name]["n"] == "68"


def test_a_damaged_temperature_leaves_out_its_row_alone(three, zoo_command):
    damaged = three[1].folder / "calibration" / "validation.json"
    damaged.parent.mkdir()
    damaged.write_text("{")
    result = zoo_command("compare", "--calibrated")
    shown = told(result)
    for name in ("a (calibrated)", "c (calibrated)"):
        assert name in shown
    assert "b (calibrated)" not in shown
    assert f"left out: b {three[1].id} (" in shown
    assert "damaged: delete it" in shown
    refused(zoo_command("compare", three[1].id, "--calibrated"), "damaged: delete it")
