"""Training: from a recipe and a data set to a finished run, and on from an unfinished one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import filelock

from zoo.errors import ZooError, unknown
from zoo.runs import create_run, find_run, list_runs
from zoo.training.batches import Batches
from zoo.training.callbacks.early_stopping import EarlyStopping
from zoo.training.callbacks.plateau import Plateau
from zoo.training.callbacks.progress import ShowProgress
from zoo.training.callbacks.record import Record
from zoo.training.callbacks.reseed import Reseed
from zoo.training.callbacks.save import Save
from zoo.training.callbacks.stop_on_non_finite import StopOnNonFinite
from zoo.training.checkpoint import latest_checkpoint, remove_checkpoints, restore_checkpoint
from zoo.training.environment import environment, refuse_changed
from zoo.training.finishing import finish
from zoo.training.history import History
from zoo.training.interruption import disk_faults_explained, interruption_explained
from zoo.training.networks import build_network, compile_network
from zoo.training.precision import choose_precision
from zoo.training.recipes import recipe_of
from zoo.training.targets import one_hot, stratified_subset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import keras
    import numpy as np

    from zoo.data.dataset import Dataset
    from zoo.runs import Run
    from zoo.training.recipe import Recipe

_VALIDATION_BATCH = 512


@dataclass(frozen=True)
class _Training:
    """One training under way.

    Attributes:
        run: where everything is written.
        recipe: how to train.
        dataset: what on.
        network: compiled.
        history: the finished epochs; grows.
        quiet: whether to print nothing.
    """

    run: Run
    recipe: Recipe
    dataset: Dataset
    network: keras.Model
    history: History
    quiet: bool


def train(
    recipe: Recipe, dataset: Dataset, *, runs: Path, limit: int | None = None, quiet: bool = False
) -> Run:
    """Train a network and write its run.

    Only the training and validation splits are read.

    Args:
        recipe: how.
        dataset: what on.
        runs: the folder of all runs.
        limit: train on this many faces, chosen by the recipe's seed with the classes' shares
            kept; validation stays whole.
        quiet: print nothing.

    Returns:
        The finished run.

    Raises:
        TrainingInterrupted: Ctrl-C.
        ZooError: no training or validation faces; a recipe the architecture refuses; a loss that
            is not finite; a disk that is full.
    """
    for split in ("train", "validation"):
        if len(dataset.split(split)) == 0:
            raise ZooError(f"data set {dataset.name!r}: its {split} split has no faces")
    chosen = _chosen(recipe, dataset, limit)
    precision = choose_precision(recipe.precision)
    network = build_network(recipe, len(dataset.classes), dataset.face_shape, precision)
    limited = len(chosen) if len(chosen) < len(dataset.split("train")) else None
    recipe_toml = recipe.to_toml()
    recorded = environment(dataset, limited, precision, recipe_toml)
    run = create_run(runs, recipe.architecture, recipe.seed, recipe_toml, recorded)
    with interruption_explained(run), _locked(run):
        history = History(recipe.monitor)
        _complete(_Training(run, recipe, dataset, network, history, quiet))
    return run


def unfinished(name: str, runs: Path) -> Run:
    """The run that can be resumed under `name`: an id or a folder.

    Raises:
        ZooError: there is no such run, or it has finished.
    """
    run = find_run(runs, name)
    if run is None:
        raise unknown("unfinished run", name, [r.id for r in list_runs(runs) if not r.finished])
    _refuse_finished(run)
    return run


def resume(run: Run, dataset: Dataset | None = None, *, quiet: bool = False) -> Run:
    """Go on with a training from its last finished epoch, as if it had never been stopped.

    Args:
        run: an unfinished run.
        dataset: what it was trained on; by default the data set of that name.
        quiet: print nothing.

    Returns:
        The run, finished.

    Raises:
        TrainingInterrupted: Ctrl-C.
        ZooError: the run has finished; another process trains it; recipe, data, backend or a
            version has changed; see also `train`.
    """
    _refuse_finished(run)
    with interruption_explained(run), _locked(run):
        _refuse_finished(run)
        if dataset is None:
            from zoo.data import library

            dataset = library.open_dataset(run.environment["dataset"])
        refuse_changed(run, dataset)
        recipe = recipe_of(run)
        checkpoint = latest_checkpoint(run)
        network = build_network(
            recipe,
            len(dataset.classes),
            dataset.face_shape,
            run.environment["precision"],
            initialize=checkpoint is None,
        )
        history = History(recipe.monitor)
        _complete(_Training(run, recipe, dataset, network, history, quiet))
    return run


def _chosen(recipe: Recipe, dataset: Dataset, limit: int | None) -> np.ndarray:
    labels = dataset.split("train").labels
    return stratified_subset(labels, len(labels) if limit is None else limit, recipe.seed)


def _complete(training: _Training) -> None:
    """Train what is left to train, then write the rest of the run."""
    run, recipe, dataset = training.run, training.recipe, training.dataset
    chosen = _chosen(recipe, dataset, run.environment["limit"])
    split = dataset.split("train")
    batches = Batches(split.faces, split.labels, len(dataset.classes), recipe, chosen)
    with batches:
        compile_network(training.network, recipe, batches.steps_per_epoch)
        if checkpoint := latest_checkpoint(run):
            restored = restore_checkpoint(checkpoint, training.network, recipe.monitor)
            training.history.epochs.extend(restored.epochs)
        _fit(training, batches, len(chosen))
        with disk_faults_explained(run):
            finish(run, recipe, dataset, training.history, len(chosen))


def _fit(training: _Training, batches: Batches, faces: int) -> None:
    recipe, history = training.recipe, training.history
    if len(history) == recipe.epochs or history.exhausted(recipe.early_stopping.patience):
        return
    validation = training.dataset.split("validation")
    progress = ShowProgress(
        history,
        epochs=recipe.epochs,
        steps=batches.steps_per_epoch,
        faces=faces,
        quiet=training.quiet,
    )
    with progress:
        progress.say(_announcement(training, faces))
        training.network.fit(
            batches.stream(len(history)),
            steps_per_epoch=batches.steps_per_epoch,
            shuffle=False,
            initial_epoch=len(history),
            epochs=recipe.epochs,
            validation_data=(
                validation.faces,
                one_hot(validation.labels, len(training.dataset.classes)),
            ),
            validation_batch_size=_VALIDATION_BATCH,
            callbacks=[*_callbacks(training, faces), progress],
            verbose=0,
        )


def _callbacks(training: _Training, faces: int) -> list[keras.callbacks.Callback]:
    """In the order in which they must act at an epoch's end: check, record, save, stop."""
    recipe, history = training.recipe, training.history
    callbacks: list[keras.callbacks.Callback] = [Reseed(recipe.seed)]
    if recipe.schedule.name == "plateau":
        callbacks.append(Plateau(recipe, history))
    return [
        *callbacks,
        StopOnNonFinite(),
        Record(history, faces),
        Save(training.run, history),
        EarlyStopping(history, recipe.early_stopping.patience),
    ]


def _announcement(training: _Training, faces: int) -> str:
    recorded = training.run.environment
    validation = len(training.dataset.split("validation"))
    start = f", going on after epoch {len(training.history)}" if training.history.epochs else ""
    return (
        f"{training.recipe.architecture} on {training.dataset.name}: {faces:,} training and "
        f"{validation:,} validation faces, {recorded['precision']} on {recorded['backend']}, "
        f"run {training.run.id}{start}"
    )


@contextmanager
def _locked(run: Run) -> Iterator[None]:
    """Keep other processes from training the same run."""
    try:
        lock = filelock.FileLock(run.folder / ".lock").acquire(timeout=0)
    except filelock.Timeout:
        raise ZooError(f"{run.folder}: another process is training this run") from None
    with lock:
        yield


def _refuse_finished(run: Run) -> None:
    if run.finished:
        remove_checkpoints(run)  # left where a process was killed right after the metrics
        raise ZooError(f"{run.folder}: this run has finished; train anew for another one")
