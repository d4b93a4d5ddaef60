"""Training: from a recipe and a data set to a finished run, and on from an unfinished one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import filelock

from zoo.backend import make_deterministic
from zoo.data.exclusions import write_exclusions
from zoo.errors import ZooError, unknown
from zoo.preprocessing.augmentation import check_augmentation
from zoo.runs import create_run, find_run, list_runs
from zoo.training.checkpoint import latest_checkpoint, remove_checkpoints
from zoo.training.chosen import chosen_faces, exclusions_file, recorded_choice, recorded_facts
from zoo.training.devices import spread
from zoo.training.environment import environment, refuse_changed
from zoo.training.fitting import Training, complete
from zoo.training.initial import initial_weights, recorded_weights, start_network
from zoo.training.interruption import interruption_explained
from zoo.training.networks import build_network
from zoo.training.phases import check_phases
from zoo.training.precision import choose_precision
from zoo.training.recipes import recipe_of
from zoo.training.targets import soft_labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.runs import Run
    from zoo.training.devices import Spread
    from zoo.training.recipe import Recipe


def train(
    recipe: Recipe,
    dataset: Dataset,
    *,
    runs: Path,
    limit: int | None = None,
    exclusions: Exclusions | None = None,
    devices: int = 1,
    quiet: bool = False,
) -> Run:
    """Train a network and write its run.

    Only the training and validation splits are read.

    Args:
        recipe: how.
        dataset: what on.
        runs: the folder of all runs, where one that `recipe.init` names is, too.
        limit: train on this many faces, chosen by the recipe's seed with the classes' shares
            kept; validation stays whole.
        exclusions: leave these of the training faces out; a copy is kept in the run. Validation
            stays whole, so that runs with and without can be compared.
        devices: how many GPUs (processors, where there is none) share each batch.
        quiet: print nothing.

    Returns:
        The finished run.

    Raises:
        TrainingInterrupted: Ctrl-C.
        ZooError: no training or validation faces; a recipe the architecture or the data set
            refuses; initial weights that cannot be had; fewer devices than wanted; too little
            memory; a loss that is not finite; a disk that is full.
    """
    _refuse_unfit(recipe, dataset)
    if recipe.deterministic:
        make_deterministic()
    shared = spread(devices)
    chosen = chosen_faces(recipe, dataset, limit, exclusions)
    precision = choose_precision(recipe.precision)
    initial = initial_weights(recipe, runs)
    with shared.scope():
        network, remark = start_network(
            recipe, initial, dataset.classes, dataset.face_shape, precision
        )
    check_phases(network, recipe)
    everything = chosen if limit is None else chosen_faces(recipe, dataset, None, exclusions)
    limited = len(chosen) if len(chosen) < len(everything) else None
    recipe_toml = recipe.to_toml()
    recorded = environment(dataset, limited, precision, recipe_toml, devices=devices)
    recorded |= initial.recorded() | recorded_facts(exclusions, dataset)
    run = create_run(runs, recipe.architecture, recipe.seed, recipe_toml, recorded)
    with interruption_explained(run), _locked(run):
        if exclusions is not None:
            write_exclusions(exclusions, exclusions_file(run))
        remark += _absent_classes(dataset)
        complete(Training(run, recipe, dataset, network, shared, remark, quiet))
    return run


def _refuse_unfit(recipe: Recipe, dataset: Dataset) -> None:
    """Refuse a data set without faces to train or to validate on, or that a recipe is not for."""
    for split in ("train", "validation"):
        if len(dataset.split(split)) == 0:
            raise ZooError(f"data set {dataset.name!r}: its {split} split has no faces")
    check_augmentation(recipe.augmentation, dataset.face_shape)
    soft_labels_of(dataset, recipe.labels)


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
        ZooError: the run has finished; another process trains it; recipe, data, initial weights,
            backend or a version has changed; see also `train`.
    """
    _refuse_finished(run)
    with interruption_explained(run), _locked(run):
        _refuse_finished(run)
        if dataset is None:
            from zoo.data import library

            dataset = library.open_dataset(run.environment["dataset"])
        refuse_changed(run, dataset)
        recorded_choice(run, dataset)
        recipe, precision = recipe_of(run), run.environment["precision"]
        if recipe.deterministic:
            make_deterministic()
        shared = _recorded_devices(run)
        with shared.scope():
            if latest_checkpoint(run):
                classes = len(dataset.classes)
                network = build_network(recipe, classes, dataset.face_shape, precision)
            else:
                network, _ = start_network(
                    recipe, recorded_weights(run), dataset.classes, dataset.face_shape, precision
                )
        complete(Training(run, recipe, dataset, network, shared, quiet=quiet))
    return run


def _recorded_devices(run: Run) -> Spread:
    try:
        return spread(run.environment.get("devices", 1))
    except ZooError as error:
        raise ZooError(f"{run.folder}: cannot be resumed here ({error})") from None


def _absent_classes(dataset: Dataset) -> str:
    """A remark that names the classes without faces in a split that is read, or nothing."""
    remarks = []
    for split in ("train", "validation"):
        if absent := [name for name, count in dataset.class_counts(split).items() if not count]:
            remarks.append(f"; no {split} face of {', '.join(absent)}")
    return "".join(remarks)


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
