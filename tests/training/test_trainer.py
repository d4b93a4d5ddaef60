"""Whole trainings of the smallest architecture on seven bars."""

from __future__ import annotations

import hashlib
import io
import json
import shutil

import numpy as np
import pytest
from barred import CLASSES, barred_faces
from rich.console import Console
from sklearn.metrics import accuracy_score, log_loss

from zoo.data.dataset import Dataset
from zoo.errors import ZooError
from zoo.runs import Run, list_runs
from zoo.training import costs
from zoo.training.batches import Batches
from zoo.training.callbacks.progress import ShowProgress
from zoo.training.finishing import finish
from zoo.training.history import Epoch, History
from zoo.training.networks import build_network, load_network
from zoo.training.precision import dtype_policy
from zoo.training.recipes import load_recipe
from zoo.training.trainer import train


def rows(run) -> np.ndarray:
    table = np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True)
    return np.atleast_1d(table)


def figures(run) -> list[list[float]]:
    names = ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"]
    return [list(row) for row in rows(run)[names]]


def test_it_learns(trained):
    history = rows(trained)
    assert list(history["epoch"]) == [1, 2, 3]
    assert history["loss"][-1] < history["loss"][0]
    assert trained.metrics["validation"]["top1"] > 0.6


def test_metrics_say_what_was_trained_and_what_it_reached(trained, dataset):
    metrics, saved = trained.metrics, trained.predictions("validation")
    assert {
        "architecture": "cpcpcpfff",
        "dataset": "bars",
        "fingerprint": dataset.fingerprint,
        "classes": list(CLASSES),
        "face_shape": [48, 48, 1],
        "limit": None,
        "init": "none",
        "seed": 0,
        "precision": trained.environment["precision"],
        "epochs": 3,
        "monitor": "accuracy",
        "train_faces": 98,
        "parameters": 60_779,
        "trainable_parameters": 60_779,
    }.items() <= metrics.items()
    assert metrics["train_seconds"] == pytest.approx(rows(trained)["seconds"].sum())
    assert metrics["milliseconds_per_face"] > 0
    assert metrics["milliseconds_at_batch_1"] > 0
    assert metrics["multiply_adds"] > metrics["parameters"]
    weights = trained.weights_file.read_bytes()
    assert metrics["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert metrics["validation"] == {
        "n": 35,
        "top1": pytest.approx(accuracy_score(saved.labels, saved.probabilities.argmax(axis=1))),
        "log_loss": pytest.approx(log_loss(saved.labels, saved.probabilities), rel=1e-5),
    }


def test_the_best_epoch_is_what_is_kept(trained, dataset):
    history, best = rows(trained), trained.metrics["best_epoch"]
    assert best == 1 + history["val_accuracy"].argmax()
    reached = trained.metrics["validation"]
    assert reached["top1"] == pytest.approx(history["val_accuracy"][best - 1], abs=1e-6)
    assert reached["log_loss"] == pytest.approx(history["val_loss"][best - 1], rel=1e-4)


def test_a_finished_run_gives_back_its_network(trained, dataset):
    split = dataset.split("validation")
    saved = trained.predictions("validation")
    np.testing.assert_array_equal(saved.ids, split.ids)
    np.testing.assert_array_equal(saved.labels, split.labels)
    again = load_network(trained).predict(split.faces, verbose=0)
    np.testing.assert_allclose(again, saved.probabilities, atol=1e-6)


def test_weights_that_changed_after_the_training_are_refused(trained, tmp_path):
    run = Run(tmp_path / "copy")
    shutil.copytree(trained.folder, run.folder)
    content = bytearray(run.weights_file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    run.weights_file.write_bytes(content)
    with pytest.raises(ZooError) as refusal:
        load_network(run)
    assert str(refusal.value) == (
        f"{run.weights_file}: changed or damaged since the training ended: train anew"
    )
    # A run that was finished before this was recorded cannot be checked.
    recorded = {key: run.metrics[key] for key in run.metrics if key != "weights_sha256"}
    run.finish(recorded)
    shutil.copyfile(trained.weights_file, run.weights_file)
    assert load_network(run).count_params() == 60_779
    run.weights_file.unlink()
    with pytest.raises(ZooError, match=r"best\.weights\.h5: no such weights"):
        load_network(run)


@pytest.mark.parametrize(
    ("seconds", "expected", "calls"),
    [
        ([9.0, 0.5, 0.3, 0.4, 0.2, 0.6], 0.2, 6),
        ([9.0, 5.0, 3.0, 4.0, 1.0], 3.0, 4),
    ],
)
def test_a_prediction_is_timed_several_times_on_enough_faces(
    monkeypatch, whole_trainings, seconds, expected, calls
):
    now, shown, alone = [0.0], [], []
    split = barred_faces(7, 35).split("validation")

    class Network:
        layers = ()
        input_shape, output_shape = (None, *split.faces.shape[1:]), (None, 7)

        def count_params(self) -> int:
            return 0

        def predict_on_batch(self, faces):
            (alone if len(faces) == 1 else shown).append(faces)
            # 512 faces come in two batches.
            now[0] += 0.01 if len(faces) == 1 else seconds[(len(shown) - 1) // 2] / 2
            return np.zeros((len(faces), 7), np.float32)

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    with whole_trainings():
        measured = costs.measure_costs(Network(), split.faces)
    assert measured["milliseconds_at_batch_1"] == pytest.approx(10)
    assert {one.shape for one in alone} == {(1, *split.faces.shape[1:])}
    assert measured["milliseconds_per_face"] == pytest.approx(1000 * expected / 512)
    assert [len(batch) for batch in shown] == [256] * 2 * calls
    together = np.concatenate(shown[:2])
    np.testing.assert_array_equal(together, np.concatenate([split.faces] * 15)[:512])
    assert measured["timed_on"]["machine"]["cores"] >= 1


def test_the_bar_shows_rate_time_left_and_the_expected_time_of_the_whole_run(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    epochs = [Epoch(1, 1.0, 0.5, 1.0, 0.5, 1e-3, seconds=90.0, faces_per_second=10.0, phase="all")]
    progress = ShowProgress(History("accuracy", epochs), epochs=3, steps=10, faces=80, quiet=False)
    progress.bar.disable = False
    progress.bar.live.console = progress.console = Console(file=io.StringIO())
    with progress:
        progress.on_epoch_begin(1)
        now[0] += 40
        progress.on_train_batch_end(4, {"loss": 1.5, "accuracy": 0.25})
    # 5 of 20 steps took 40 s: 120 s are left, and 90 s had gone before the resumption.
    figures = progress.bar.tasks[0].fields["figures"]
    assert figures == "1 faces/s  loss 1.500  acc 25.0 %  0:02:00 of 0:04:10 left"


def test_a_run_holds_what_it_should_and_no_checkpoint(trained):
    files = {str(p.relative_to(trained.folder)) for p in trained.folder.rglob("*") if p.is_file()}
    logged = {file for file in files if file.startswith("tensorboard/")}  # where it is installed
    assert files - logged - {".lock"} == {
        "recipe.toml",
        "environment.json",
        "history.csv",
        "best.weights.h5",
        "predictions/validation.npz",
        "seen-faces.npz",
        "figures/history.png",
        "metrics.json",
    }


def test_a_quiet_training_prints_nothing_and_writes_its_metrics_last(
    dataset, quick_recipe, runs, monkeypatch, capsys
):
    seen = []

    def watched(run, metrics):
        seen.append({path.name for path in run.folder.rglob("*")})

    monkeypatch.setattr("zoo.runs.Run.finish", watched)
    train(quick_recipe("epochs=1"), dataset, runs=runs, quiet=True)
    assert {"best.weights.h5", "validation.npz", "history.png", "history.csv"} <= seen[0]
    assert capsys.readouterr() == ("", "")


def test_the_same_seed_gives_the_same_history_and_another_seed_another(
    trained, dataset, quick_recipe, runs
):
    again = train(quick_recipe(), dataset, runs=runs, quiet=True)
    np.testing.assert_allclose(figures(again), figures(trained), rtol=1e-5)
    assert again.id != trained.id
    other = train(quick_recipe("seed=1", "epochs=1"), dataset, runs=runs, quiet=True)
    assert abs(figures(other)[0][0] - figures(trained)[0][0]) > 1e-3


def test_a_limit_trains_on_fewer_faces_and_validates_on_all(
    dataset, quick_recipe, runs, monkeypatch
):
    run = train(quick_recipe("epochs=1"), dataset, runs=runs, limit=30, quiet=True)
    assert (run.metrics["limit"], run.metrics["train_faces"]) == (30, 30)
    assert run.metrics["validation"]["n"] == 35
    monkeypatch.setattr("zoo.training.trainer.complete", lambda training: None)
    all_of_them = train(quick_recipe(), dataset, runs=runs, limit=98)
    assert all_of_them.environment["limit"] is None


def test_training_ends_early_when_it_no_longer_gets_better(dataset, quick_recipe, runs):
    # A learning rate this small changes nothing, so no epoch after the first is better.
    recipe = quick_recipe(
        "epochs=9", "early_stopping.patience=2", "optimizer.learning_rate=1e-12",
        "schedule.name=constant",
    )  # fmt: skip
    run = train(recipe, dataset, runs=runs, quiet=True)
    assert (run.metrics["epochs"], run.metrics["best_epoch"]) == (3, 1)


def test_plateau_lowers_the_learning_rate_of_the_next_epoch(dataset, quick_recipe, runs):
    recipe = quick_recipe(
        "epochs=4", "schedule.name=plateau", "schedule.patience=1", "schedule.factor=0.1",
        "optimizer.learning_rate=1e-10", "optimizer.name=adam",
    )  # fmt: skip
    run = train(recipe, dataset, runs=runs, quiet=True)
    np.testing.assert_allclose(rows(run)["learning_rate"], [1e-10, 1e-10, 1e-11, 1e-12], rtol=1e-5)


def test_the_whole_recipe_works_together(dataset, quick_recipe, runs):
    recipe = quick_recipe(
        "epochs=1", "class_weights=balanced", "label_smoothing=0.1", "augmentation.rotation=10.0",
        "augmentation.contrast=0.2", "precision=bfloat16", "monitor=loss",
        "network.illumination=standardize",
    )  # fmt: skip
    run = train(recipe, dataset, runs=runs, quiet=True)
    assert run.metrics["precision"] == "bfloat16"
    assert run.predictions("validation").probabilities.dtype == np.float32


def test_precision_is_the_networks_own_affair(dataset):
    import keras

    before = keras.config.dtype_policy().name
    recipe = load_recipe("cpcpcpfff")
    network = build_network(recipe, 7, (48, 48, 1), "bfloat16")
    assert network.get_layer("logits").compute_dtype in ("bfloat16", "float32")
    computing = {layer.compute_dtype for layer in network.layers}
    assert "bfloat16" in computing
    assert {weight.dtype for weight in network.weights} == {"float32"}
    assert keras.config.dtype_policy().name == before
    with pytest.raises(RuntimeError), dtype_policy("bfloat16"):
        raise RuntimeError
    assert keras.config.dtype_policy().name == before


def test_initial_weights_depend_on_the_seed_alone():
    def first_weights(seed: int) -> np.ndarray:
        recipe = load_recipe("cpcpcpfff", settings=[f"seed={seed}"])
        return build_network(recipe, 7, (48, 48, 1), "float32").get_weights()[2]

    np.testing.assert_array_equal(first_weights(3), first_weights(3))
    assert not np.array_equal(first_weights(3), first_weights(4))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("init=imagenet", "cpcpcpfff has no ImageNet weights"),
        ("network.weights=imagenet", "init says what the weights start from"),
        ("network.colour=red", "unknown option of cpcpcpfff"),
        ("network.illumination=3", "option illumination of cpcpcpfff: 3, expected a text"),
    ],
)
def test_a_refused_recipe_leaves_no_run(dataset, quick_recipe, runs, setting, words):
    with pytest.raises(ZooError, match=words):
        train(quick_recipe(setting), dataset, runs=runs, quiet=True)
    assert not runs.exists()


def test_a_data_set_without_training_or_validation_faces_is_refused(quick_recipe, runs):
    whole = barred_faces(14, 7)
    half = Dataset("half", CLASSES, {"train": whole.split("train")}, whole.fingerprint)
    with pytest.raises(ZooError, match="no validation split"):
        train(quick_recipe(), half, runs=runs, quiet=True)
    with pytest.raises(ZooError, match="its train split has no faces"):
        train(quick_recipe(), barred_faces(0, 7), runs=runs, quiet=True)


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step(
    dataset, quick_recipe, runs, monkeypatch
):
    recipe, split = quick_recipe("seed=5"), dataset.split("train")
    with Batches(split.faces, np.arange(98), 98, recipe) as batches:
        shown = [batches.batch(0, step)[1].argmax(axis=1) for step in range(13)]
    (step,) = (number for number, faces in enumerate(shown, 1) if 60 in faces)
    assert step > 1

    def with_one_broken_target(targets, share):
        return np.where(np.arange(len(targets))[:, None] == 60, np.nan, targets)

    monkeypatch.setattr("zoo.training.batches.smoothed", with_one_broken_target)
    with pytest.raises(ZooError, match=rf"epoch 1, step {step}: the loss is nan.*learning_rate"):
        train(recipe, dataset, runs=runs, quiet=True)
    (run,) = list_runs(runs)
    assert not run.finished
    assert not (run.folder / "checkpoints").exists()


def test_progress_without_a_terminal_is_one_line_per_epoch(dataset, quick_recipe, runs, capsys):
    train(quick_recipe("epochs=2"), dataset, runs=runs)
    printed = capsys.readouterr()
    start, *epochs = printed.err.strip().splitlines()
    assert printed.out == ""
    assert "98 training and 35 validation faces" in start
    assert "float32 on " in start or "bfloat16 on " in start
    assert len(epochs) == 2
    assert epochs[0].startswith("epoch 1/2: train loss ")
    assert epochs[0].endswith("best so far")


def test_finishing_without_a_checkpoint_is_a_fault_of_the_program(trained, dataset, quick_recipe):
    with pytest.raises(RuntimeError, match="no checkpoint"):
        finish(trained, quick_recipe(), dataset, None, 98)  # type: ignore[arg-type]


def test_environment_names_machine_and_versions(trained):
    recorded = json.loads((trained.folder / "environment.json").read_text())
    assert recorded["backend"] in recorded["versions"]
    assert {"zoo", "keras", "numpy", "cv2"} <= recorded["versions"].keys()
    assert recorded["machine"]["cores"] >= 1
    assert recorded["machine"]["processor"]
