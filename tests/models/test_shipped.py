"""Weights that came with the package, wherever a MODEL is named, on faces they never saw."""

import csv
import io
import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.data.drawn import draw_faces
from zoo.data.library import open_dataset
from zoo.data.library import test_readings as count_readings
from zoo.files import file_sha256
from zoo.predictions import Predictions
from zoo.runs import Run, list_runs
from zoo.weights.manifest import read_manifest

NAMES = ("cpcpcpfff", "handcrafted_fcn")


def succeeded(result):
    assert result.exit_code == 0, result.output
    return result


def refused(result):
    """The one line with which a command refused."""
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.strip()


def flat(result):
    return " ".join(succeeded(result).output.split())


def rows_of(result):
    rows = csv.DictReader(io.StringIO(succeeded(result).stdout))
    return {row["model"]: row for row in rows}


def saved_at_home(home, name):
    (path,) = home.glob(f"shipped/{name}-*/predictions/*/validation.npz")
    return Predictions.read(path)


def top1(predictions):
    return 100 * np.mean(predictions.probabilities.argmax(axis=1) == predictions.labels)


@pytest.fixture(params=["cannot be written", "the disk is full"])
def unwritable(request, tmp_path, monkeypatch, full_home):
    """Nothing can be written into $ZOO_HOME, not even by root; gives what is said of it."""
    if request.param == "the disk is full":
        full_home()
    else:  # its parent is a file
        (tmp_path / "file").touch()
        monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file" / "home"))
    return request.param


@pytest.fixture
def no_network(monkeypatch):
    """Whoever opens a connection fails."""

    def refuse(*args, **options):
        pytest.fail("a connection was opened")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def test_everything_that_comes_with_the_package_works_without_a_network(package, no_network):
    faces = np.array(draw_faces(1, seed=0).faces)
    names = [f"{entry.architecture}/shipped" for entry in read_manifest().entries]
    assert names
    for name in (*names, "ensemble"):
        probabilities = zoo.load(name).predict_proba(faces)
        assert probabilities.shape == (1, 7), name
        np.testing.assert_allclose(probabilities.sum(), 1, atol=1e-5)


def test_a_fresh_install_recognises_emotions(shipped, home, trained_home, monkeypatch):
    """What the weights give is what was measured when they were exported."""
    with monkeypatch.context() as patch:
        patch.setenv("ZOO_HOME", str(trained_home))
        faces = open_dataset("tiny").split("validation").faces
    measured = [Run(shipped / name).predictions("validation").probabilities for name in NAMES]
    for name in (NAMES[0], f"{NAMES[0]}/shipped"):
        given = zoo.load(name).predict_proba(faces)
        np.testing.assert_allclose(given, measured[0], atol=1e-5)
    given = zoo.load("ensemble").predict_proba(faces)
    np.testing.assert_allclose(given, np.mean(measured, axis=0), atol=1e-5)
    assert not home.exists()


def test_photos_are_explained_where_nothing_can_be_written(
    shipped, unwritable, photo, zoo_command
):
    told = flat(zoo_command("explain", photo, "--model", "ensemble", "--samples", 20))
    assert "ensemble of 2 by the zoo's own ensemble.toml" in told
    assert "wrote ensemble-photo-lime/panels.png" in told
    assert f"{NAMES[0]}: the shipped weights (validation log-loss " in told


def test_what_must_be_written_where_nothing_can_be_is_refused_in_one_line(
    shipped, unwritable, zoo_command, drawn_csv
):
    for command in (
        ("data", "add", "mine", drawn_csv),
        ("ensemble", "define", "--members", ",".join(NAMES)),
        ("train", NAMES[0], "--data", "drawn", "--limit", 10, "--epochs", 1),
    ):
        assert unwritable in zoo_command(*command).stderr.splitlines()[-1], command


def test_the_list_says_which_weights_are_shipped(shipped, zoo_command):
    listed = succeeded(zoo_command("list")).output.splitlines()
    accuracy = Run(shipped / NAMES[0]).metrics["validation"]["top1"]
    (line,) = (line for line in listed if line.startswith(f"{NAMES[0]} "))
    assert f"shipped: {accuracy:.2%} on tiny" in line


def test_without_shipped_weights_the_refusals_say_what_to_do(zoo_command, photo):
    for model, said in (
        ("five_layer", "and no weights of it came with the zoo: zoo train five_layer"),
        ("five_layer/shipped", "no weights of five_layer came with the zoo: zoo train five_layer"),
        ("ensemble", "ensemble"),
    ):
        assert said in refused(zoo_command("explain", photo, "--model", model))


def test_they_are_measured_on_the_users_faces_once(newcomer, zoo_command, no_prediction):
    name = NAMES[0]
    result = zoo_command("evaluate", name)
    told = flat(result)
    assert f"{name}/shipped: predicting 70 validation faces of mine …" in result.stderr
    assert f"{name}, trained on tiny, on validation, n = 70" in told
    assert "of these 70 faces trained this model" in told
    assert "validation chose this epoch" not in told
    faces = open_dataset("mine").split("validation")
    network = zoo.load(f"{name}/shipped").network
    saved = saved_at_home(newcomer, name)
    np.testing.assert_allclose(
        saved.probabilities, network.predict(faces.faces, verbose=0), atol=1e-5
    )
    (written,) = newcomer.glob(f"shipped/{name}-*/evaluation/mine/validation-metrics.json")
    facts = json.loads(written.read_text())
    assert (100 * facts["top1"], facts["n"]) == (pytest.approx(top1(saved)), 70)
    assert facts["remarks"] == "trained on tiny"
    no_prediction()
    again = zoo_command("evaluate", name)
    assert (again.stdout, again.stderr) == (result.stdout, "")


def test_weights_of_a_later_version_are_measured_anew(
    newcomer, zoo_command, shipped, tmp_path, monkeypatch
):
    """What the weights of the same name gave before is not theirs."""
    from zoo.training.networks import load_network
    from zoo.weights.facts import read_facts
    from zoo.weights.tensors import write_tensors

    succeeded(zoo_command("evaluate", NAMES[0]))
    later = Run(tmp_path / "later" / NAMES[0])
    shutil.copytree(shipped / NAMES[0], later.folder)
    network = load_network(later)
    network.get_layer("logits").bias.assign([9, 0, 0, 0, 0, 0, 0])
    write_tensors(later.weights_file, network, read_facts(later.weights_file))
    later.finish(later.metrics | {"weights_sha256": file_sha256(later.weights_file)})
    monkeypatch.setattr(zoo.weights, "SHIPPED", later.folder.parent)
    succeeded(zoo_command("evaluate", NAMES[0], "--out", "out"))
    facts = json.loads(Path("out/validation-metrics.json").read_text())
    labels = open_dataset("mine").split("validation").labels
    assert facts["top1"] == pytest.approx(np.mean(labels == 0))


def test_averaged_views_and_the_test_split_are_kept_at_home_too(newcomer, zoo_command):
    succeeded(zoo_command("evaluate", NAMES[0], "--tta", "flip"))
    told = flat(zoo_command("evaluate", NAMES[0], "--split", "test"))
    assert "has been read once" in told
    assert count_readings(open_dataset("mine")) == 1
    names = {path.name for path in newcomer.glob("shipped/*/predictions/*/*")}
    assert names == {"validation-flip.npz", "test.npz"}


def test_on_the_data_they_were_trained_on_the_packages_own_numbers_count(
    small_zoo, shipped, zoo_command, no_prediction
):
    no_prediction()
    recipe = shipped / NAMES[0] / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("seed = 0\n", "seed = 7\n"))
    told = flat(zoo_command("compare"))
    assert f"{NAMES[0]} shipped" in told
    assert "over seeds" not in told  # they are an export of some run, not one more training
    for run in list_runs(small_zoo / "runs"):
        shutil.rmtree(run.folder)
    told = flat(zoo_command("evaluate", NAMES[0]))
    assert "validation chose this epoch" in told
    assert "trained on" not in told
    measured = Run(shipped / NAMES[0]).predictions("validation")
    row = rows_of(zoo_command("compare", "--format", "csv"))[NAMES[0]]
    assert float(row["top-1 accuracy %"]) == pytest.approx(top1(measured))
    assert len(list(small_zoo.glob("shipped/*/evaluation/validation-metrics.json"))) == 1
    assert list(small_zoo.glob("shipped/*/predictions")) == []


def test_the_shipped_ensemble_is_measured_on_the_users_faces(newcomer, zoo_command, no_prediction):
    told = flat(zoo_command("ensemble", "evaluate"))
    assert "by the zoo's own ensemble.toml" in told
    assert "ensemble of 2, trained on tiny" in told
    assert " cpcpcpfff, handcrafted_fcn: trained on tiny. " in told
    members = [saved_at_home(newcomer, name).probabilities for name in NAMES]
    no_prediction()
    told = flat(zoo_command("evaluate", "ensemble"))
    assert "ensemble of 2, trained on tiny, on validation" in told
    (folder,) = (newcomer / "runs" / "ensemble").iterdir()
    averaged = Predictions.read(folder / "predictions" / "validation.npz")
    np.testing.assert_allclose(averaged.probabilities, np.mean(members, axis=0), atol=1e-6)
    assert averaged.fingerprint == open_dataset("mine").fingerprint
    rows = rows_of(zoo_command("compare", "--format", "csv"))
    assert rows.keys() == {*NAMES, "ensemble"}
    assert float(rows["ensemble"]["top-1 accuracy %"]) == pytest.approx(top1(averaged))
    assert rows["ensemble"]["remarks"] == "ensemble of 2, trained on tiny"
    succeeded(zoo_command("evaluate", folder.name))


def test_comparing_computes_only_for_shipped_weights_that_are_named(
    newcomer, zoo_command, no_prediction
):
    told = refused(zoo_command("compare"))
    assert "nothing to compare" in told
    assert f"zoo evaluate {NAMES[0]}/shipped" in told
    result = zoo_command("compare", NAMES[0], "--format", "csv")
    row = rows_of(result)[NAMES[0]]
    assert "predicting 70 validation faces of mine" in result.stderr
    assert float(row["top-1 accuracy %"]) == pytest.approx(top1(saved_at_home(newcomer, NAMES[0])))
    no_prediction()
    told = flat(zoo_command("compare"))
    assert f"No predictions on validation of mine are saved of {NAMES[1]}/shipped: " in told
    assert "zoo evaluate MODEL makes them" in told
    # of the test split nothing is computed before the reading is logged
    told = refused(zoo_command("compare", NAMES[0], "--split", "test"))
    assert f"zoo evaluate {NAMES[0]}/shipped --data mine --split test" in told


def test_own_and_shipped_runs_of_one_architecture_are_told_apart(newcomer, zoo_command):
    name = NAMES[0]
    succeeded(zoo_command("evaluate", f"{name}/shipped"))
    succeeded(zoo_command("train", name, "--epochs", 1, "--init", name))
    (own,) = list_runs(newcomer / "runs")
    assert own.recipe["init"] == f"{name}/shipped"
    assert own.start == f"from {name}/shipped"
    rows = rows_of(zoo_command("compare", "--format", "csv"))
    assert rows.keys() == {f"{name} {own.id}", f"{name} shipped"}
    assert rows[f"{name} shipped"]["remarks"] == "trained on tiny"
    assert "trained on" not in rows[f"{name} {own.id}"]["remarks"]
    assert "over seeds" not in flat(zoo_command("compare"))
    assert own.id in flat(zoo_command("evaluate", name))
    members = f"{name},{name}/shipped"
    told = flat(zoo_command("ensemble", "evaluate", "--members", members))
    assert "trained on tiny (1 of 2 members)" in told
    assert f"({name} {own.id}, {name} shipped)" in told


def test_a_training_starts_from_shipped_weights(newcomer, shipped):
    from zoo.models import with_initial_run
    from zoo.training.initial import initial_weights, start_network
    from zoo.training.networks import load_network
    from zoo.training.recipes import load_recipe

    data = open_dataset("mine")
    for init in (NAMES[0], f"{NAMES[0]}/shipped"):
        recipe = load_recipe(NAMES[0], settings=[f"init={init}", "seed=4"])
        recipe = with_initial_run(recipe, newcomer / "runs")
        initial = initial_weights(recipe, newcomer / "runs")
        network, remark = start_network(recipe, initial, data.classes, data.face_shape, "float32")
        assert remark == ""
        for ours, theirs in zip(
            network.weights, load_network(Run(shipped / NAMES[0])).weights, strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
        assert initial.recorded()["init_file"] == str(shipped / NAMES[0] / "weights.safetensors")


def test_an_ensemble_of_other_classes_than_the_data_says_the_ways_out(
    shipped, zoo_command, tmp_path, home
):
    for label, grey in (("bored", 60), ("tired", 180)):
        (tmp_path / "two" / label).mkdir(parents=True)
        for index in range(10):
            face = np.random.default_rng(index).integers(0, grey, (48, 48), np.uint8)
            Image.fromarray(face).save(tmp_path / "two" / label / f"{index}.png")
    succeeded(zoo_command("data", "add", "two", tmp_path / "two"))
    for command in (("evaluate", "ensemble"), ("ensemble", "evaluate")):
        told = refused(zoo_command(*command))
        assert "data set 'two' has bored, tired" in told
        assert "name --members that know these" in told
        assert f'write members = ["*"], your own runs on the data set in use, into {home}' in told
    told = refused(zoo_command("evaluate", NAMES[0]))
    assert told.endswith(f"data set 'two' has bored, tired: zoo train {NAMES[0]}")
    assert "No predictions" not in refused(zoo_command("compare"))


def test_numbers_are_given_where_predictions_cannot_be_saved(newcomer, zoo_command, tmp_path):
    (newcomer / "shipped").touch()
    result = zoo_command("evaluate", NAMES[0], "--out", tmp_path / "out")
    assert "n = 70" in flat(result)
    (line,) = (line for line in result.stderr.splitlines() if "predicting" not in line)
    assert "are not saved and must be computed each time" in line
    assert "cannot be written" in line
    (newcomer / "runs").touch()
    taken = ("--out", newcomer / "runs" / "out"), ("--figure", newcomer / "runs" / "a.png")
    for *command, place in (
        ("evaluate", NAMES[0], taken[0]),
        ("ensemble", "evaluate", taken[0]),
        ("compare", *NAMES, taken[1]),
    ):
        told = zoo_command(*command)
        assert "n = 70" in flat(told)
        *_, last = told.stderr.splitlines()
        assert re.match(r"tables and pictures are not saved \(.*: cannot be written", last)
        named = zoo_command(*command, *place)
        assert named.exit_code == 2
        assert "cannot be written" in named.stderr.splitlines()[-1]


def test_a_full_disk_withholds_no_numbers(newcomer, zoo_command, full_home):
    full_home()
    for command in (
        ("evaluate", NAMES[0]),
        ("evaluate", NAMES[0], "--calibrated"),
        ("ensemble", "evaluate"),
    ):
        told = zoo_command(*command)
        assert "n = 70" in flat(told)
        assert "are not saved and must be computed each time" in told.stderr
        assert "the disk is full" in told.stderr.splitlines()[-1]
    assert not list(newcomer.rglob("*.tmp.*"))


def test_comparing_saved_predictions_loads_no_keras(newcomer, zoo_command, shipped):
    succeeded(zoo_command("ensemble", "evaluate"))
    code = (
        "import pathlib, sys, zoo.models.ensemble_file, zoo.weights\n"
        f"zoo.weights.SHIPPED = pathlib.Path({str(shipped)!r})\n"
        "zoo.models.ensemble_file.PACKAGED = zoo.weights.SHIPPED.parent / 'ensemble.toml'\n"
        "from zoo.cli import main\n"
        "for command in (['compare'], ['compare', 'cpcpcpfff', 'ensemble'], ['list']):\n"
        "    main(command, standalone_mode=False)\n"
        "assert not {'keras', 'tensorflow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
