"""A finished run as a folder that can be given away: float16 weights, and what they give."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.files import file_sha256, new_folder, write_json, write_text
from zoo.predictions import Predictions, headline
from zoo.predictor import probabilities_of
from zoo.runs import EXPORTED, WEIGHTS, Run
from zoo.shipping.probing import probe_predictions
from zoo.training.chosen import exclusions_file
from zoo.training.costs import measure_costs
from zoo.training.networks import load_network
from zoo.training.recipes import recipe_of
from zoo.training.seen import faces_seen_by
from zoo.weights.facts import Facts, first_fault
from zoo.weights.probe import SPLIT
from zoo.weights.tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from zoo.data.dataset import Dataset

    Progress = Callable[[int, int], None]

LICENCE_OF_OTHERS = "not stated: ask whoever trained these weights"
"""What an exported run says of its licence, which only its owner can give."""

_BATCH = 256
_MACHINE = ("system", "processor", "cores", "gpus")
"""What an exported run tells of the machine that trained it; no names, no paths."""


def export(
    run: Run,
    dataset: Dataset,
    folder: Path,
    *,
    licence: str = LICENCE_OF_OTHERS,
    progress: Progress | None = None,
) -> Run:
    """Write a finished run as float16 weights, with what they give on validation and the probe.

    Both the float32 weights and the rounded ones predict all validation faces, in float32: the
    largest difference of a probability is recorded. What a face costs is measured on this machine.

    Args:
        run: finished; of a single network.
        dataset: what it was trained on.
        folder: where to; it must not exist.
        licence: of the weights.
        progress: told of the faces predicted so far, and of all.

    Raises:
        ZooError: the run cannot be exported, `dataset` is another one, `folder` exists, or a
            weight does not fit into float16.
    """
    _refuse(run, dataset)
    with new_folder(folder) as temporary:
        network = load_network(run, "float32")
        metrics = _write_weights(run, network, dataset, temporary, progress or (lambda *_: None))
        classes = tuple(run.metrics["classes"])
        probe_predictions(network, classes).write(Run(temporary).predictions_file(SPLIT))
        metrics["init"] = _copy_records(run, temporary)
        metrics["licence"] = licence
        metrics |= measure_costs(network, dataset.split("validation").faces)
        if seen := faces_seen_by(run, dataset):
            seen.write(Run(temporary).seen_faces_file)
        Run(temporary).finish(run.metrics | metrics)
    return Run(folder)


def _refuse(run: Run, dataset: Dataset) -> None:
    name = f"{run.architecture}/{run.id}"
    if run.exported:
        raise ZooError(f"{name} is exported already: copy its folder, {run.folder}")
    if not run.weights_file.is_file():
        raise ZooError(f"{name}: it has no weights of its own: export its members")
    if run.metrics["fingerprint"] != dataset.fingerprint:
        raise ZooError(
            f"{name} was trained on {run.metrics['dataset']!r}, not on {dataset.name!r} as it is "
            "here: name its data set with --data"
        )


def _write_weights(
    run: Run, network: keras.Model, dataset: Dataset, folder: Path, progress: Progress
) -> dict[str, Any]:
    """Weights and validation predictions; afterwards `network` has the rounded weights."""
    faces = dataset.split("validation").faces
    exact = probabilities_of(network, faces, _BATCH, lambda done: progress(done, 2 * len(faces)))
    path = folder / EXPORTED
    write_tensors(path, network, facts_of(run))
    read_tensors(path, network)
    rounded = probabilities_of(
        network, faces, _BATCH, lambda done: progress(len(faces) + done, 2 * len(faces))
    )
    predictions = Predictions.of(dataset, "validation", rounded)
    predictions.write(Run(folder).predictions_file("validation"))
    return {
        "validation": headline(predictions),
        "unseen": headline(predictions.unseen),
        "weights_sha256": file_sha256(path),
        "float16": {
            "n": len(faces),
            "largest_probability_difference": float(np.abs(exact - rounded).max()),
        },
        "exported_from": {
            "run": f"{run.architecture}/{run.id}",
            "weights_sha256": file_sha256(run.weights_file),
        },
    }


def facts_of(run: Run) -> Facts:
    """What the file of a run's weights says about itself.

    Raises:
        ZooError: a name is too long for one line, or not printable.
    """
    try:
        return Facts(
            architecture=run.architecture,
            options=recipe_of(run).network,
            classes=tuple(run.metrics["classes"]),
            face_shape=tuple(run.metrics["face_shape"]),
            dataset=run.metrics["dataset"],
            fingerprint=run.metrics["fingerprint"],
            run=f"{run.architecture}/{run.id}",
            versions=run.environment["versions"],
        )
    except ValidationError as error:
        key, fault = first_fault(error)
        raise ZooError(f"{run.folder}: {key} cannot be exported: {fault}") from None


def _copy_records(run: Run, folder: Path) -> str:
    """Recipe, environment and history, without what only this machine knows; gives the init."""
    recipe, environment = recipe_of(run), dict(run.environment)
    init = portable(recipe.init)
    if init == recipe.init:
        shutil.copyfile(run.folder / "recipe.toml", folder / "recipe.toml")
    else:
        text = recipe.model_copy(update={"init": init}).to_toml()
        write_text(folder / "recipe.toml", text)
        environment["recipe_sha256"] = file_sha256(folder / "recipe.toml")
    environment.pop("init_file", None)
    machine = environment.get("machine", {})
    environment["machine"] = {key: machine[key] for key in _MACHINE if key in machine}
    write_json(folder / "environment.json", environment)
    shutil.copyfile(run.folder / "history.csv", folder / "history.csv")
    if (listed := exclusions_file(run)).is_file():
        shutil.copyfile(listed, folder / listed.name)
    return init


def portable(init: str) -> str:
    """A recipe's `init` without the folders that only this machine has.

    Names stay, of a run and of its weights ``<architecture>/<id>``, of other files and folders
    the last part alone: the one before may be a user's name.
    """
    path = Path(init)
    folder = path.parent if path.name in (EXPORTED, WEIGHTS) else path
    named = folder.parent.name in registry.list_architectures()
    return "/".join(folder.parts[-2:]) if named else path.name
