"""Interrupted trainings go on as uninterrupted ones, or are refused with a reason."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import keras
import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.runs import Run, list_runs
from zoo.training.callbacks.reseed import Reseed, seed_states
from zoo.training.checkpoint import epoch_of, latest_checkpoint
from zoo.training.interruption import TrainingInterrupted
from zoo.training.networks import build_network, load_network
from zoo.training.recipes import load_recipe
from zoo.training.trainer import resume, train, unfinished

PROGRAM = Path(__file__).with_name("training_process.py")
CLOCKS = ("seconds", "faces_per_second")


def started(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def history_of(run: Run) -> np.ndarray:
    table = np.atleast_1d(np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True))
    return np.array([table[name] for name in table.dtype.names if name not in CLOCKS])


def assert_same_outcome(run: Run, other: Run, *, rtol: float) -> None:
    np.testing.assert_allclose(history_of(run), history_of(other), rtol=rtol)
    for ours, theirs in zip(
        load_network(run).get_weights(), load_network(other).get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)


def wait_for(happened, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.mark.slow
def test_killed_a_training_goes_on_with_the_loss_it_would_have_had(tmp_path):
    # As the product runs, without deterministic operations. The killed process had begun epoch 3
    # itself, so what its resumption must meet is known from the same weights.
    killed = started("--losses", "--kill", "train", tmp_path)
    lines, printed = killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL, printed
    *_, first, _ = losses(lines)
    resumed = started("--losses", "resume", tmp_path)
    lines, printed = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, printed
    assert "going on after epoch 2" in printed
    after, *_ = losses(lines)
    assert first[:2] == after[:2] == (3, 1)
    assert after[2] == pytest.approx(first[2], rel=1e-5)


def losses(lines: str) -> list[tuple[int, int, float]]:
    table = (line.split() for line in lines.splitlines())
    return [(int(epoch), int(step), float(loss)) for epoch, step, loss in table]


@pytest.mark.slow
def test_killed_at_three_random_moments_a_training_ends_as_one_left_alone_to_the_bit(tmp_path):
    options = ("--deterministic", "--phases", "--slowly")
    # The three moments spread over the training; each process but the first is a resumption.
    command = "train"
    for epochs_before, longest in ((0, 1.0), (1, 0.3), (3, 0.3)):
        killed = started(*options, command, tmp_path / "killed")
        wait_for(lambda since=epochs_before: saved(tmp_path / "killed") >= since, killed)
        time.sleep(random.uniform(0, longest))
        killed.send_signal(signal.SIGKILL)
        printed = killed.communicate()[1]
        assert killed.returncode == -signal.SIGKILL, printed
        command = "resume"
    (run,) = list_runs(tmp_path / "killed")
    assert not run.finished
    # The one left alone needs no process of its own.
    last = started(*options, "resume", tmp_path / "killed", "train", tmp_path / "whole")
    printed = last.communicate(timeout=240)[1]
    assert last.returncode == 0, printed
    (whole,) = list_runs(tmp_path / "whole")
    resumed = Run(run.folder)
    assert list(history_of(resumed)[0]) == [1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(history_of(resumed), history_of(whole))
    assert resumed.metrics["weights_sha256"] == whole.metrics["weights_sha256"]


def saved(runs: Path) -> int:
    """How many epochs of the only run below `runs` are saved; -1 before there is a run."""
    checkpoints = [latest_checkpoint(run) for run in list_runs(runs)]
    return epoch_of(checkpoints[0]) if any(checkpoints) else len(checkpoints) - 1


class At:
    """Does something at the end of one step, the first time it comes by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, epoch: int, step: int, action):
        monkeypatch.setattr(
            "zoo.training.callbacks.record.Record.on_train_batch_end", self, raising=False
        )
        self.moment = (epoch, step)
        self.action = action
        self.steps = 0

    def __call__(self, batch: int, logs=None) -> None:
        self.steps += 1
        epoch, step = self.moment
        if self.steps == (epoch - 1) * 13 + step:
            self.action()


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def interrupted_runs(dataset, quick_recipe, tmp_path_factory) -> Path:
    """A folder of one run, interrupted in epoch 2."""
    runs = tmp_path_factory.mktemp("interrupted") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        At(patch, 2, 5, interrupt)
        with pytest.raises(TrainingInterrupted):
            train(quick_recipe(), dataset, runs=runs, quiet=True)
    return runs


@pytest.fixture
def interrupted(interrupted_runs: Path, runs: Path) -> Run:
    """A copy of that run."""
    shutil.copytree(interrupted_runs, runs)
    (run,) = list_runs(runs)
    return run


def test_ctrl_c_keeps_the_last_epoch_and_says_how_to_resume(
    dataset, quick_recipe, trained, runs, monkeypatch
):
    At(monkeypatch, 3, 5, interrupt)
    with pytest.raises(TrainingInterrupted) as stop:
        train(quick_recipe(), dataset, runs=runs, quiet=True)
    (run,) = list_runs(runs)
    message = f"interrupted (epoch 2 is saved: go on with zoo train --resume {run.folder})"
    assert str(stop.value) == message
    assert unfinished(run.id, runs) == run
    assert resume(run, dataset, quiet=True).finished
    assert_same_outcome(Run(run.folder), trained, rtol=1e-5)


def test_interrupted_in_its_first_epoch_a_training_begins_anew(
    dataset, quick_recipe, trained, runs, monkeypatch
):
    At(monkeypatch, 1, 5, interrupt)
    with pytest.raises(TrainingInterrupted, match="no epoch had finished: go on with"):
        train(quick_recipe(), dataset, runs=runs, quiet=True)
    (run,) = list_runs(runs)
    assert latest_checkpoint(run) is None
    resume(run, dataset, quiet=True)
    assert_same_outcome(Run(run.folder), trained, rtol=1e-5)


def test_at_home_the_run_is_named_by_its_id(dataset, quick_recipe, home, monkeypatch):
    monkeypatch.setattr("keras.Model.fit", lambda *a, **k: interrupt())
    with pytest.raises(TrainingInterrupted, match=r"--resume \d+-\d+-s0-[0-9a-f]+\)$"):
        train(quick_recipe(), dataset, runs=home / "runs", quiet=True)


def test_interrupted_while_finishing_only_the_end_is_done_again(
    dataset, quick_recipe, runs, monkeypatch
):
    def stop(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("zoo.training.finishing.draw_history", stop)
    with pytest.raises(TrainingInterrupted, match="epoch 3 is saved"):
        train(quick_recipe(), dataset, runs=runs, quiet=True)
    monkeypatch.undo()
    (run,) = list_runs(runs)
    monkeypatch.setattr("keras.Model.fit", lambda *a, **k: pytest.fail("nothing to train"))
    assert resume(run, dataset, quiet=True).finished


def test_a_limit_holds_after_resuming(dataset, quick_recipe, runs, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("keras.Model.fit", lambda *a, **k: interrupt())
        with pytest.raises(TrainingInterrupted):
            train(quick_recipe("epochs=1"), dataset, runs=runs, limit=30, quiet=True)
    (run,) = list_runs(runs)
    assert resume(run, dataset, quiet=True).metrics["train_faces"] == 30


def test_a_full_disk_leaves_the_last_checkpoint(dataset, quick_recipe, trained, runs, monkeypatch):
    whole = keras.Model.save_weights

    def full(network: keras.Model, path: Path) -> None:
        if "epoch-000002" in str(path):
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(network, path)

    monkeypatch.setattr(keras.Model, "save_weights", full)
    with pytest.raises(ZooError) as stop:
        train(quick_recipe(), dataset, runs=runs, quiet=True)
    assert "the disk is full" in str(stop.value)
    assert "(epoch 1 is saved: go on with zoo train --resume " in str(stop.value)
    assert "\n" not in str(stop.value)
    monkeypatch.undo()
    (run,) = list_runs(runs)
    assert [path.name for path in (run.folder / "checkpoints").iterdir()] == ["epoch-000001"]
    resume(run, dataset, quiet=True)
    assert_same_outcome(Run(run.folder), trained, rtol=1e-5)


def test_without_room_nothing_of_a_checkpoint_is_written(dataset, quick_recipe, runs, monkeypatch):
    usage = shutil.disk_usage(runs.parent)._replace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    monkeypatch.setattr("keras.Model.save_weights", lambda *a: pytest.fail("there is no room"))
    with pytest.raises(ZooError, match=r"the disk is full.*\(no epoch had finished: go on with"):
        train(quick_recipe(), dataset, runs=runs, quiet=True)


def test_a_checkpoint_is_renamed_into_place_before_the_old_one_goes(
    dataset, interrupted, monkeypatch
):
    run = interrupted
    folder = run.folder / "checkpoints"
    half_written = folder / ".1234.tmp.epoch-000002"
    half_written.mkdir()
    (half_written / "last.weights.h5").write_bytes(b"half")
    assert latest_checkpoint(run) == folder / "epoch-000001"
    At(monkeypatch, 1, 1, lambda: None)
    At(monkeypatch, 2, 1, interrupt)
    with pytest.raises(TrainingInterrupted):
        resume(run, dataset, quiet=True)
    assert [path.name for path in folder.iterdir()] == ["epoch-000002"]
    assert {path.name for path in (folder / "epoch-000002").iterdir()} == {
        "last.weights.h5",
        "best.weights.h5",
        "history.json",
    }


def test_a_run_that_changed_is_refused_with_the_reason(dataset, interrupted):
    run = interrupted
    other = dataclasses.replace(dataset, fingerprint="0" * 64 + "1")
    with pytest.raises(ZooError, match="data set 'bars' has changed"):
        resume(run, other)
    path = run.folder / "environment.json"
    recorded = json.loads(path.read_text())
    for change, words in (
        ({"backend": "jax"}, "it ran on jax, not .*: set KERAS_BACKEND=jax"),
        ({"versions": recorded["versions"] | {"keras": "3.0.0"}}, "keras was 3.0.0 and is "),
        ({"versions": recorded["versions"] | {"zoo": "0.0.1"}}, "zoo was 0.0.1 and is "),
    ):
        path.write_text(json.dumps(recorded | change))
        with pytest.raises(ZooError, match=words):
            resume(Run(run.folder), dataset)
    path.write_text(json.dumps(recorded))
    recipe = run.folder / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("epochs = 3", "epochs = 30"))
    with pytest.raises(ZooError, match=r"its recipe\.toml was edited"):
        resume(Run(run.folder), dataset)


def test_a_damaged_checkpoint_is_refused(dataset, interrupted):
    run = interrupted
    checkpoint = latest_checkpoint(run)
    weights = checkpoint / "last.weights.h5"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:1000])
    with pytest.raises(ZooError, match=r"last\.weights\.h5: damaged"):
        resume(run, dataset, quiet=True)
    weights.write_bytes(whole)
    (checkpoint / "history.json").write_text("[{}]")
    with pytest.raises(ZooError, match=r"history\.json: damaged"):
        resume(run, dataset, quiet=True)


def test_a_finished_or_unknown_run_is_refused(trained, dataset, runs):
    with pytest.raises(ZooError, match="has finished"):
        resume(trained, dataset)
    with pytest.raises(ZooError, match="has finished"):
        unfinished(str(trained.folder), runs)
    with pytest.raises(ZooError, match="unknown unfinished run 'nowhere'"):
        unfinished("nowhere", runs)


def test_checkpoints_left_by_a_kill_after_the_metrics_go_when_the_run_is_met(
    trained, dataset, runs, tmp_path
):
    copy = Run(tmp_path / "copy")
    shutil.copytree(trained.folder, copy.folder)
    left = copy.folder / "checkpoints" / "epoch-000003"
    for meet in (lambda: resume(copy, dataset), lambda: unfinished(str(copy.folder), runs)):
        left.mkdir(parents=True)
        with pytest.raises(ZooError, match="has finished"):
            meet()
        assert not left.parent.exists()


def test_ctrl_c_right_after_the_run_was_made_says_how_to_resume(
    dataset, quick_recipe, runs, monkeypatch
):
    def stop(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("zoo.training.fitting.Batches", stop)
    with pytest.raises(TrainingInterrupted, match=r"no epoch had finished: go on with .*--resume"):
        train(quick_recipe(), dataset, runs=runs, quiet=True)
    (run,) = list_runs(runs)
    monkeypatch.setattr("zoo.training.trainer.build_network", stop)
    with pytest.raises(TrainingInterrupted, match=r"no epoch had finished: go on with .*--resume"):
        resume(run, dataset, quiet=True)


def test_a_checkpoints_weights_are_on_the_disk_before_it_is_renamed(
    dataset, quick_recipe, runs, monkeypatch
):
    synced: set[int] = set()
    unsynced: dict[str, set[str]] = {}
    sync, rename = os.fsync, os.rename

    def watched_sync(file: int) -> None:
        synced.add(os.fstat(file).st_ino)
        sync(file)

    def watched_rename(source: Path, target: Path) -> None:
        unsynced[target.name] = {p.name for p in source.iterdir() if p.stat().st_ino not in synced}
        rename(source, target)

    monkeypatch.setattr("os.fsync", watched_sync)
    monkeypatch.setattr("os.rename", watched_rename)
    train(quick_recipe("epochs=1"), dataset, runs=runs, quiet=True)
    assert unsynced["epoch-000001"] == set()


def test_two_processes_cannot_train_the_same_run(dataset, interrupted):
    with (
        filelock.FileLock(interrupted.folder / ".lock"),
        pytest.raises(ZooError, match="another process is training this run"),
    ):
        resume(interrupted, dataset)


def test_dropout_is_drawn_by_seed_epoch_and_layer_alone():
    network = build_network(load_recipe("handcrafted"), 7, (48, 48, 1), "float32")
    reseed = Reseed(seed=3)
    reseed.set_model(network)

    def states(epoch: int) -> list[list[int]]:
        reseed.on_epoch_begin(epoch)
        return [np.asarray(state).tolist() for state in seed_states(network)]

    first = states(0)
    assert len(first) == 2
    assert first[0] != first[1]
    assert states(1) != first
    assert states(0) == first
