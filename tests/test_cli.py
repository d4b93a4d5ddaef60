"""The command, as a user types it."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from zoo.explainers import METHODS
from zoo.predictions import Predictions
from zoo.runs import list_runs


def refused(result, *words):
    """Whether the command ended with one line on stderr, exit code 2 and no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


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


def test_explaining_a_face_of_the_data_set_by_the_ensemble(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "lime"
    arguments = ("explain", "--model", "ensemble", "--index", 17, "--samples", 60, "--out", out)
    result = zoo_command(*arguments)
    assert result.exit_code == 0, result.output
    names = {path.name for path in out.iterdir()}
    pictures = {"panels.png", "classes.png", "heatmap.png", "probabilities.png"}
    assert names == pictures | {"explanation.npz", "explanation.json"}
    with np.load(out / "explanation.npz", allow_pickle=False) as saved:
        assert saved["maps"].shape == (7, 48, 48)
    facts = json.loads((out / "explanation.json").read_text())
    assert facts["predictor"] == "ensemble"
    refused(zoo_command(*arguments), "--overwrite")


def test_explaining_by_any_method_with_settings_of_its_own(small_zoo, zoo_command, tmp_path):
    face = ("explain", "--model", "cpcpcpfff", "--index", 17)
    result = zoo_command(
        *face, "--method", "lrp", "--set", "composite=epsilon_gamma_box", "--target", "happy",
        "--out", tmp_path / "lrp",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    facts = json.loads((tmp_path / "lrp" / "explanation.json").read_text("utf-8"))
    assert facts["method"] == "lrp"
    assert facts["settings"] == {"composite": "epsilon_gamma_box", "epsilon": 0.0}
    (explained,) = facts["explained"]
    assert explained["class"] == "happy"
    assert explained["members"][0].keys() == {"name", "weight", "logit", "biases", "lost"}
    assert (tmp_path / "lrp" / "map.png").stat().st_size
    for wrong, words in (
        (("--method", "lrpp"), "unknown method 'lrpp': did you mean lrp"),
        (("--method", "lrp", "--samples", 5), "unknown LRP setting 'samples'"),
        (("--method", "gradcam", "--set", "layer"), "expected key=value"),
        (("--target", "hapy"), "unknown class 'hapy': did you mean happy"),
    ):
        refused(zoo_command(*face, *wrong), words)


def test_saying_how_far_a_map_may_be_believed(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "out"
    result = zoo_command(
        "explain", "--model", "ensemble", "--index", 3, "--method", "gradcam", "--faithfulness",
        "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "How far to believe the map of" in result.output
    facts = json.loads((out / "faithfulness.json").read_text("utf-8"))
    assert 0 <= facts["deletion_auc"] <= 1
    assert (out / "faithfulness.png").stat().st_size


def test_methods_beside_each_other_over_models(small_zoo, zoo_command, tmp_path):
    quick = ("--faces", 3, "--seeds", 2, "--set", "lime.samples=20", "--methods", "lime,gradcam")
    command = ("faithfulness", "cpcpcpfff", "ensemble", *quick)
    result = zoo_command(*command)
    assert result.exit_code == 0, result.output
    page = Path("faithfulness-tiny.md").read_text("utf-8")
    assert "zoo faithfulness cpcpcpfff ensemble --data tiny --split validation --faces 3" in page
    for words in ("| cpcpcpfff | LIME | 3 |", "| ensemble | random map | 3 |", "MuFidelity"):
        assert words in page
    refused(zoo_command(*command), "--overwrite")
    for wrong, words in (
        (("--methods", "lim"), "unknown method 'lim': did you mean lime"),
        (("--set", "samples=20"), "expected METHOD.KEY=VALUE"),
        (("--methods", "lrp", "--set", "lime.samples=20"), "the method one of lrp"),
        (("--set", "lime.sample=20"), "unknown LIME setting 'sample': did you mean samples"),
        (("--seeds", 0), "0 is not in the range"),
    ):
        refused(zoo_command("faithfulness", "cpcpcpfff", "--out", "x.md", *wrong), words)


def test_a_gallery_of_what_is_right_and_wrong(small_zoo, zoo_command):
    result = zoo_command(
        "gallery", "cpcpcpfff", "--per-class", 1, "--method", "gradcam", "--wrong"
    )
    assert result.exit_code == 0, result.output
    folder = Path("cpcpcpfff-gallery-tiny-gradcam")
    page = (folder / "gallery.html").read_text("utf-8")
    pictures = {path.name for path in folder.glob("*.png")}
    assert pictures
    assert all(name.endswith("-wrong.png") for name in pictures)
    assert page.count("<img") == len(pictures)
    assert '<a href="#s1">' in page
    assert '<h2 id="s1">' in page
    refused(zoo_command("gallery", "cpcpcpfff", "--method", "gradcam"), "--overwrite")
    refused(zoo_command("gallery", "cpcpcpfff", "--set", "sample=3"), "did you mean samples")


def test_an_atlas_of_several_methods(small_zoo, zoo_command):
    command = ("atlas", "ensemble", "--faces", 6, "--methods", "gradcam,lrp")
    result = zoo_command(*command)
    assert result.exit_code == 0, result.output
    folder = Path("ensemble-atlas-tiny")
    names = {f"{method}-{kind}" for method in ("gradcam", "lrp")
             for kind in ("emotions.png", "correct.png", "pairs.png")}  # fmt: skip
    assert {path.name for path in folder.iterdir()} == {
        "atlas.html", "gradcam.npz", "lrp.npz", *names,
    }  # fmt: skip
    assert (folder / "atlas.html").read_text("utf-8").count("<img") == 6
    with np.load(folder / "lrp.npz", allow_pickle=False) as saved:
        assert saved["counts"].sum() == 6
    refused(zoo_command(*command), "--overwrite")
    refused(zoo_command("atlas", "ensemble", "--methods", "lrpp"), "did you mean lrp")


def test_the_help_of_explain_names_every_method(zoo_command):
    told = zoo_command("explain", "--help").output
    assert all(name in told for name in METHODS)


def test_explaining_a_photo(small_zoo, zoo_command, tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8)).save(photo)
    result = zoo_command("explain", photo, "--model", "cpcpcpfff", "--samples", 20)
    assert result.exit_code == 0, result.output
    assert Path("cpcpcpfff-photo-lime", "panels.png").is_file()


def test_a_large_photo_is_cut_to_its_face_and_it_is_said(small_zoo, zoo_command, tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(data.astronaut()).save(photo)
    explain = ("explain", photo, "--model", "cpcpcpfff", "--samples", 20)
    result = zoo_command(*explain, "--out", "cut")
    assert "cut to the face found at columns 1" in result.output, result.output
    result = zoo_command(*explain, "--out", "whole", "--whole-image")
    assert "cut to" not in result.output
    cut, whole = (
        json.loads(Path(out, "explanation.json").read_text()) for out in ("cut", "whole")
    )
    (top, bottom), (left, right) = (cut["settings"][f"photo_{of}"] for of in ("rows", "columns"))
    assert bottom - top == right - left
    assert "photo_rows" not in whole["settings"]
    with np.load("cut/explanation.npz", allow_pickle=False) as saved:
        by_hand = Image.fromarray(data.astronaut()[top:bottom, left:right]).resize((48, 48))
        seen = saved["face"].mean(axis=-1)
        assert np.corrcoef(seen.ravel(), np.asarray(by_hand).mean(axis=-1).ravel())[0, 1] > 0.95


def test_explain_wants_one_face(small_zoo, zoo_command, tmp_path):
    refused(zoo_command("explain", "--model", "cpcpcpfff"), "--index")
    refused(zoo_command("explain", "--model", "cpcpcpfff", "--index", 70), "0 to 69")
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    refused(zoo_command("explain", text, "--model", "cpcpcpfff"), "text.png")
    refused(zoo_command("explain", tmp_path / "none.png", "--model", "cpcpcpfff"), "none.png")


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
        (("--preset", "nosuch"), "unknown preset 'nosuch': there are source-"),
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
