"""From the command to tables and files, on a small trained zoo."""

import csv
import dataclasses
import io
import json
import subprocess
import sys

import numpy as np
import pytest

import zoo
from zoo.data.library import open_dataset
from zoo.data.library import test_readings as count_readings
from zoo.predictions import Predictions
from zoo.runs import list_runs


@pytest.fixture
def trained(small_zoo):
    """The finished, unlimited run of an architecture."""

    def find(architecture):
        (run,) = (
            run
            for run in list_runs(small_zoo / "runs")
            if run.architecture == architecture and run.metrics["limit"] is None
        )
        return run

    return find


def succeeded(result):
    assert result.exit_code == 0, result.output
    return result


def rows_of(result):
    return list(csv.DictReader(io.StringIO(succeeded(result).stdout)))


def flat(result):
    return " ".join(succeeded(result).output.split())


def test_averaging_views_is_shown_and_saved_apart(small_zoo, zoo_command, trained):
    run = trained("cpcpcpfff")
    before = run.predictions_file("validation").read_bytes()
    told = flat(zoo_command("evaluate", "cpcpcpfff", "--tta", "flip"))
    assert "cpcpcpfff (flip)" in told
    assert "two views were averaged" in told
    assert run.predictions_file("validation").read_bytes() == before
    saved = run.predictions("validation", "flip")
    faces = open_dataset("tiny").split("validation").faces
    network = zoo.load(run.id).network
    views = [network.predict(view, verbose=0) for view in (faces, np.flip(faces, axis=2))]
    np.testing.assert_allclose(saved.probabilities, np.mean(views, axis=0), atol=1e-5)
    evaluation = run.folder / "evaluation"
    metrics = json.loads((evaluation / "validation-flip-metrics.json").read_text())
    assert (metrics["model"], metrics["tta"]) == ("cpcpcpfff (flip)", "flip")
    single = flat(zoo_command("evaluate", "cpcpcpfff"))
    assert "flip" not in single
    assert (evaluation / "validation-metrics.json").exists()


def test_the_library_averages_views_too(small_zoo, trained):
    faces = open_dataset("tiny").split("validation").faces[:8]
    flipped = zoo.load(trained("cpcpcpfff").id, tta="flip")
    mirrored = flipped.predict_proba(faces[:, :, ::-1])
    np.testing.assert_allclose(flipped.predict_proba(faces), mirrored, atol=1e-6)
    assert flipped.name == "cpcpcpfff (flip)"
    with pytest.raises(zoo.errors.ZooError, match="unknown test-time augmentation 'flop'"):
        zoo.load("cpcpcpfff", tta="flop")


def test_an_ensemble_averages_the_views_of_every_member(small_zoo, zoo_command, trained):
    told = flat(zoo_command("ensemble", "evaluate", "--tta", "flip"))
    for name in ("cpcpcpfff (flip)", "handcrafted_fcn (flip)", "ensemble (flip)"):
        assert name in told
    members = [trained(name).predictions("validation", "flip").probabilities
               for name in ("cpcpcpfff", "handcrafted_fcn")]  # fmt: skip
    (folder,) = (small_zoo / "runs" / "ensemble").iterdir()
    averaged = Predictions.read(folder / "predictions" / "validation-flip.npz")
    np.testing.assert_allclose(averaged.probabilities, np.mean(members, axis=0), atol=1e-6)
    single = Predictions.read(folder / "predictions" / "validation.npz")
    assert single.tta == "none"
    singles = [trained(name).predictions("validation").probabilities
               for name in ("cpcpcpfff", "handcrafted_fcn")]  # fmt: skip
    np.testing.assert_allclose(single.probabilities, np.mean(singles, axis=0), atol=1e-6)


def test_comparing_adds_rows_of_averaged_views_only_when_asked(small_zoo, zoo_command, trained):
    succeeded(zoo_command("evaluate", "cpcpcpfff", "--tta", "flip"))
    names = [row["model"] for row in rows_of(zoo_command("compare", "--format", "csv"))]
    assert not any("flip" in name for name in names)
    rows = rows_of(zoo_command("compare", "--format", "csv", "--tta", "flip"))
    (row,) = [row for row in rows if "(flip)" in row["model"]]
    assert row["remarks"] == "two views averaged"
    saved = trained("cpcpcpfff").predictions("validation", "flip")
    accuracy = np.mean(saved.probabilities.argmax(axis=1) == saved.labels)
    assert float(row["top-1 accuracy %"]) == pytest.approx(100 * accuracy)
    assert len(rows) == 4
    told = flat(zoo_command("compare", "--tta", "flip"))
    assert f"No flip predictions on validation are saved of {trained('cpcpcpfff').id}" not in told
    assert trained("handcrafted_fcn").id in told
    assert "--tta flip makes them" in told
    assert (small_zoo / "runs" / "comparison-tiny-validation-flip.png").exists()


def test_averaging_views_of_the_test_split_counts_as_a_reading(small_zoo, zoo_command, trained):
    told = flat(zoo_command("evaluate", "cpcpcpfff", "--split", "test", "--tta", "flip"))
    assert "has been read once" in told
    assert count_readings(open_dataset("tiny")) == 1
    assert trained("cpcpcpfff").predictions_file("test", "flip").exists()
    assert not trained("cpcpcpfff").predictions_file("test").exists()


def test_predictions_of_other_views_under_a_name_are_refused(small_zoo, zoo_command, trained):
    run = trained("cpcpcpfff")
    run.predictions("validation").write(run.predictions_file("validation", "flip"))
    result = zoo_command("evaluate", "cpcpcpfff", "--tta", "flip")
    assert result.exit_code == 2
    assert "validation-flip.npz: predictions under another test-time augmentation" in result.stderr


def test_averaged_views_and_single_ones_may_share_a_folder(small_zoo, zoo_command, tmp_path):
    out = tmp_path / "out"
    succeeded(zoo_command("evaluate", "cpcpcpfff", "--tta", "flip", "--out", out))
    succeeded(zoo_command("evaluate", "cpcpcpfff", "--out", out))
    assert len(list(out.iterdir())) == 8
    for arguments in ((), ("--tta", "flip")):
        result = zoo_command("evaluate", "cpcpcpfff", "--out", out, *arguments)
        assert result.exit_code == 2
        assert "--overwrite" in result.stderr


def test_what_a_run_started_from_is_said_wherever_it_is_shown(small_zoo, zoo_command, trained):
    run = trained("cpcpcpfff")
    init = small_zoo / "runs" / "vgg16" / "20260101-s0-abcd" / "best.weights.h5"
    recipe = (run.folder / "recipe.toml").read_text()
    (run.folder / "recipe.toml").write_text(recipe.replace('"none"', f'"{init}"', 1))
    run.finish(run.metrics | {"init": str(init)})
    start = "from 20260101-s0-abcd"
    for command in (
        ("list",),
        ("compare",),
        ("evaluate", "cpcpcpfff"),
        ("ensemble", "evaluate"),
        ("evaluate", "ensemble"),
    ):
        assert start in flat(zoo_command(*command)), command
    metrics = json.loads((run.folder / "evaluation" / "validation-metrics.json").read_text())
    assert metrics["remarks"] == start


def copied_with_seed(run, seed):
    """The same run under another seed, with other accuracies."""
    from shutil import copytree

    folder = run.folder.with_name(f"20260101-000000-s{seed}-cafe")
    copytree(run.folder, folder)
    recipe = (folder / "recipe.toml").read_text()
    (folder / "recipe.toml").write_text(recipe.replace("seed = 0\n", f"seed = {seed}\n"))
    saved = run.predictions("validation")
    rolled = np.roll(saved.probabilities, 1, axis=0)
    fields = {name: getattr(saved, name) for name in saved.__dataclass_fields__}
    Predictions(**fields | {"probabilities": rolled}).write(folder / "predictions/validation.npz")
    return np.mean(rolled.argmax(axis=1) == saved.labels)


def test_comparing_ends_with_means_over_seeds(small_zoo, zoo_command, trained):
    run = trained("cpcpcpfff")
    saved = run.predictions("validation")
    assert "over seeds" not in flat(zoo_command("compare"))
    first = np.mean(saved.probabilities.argmax(axis=1) == saved.labels)
    second = copied_with_seed(run, 1)
    told = succeeded(zoo_command("compare", "--markdown")).stdout
    line = told[told.index("Means over seeds on tiny, validation") :].splitlines()[4]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    mean, spread = 100 * (first + second) / 2, 100 * abs(first - second) / np.sqrt(2)
    assert cells[0] == "cpcpcpfff"
    assert float(cells[1]) == pytest.approx(mean, abs=0.006)
    assert float(cells[2]) == pytest.approx(spread, abs=0.006)
    assert cells[7:9] == ["2", "0, 1"]
    assert len(rows_of(zoo_command("compare", "--format", "csv"))) == 4


def test_comparing_averaged_views_loads_no_network(small_zoo, zoo_command):
    succeeded(zoo_command("evaluate", "cpcpcpfff", "--tta", "flip"))
    code = (
        "import sys; from zoo.cli import main\n"
        "main(['compare', '--tta', 'flip'], standalone_mode=False)\n"
        "assert not {'keras', 'tensorflow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_finished_run_records_what_it_reached_on_faces_that_are_not_in_train(trained):
    metrics = trained("cpcpcpfff").metrics
    assert metrics["validation"]["n"] == 70
    assert metrics["unseen"] == metrics["validation"]  # no drawn face stands there twice


def test_evaluating_finds_out_which_faces_of_older_predictions_stand_in_train(
    small_zoo, zoo_command, trained
):
    run = trained("cpcpcpfff")
    path = run.predictions_file("validation")
    saved = Predictions.read(path)
    dataclasses.replace(saved, seen=None).write(path)
    assert "not known" in flat(zoo_command("compare", "cpcpcpfff"))
    assert "0 of the 70 validation faces" in flat(zoo_command("evaluate", "cpcpcpfff"))
    np.testing.assert_array_equal(Predictions.read(path).seen, np.zeros(70, bool))
    np.testing.assert_array_equal(Predictions.read(path).probabilities, saved.probabilities)
    assert "0 of the 70 validation faces" in flat(zoo_command("compare", "cpcpcpfff"))
