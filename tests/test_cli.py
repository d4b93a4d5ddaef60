"""The command, as a user types it."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from refusals import refused

from zoo.predictions import Predictions
from zoo.runs import list_runs


def test_help_list_and_show_facts_without_importing_tensorflow():
    for arguments in (["--help"], ["list"], ["data", "list"]):
        code = (
            "import sys; from zoo.cli import main\n"
            f"main({arguments}, standalone_mode=False)\n"
            "assert not {'keras', 'tensorflow', 'torch', 'jax'} & sys.modules.keys()"
        )
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_training_without_data_shows_both_ways_out(zoo_command):
    refused(zoo_command("train", "cpcpcpfff"), "zoo data add", "--data drawn")


def test_an_unknown_architecture_is_refused_with_the_nearest_names(zoo_command):
    refused(zoo_command("train", "vgg61"), "vgg61", "vgg16")
    refused(zoo_command("show", "cpcpcpff"), "cpcpcpfff")


def test_an_unknown_recipe_key_is_refused_with_the_nearest_names(small_zoo, zoo_command):
    result = zoo_command("train", "cpcpcpfff", "--set", "optimizer.learning_rat=1")
    refused(result, "optimizer.learning_rate")


def test_resume_takes_nothing_else(zoo_command):
    refused(zoo_command("train", "cpcpcpfff", "--resume", "x"), "--resume")


def test_list_shows_the_best_unlimited_run(small_zoo, zoo_command):
    result = zoo_command("list")
    assert result.exit_code == 0
    (line,) = [line for line in result.output.splitlines() if line.startswith("cpcpcpfff ")]
    assert "60,779" in line
    assert "validation, n = 70" in line


def test_show_lists_every_layer(zoo_command):
    result = zoo_command("show", "cpcpcpfff")
    assert result.exit_code == 0
    assert "60,779" in result.output
    assert "block3_conv" in result.output


def test_an_architecture_names_its_best_unlimited_run(small_zoo, zoo_command):
    result = zoo_command("evaluate", "cpcpcpfff")
    assert result.exit_code == 0, result.output
    (unlimited,) = [
        run
        for run in list_runs(small_zoo / "runs")
        if run.architecture == "cpcpcpfff" and run.metrics["limit"] is None
    ]
    assert unlimited.id in result.output
    assert "validation chose this epoch" in result.output
    assert "85.71" in result.output  # the floor of the sources' binary accuracy, 6/7


def test_evaluate_agrees_with_the_saved_probabilities(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "out"
    assert zoo_command("evaluate", "handcrafted_fcn", "--out", out).exit_code == 0
    metrics = json.loads((out / "validation-metrics.json").read_text())
    (run,) = (run for run in list_runs(small_zoo / "runs") if "fcn" in run.architecture)
    saved = run.predictions("validation")
    expected = np.mean(saved.probabilities.argmax(axis=1) == saved.labels)
    assert metrics["top1"] == pytest.approx(expected)
    assert metrics["n"] == 70
    refused(zoo_command("evaluate", "handcrafted_fcn", "--out", out), "--overwrite")


def test_reading_the_test_split_is_counted_and_saved(small_zoo, zoo_command):
    for times in ("once", "2 times"):
        result = zoo_command("evaluate", "cpcpcpfff", "--split", "test")
        assert result.exit_code == 0, result.output
        assert times in " ".join(result.output.split())
    files = list((small_zoo / "runs").glob("cpcpcpfff/*/predictions/test.npz"))
    assert len(files) == 1
    assert len(Predictions.read(files[0])) == 70


def test_training_reads_no_test_face(small_zoo):
    assert list((small_zoo / "runs").glob("*/*/predictions/test.npz")) == []


def test_compare_shows_every_finished_run_and_marks_limited_ones(small_zoo, zoo_command):
    result = zoo_command("compare", "--format", "csv")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 3
    assert sum("50 training faces" in row["remarks"] for row in rows) == 1
    accuracies = [float(row["top-1 accuracy %"]) for row in rows]
    assert accuracies == sorted(accuracies, reverse=True)


def test_compare_loads_no_network(small_zoo):
    code = (
        "import sys; from zoo.cli import main\n"
        "main(['compare', 'cpcpcpfff', 'ensemble'], standalone_mode=False)\n"
        "assert not {'keras', 'tensorflow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_compare_sorts_by_any_column_and_draws(small_zoo, zoo_command, tmp_path):
    picture = tmp_path / "accuracy.png"
    arguments = ("compare", "--sort", "parameters", "--ascending", "--format", "markdown")
    result = zoo_command(*arguments, "--figure", picture)
    assert result.exit_code == 0, result.output
    rows = [line for line in result.output.splitlines() if line.startswith("| c")]
    assert rows == sorted(rows, key=lambda row: "handcrafted" in row)
    assert picture.stat().st_size > 10_000
    refused(zoo_command("compare", "--figure", picture), "--overwrite")
    refused(zoo_command("compare", "--sort", "paramters"), "parameters")


def test_the_ensemble_averages_its_members(small_zoo, zoo_command):
    result = zoo_command("ensemble", "evaluate", "--members", "cpcpcpfff,handcrafted_fcn")
    assert result.exit_code == 0, result.output
    (folder,) = (small_zoo / "runs" / "ensemble").iterdir()
    averaged = Predictions.read(folder / "predictions" / "validation.npz")
    runs = [run for run in list_runs(small_zoo / "runs") if run.architecture != "ensemble"]
    members = [run for run in runs if run.metrics["limit"] is None]
    expected = np.mean([run.predictions("validation").probabilities for run in members], axis=0)
    np.testing.assert_allclose(averaged.probabilities, expected, atol=1e-6)
    again = zoo_command("ensemble", "evaluate")
    assert again.exit_code == 0, again.output
    assert len(list((small_zoo / "runs" / "ensemble").iterdir())) == 1
    by_id = zoo_command("evaluate", folder.name)
    assert by_id.exit_code == 0, by_id.output
    assert "ensemble" in zoo_command("compare").output


def add_with_another_seed(zoo_command, tmp_path, name):
    """A folder data set whose validation split is drawn by `name`'s seed from the same faces."""
    folder = tmp_path / "folder"
    if not folder.exists():
        for label, grey in (("happy", 60), ("sad", 180)):
            (folder / label).mkdir(parents=True)
            for index in range(12):
                face = np.random.default_rng(index).integers(0, grey, (48, 48), np.uint8)
                Image.fromarray(face).save(folder / label / f"{index}.png")
    seed = name.removeprefix("seed")
    result = zoo_command("data", "add", name, folder, "--validation-fraction", 0.5, "--seed", seed)
    assert result.exit_code == 0, result.output


def trained_id(zoo_command, home, data):
    assert zoo_command("train", "cpcpcpfff", "--epochs", 1, "--data", data).exit_code == 0
    (run,) = (run for run in list_runs(home / "runs") if run.environment["dataset"] == data)
    return run.id


def test_numbers_of_another_data_set_are_never_passed_off(zoo_command, tmp_path, home):
    add_with_another_seed(zoo_command, tmp_path, "seed0")
    add_with_another_seed(zoo_command, tmp_path, "seed1")
    first = trained_id(zoo_command, home, "seed0")
    second = trained_id(zoo_command, home, "seed1")
    refused(zoo_command("compare", first, "--data", "seed1"), "seed1", "--data")
    result = zoo_command("evaluate", first, "--data", "seed1")
    assert result.exit_code == 0, result.output
    assert re.search(
        r"[1-9]\d* of these 12 faces trained this model", " ".join(result.output.split())
    )
    assert "validation chose this epoch" not in result.output
    members = f"{first},{second}"
    mixed = zoo_command("ensemble", "evaluate", "--members", members, "--data", "seed0")
    refused(mixed, first, second, "different data")
    assert "seed0" in zoo_command("list").output


def test_one_damaged_run_does_not_keep_the_others_from_being_listed(small_zoo, zoo_command):
    damaged, *_ = list_runs(small_zoo / "runs")
    (damaged.folder / "metrics.json").write_text("{}")
    for command in (["list"], ["compare"]):
        result = zoo_command(*command)
        assert result.exit_code == 0, result.output
        assert damaged.id in "".join(result.output.split())
    refused(zoo_command("evaluate", damaged.id), "metrics.json", "damaged")


def test_two_ensembles_on_one_table_have_two_names(small_zoo, zoo_command):
    limited, *_ = (
        run for run in list_runs(small_zoo / "runs") if run.metrics["limit"] is not None
    )
    for members in ("cpcpcpfff,handcrafted_fcn", f"{limited.id},handcrafted_fcn"):
        assert zoo_command("ensemble", "evaluate", "--members", members).exit_code == 0
    rows = csv.DictReader(io.StringIO(zoo_command("compare", "--format", "csv").stdout))
    names = [row["model"] for row in rows]
    assert len(names) == len(set(names)) == 5


def test_saved_predictions_of_other_faces_are_refused(small_zoo, zoo_command):
    first, *_ = list_runs(small_zoo / "runs")
    saved = first.predictions("validation")
    replace(saved, fingerprint="0" * 64).write(first.predictions_file("validation"))
    refused(zoo_command("evaluate", first.id), "validation.npz", first.id)


def test_usage_errors_are_one_line(zoo_command, drawn_csv):
    refused(zoo_command("trian"), "trian")
    refused(zoo_command("train", "cpcpcpfff", "--epochs", "abc"), "abc")
    assert zoo_command("data", "add", "tiny", drawn_csv).exit_code == 0
    refused(zoo_command("compare", "--figure", "c.xyz", "--data", "tiny"), "nothing to compare")


def test_the_demo_refuses_an_existing_folder_before_it_trains(zoo_command, tmp_path):
    (tmp_path / "there").mkdir()
    refused(zoo_command("demo", "--out", tmp_path / "there"), "there")


def test_an_ensemble_of_one_or_of_missing_members_is_refused(small_zoo, zoo_command):
    result = zoo_command("ensemble", "evaluate", "--members", "cpcpcpfff,cpcpcpfff")
    refused(result, "two different members")
    result = zoo_command("ensemble", "evaluate", "--members", "cpcpcpfff,vgg16,five_layer")
    refused(result, "vgg16", "five_layer")


def test_members_with_their_own_ensemble_toml(small_zoo, zoo_command):
    (small_zoo / "ensemble.toml").write_text('members = ["cpcpcpfff", "five_layer"]\n')
    refused(zoo_command("ensemble", "evaluate"), "five_layer")
    (small_zoo / "ensemble.toml").write_text('members = ["ensemble"]\n')
    refused(zoo_command("ensemble", "evaluate"), "ensemble.toml")


def test_an_unknown_model_is_refused_with_the_nearest_names(small_zoo, zoo_command):
    refused(zoo_command("evaluate", "cpcpcpf"), "cpcpcpfff")


def test_weights_of_another_architecture_are_refused(small_zoo, zoo_command):
    first, *_, last = (run for run in list_runs(small_zoo / "runs") if not run.metrics["limit"])
    first.weights_file.write_bytes(last.weights_file.read_bytes())
    result = zoo_command("evaluate", first.id, "--split", "test")
    refused(result, "best.weights.h5", "train")


def test_a_full_disk_is_one_line(zoo_command, drawn_csv, monkeypatch):
    import zoo.data.library

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(zoo.data.library, "add", full)
    refused(zoo_command("data", "add", "tiny", drawn_csv), "somewhere", "No space left")


def test_ctrl_c_exits_with_130(zoo_command, monkeypatch):
    import zoo.data.description

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(zoo.data.description, "list_table", interrupt)
    result = zoo_command("data", "list")
    assert result.exit_code == 130


def test_several_seeds_are_trained_one_after_the_other_and_summed_up(small_zoo, zoo_command):
    result = zoo_command(
        "train", "cpcpcpfff", "--epochs", 1, "--limit", 20, "--seeds", "3,5", "--preset",
        "source-adam",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    folders = [path.name for path in (small_zoo / "runs" / "cpcpcpfff").iterdir()]
    assert sum("-s3-" in name for name in folders) == sum("-s5-" in name for name in folders) == 1
    assert "Means over seeds on tiny, validation" in result.output
    assert re.search(r"cpcpcpfff .* 3, 5", result.output)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seeds", "0,1", "--seed", 2), "--seed or --seeds: one of the two"),
        (("--seeds", "0,x"), "--seeds 0,x: expected whole numbers"),
        (("--seeds", "0,0"), "--seeds 0,0: a seed is there twice"),
        (("--seeds", "-1"), "recipe key seed: should be greater than or equal to 0"),
        (("--preset", "nosuch"), "unknown preset 'nosuch': there are scratch, source-"),
        (("--init", "nosuch"), "unknown --init, no file either: 'nosuch'"),
        (("--init", "vgg16"), "--init vgg16: it has no finished, unlimited run: zoo train vgg16"),
    ],
)
def test_wrong_wishes_for_a_training_are_refused_in_one_line(
    arguments, words, small_zoo, zoo_command
):
    before = sorted((small_zoo / "runs").glob("*/*"))
    result = zoo_command("train", "cpcpcpfff", *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert sorted((small_zoo / "runs").glob("*/*")) == before


def test_an_architectures_best_run_can_be_the_start_of_another_training(small_zoo, zoo_command):
    result = zoo_command(
        "train", "cpcpcpfff", "--init", "cpcpcpfff", "--epochs", 1, "--limit", 20
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (best,) = (
        path.parent
        for path in (small_zoo / "runs" / "cpcpcpfff").glob("*/metrics.json")
        if json.loads(path.read_text())["limit"] is None
    )
    assert f"from {best.name}" in result.output
