"""The end of a training: what a finished run holds, written from its best epoch."""

from __future__ import annotations

import math
import shutil
import statistics
from typing import TYPE_CHECKING, Any

from zoo.figures.history import draw_history
from zoo.files import file_sha256, replacing
from zoo.predictions import Predictions, headline
from zoo.predictor import probabilities_of
from zoo.training.checkpoint import BEST, latest_checkpoint, remove_checkpoints
from zoo.training.costs import measure_costs
from zoo.training.networks import load_network
from zoo.training.phases import enter_phase
from zoo.training.plan import plan_of

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.dataset import Dataset
    from zoo.runs import Run
    from zoo.training.history import History
    from zoo.training.recipe import Recipe

_BATCH = 256


def finish(
    run: Run, recipe: Recipe, dataset: Dataset, history: History, chosen: np.ndarray
) -> None:
    """Write best weights, validation predictions, curves and, last, metrics.

    The network is built anew from the run, so what is saved is what a later user will get.

    Args:
        run: whose last checkpoint holds the best weights.
        recipe: the run's.
        dataset: what it was trained on.
        history: all epochs.
        chosen: positions of the training faces it was trained on.
    """
    checkpoint = latest_checkpoint(run)
    if checkpoint is None:
        raise RuntimeError(f"{run.folder} has no checkpoint to finish from")
    with replacing(run.weights_file) as temporary:
        shutil.copyfile(checkpoint / BEST, temporary)
    history.write_csv(run.folder / "history.csv")
    network = load_network(run)
    validation = dataset.split("validation")
    probabilities = probabilities_of(network, validation.faces, _BATCH)
    predictions = Predictions.of(dataset, "validation", probabilities)
    predictions.write(run.predictions_file("validation"))
    start = f", {run.start}" if run.start else ""
    draw_history(
        run.folder / "figures" / "history.png",
        history.columns(),
        best_epoch=history.best.epoch,
        title=f"{run.architecture} on {dataset.name}{start}, run {run.id}",
        train_faces=len(chosen),
        validation_faces=len(validation),
    )
    metrics = _metrics(run, recipe, history, len(chosen))
    plan = plan_of(recipe)
    enter_phase(network, recipe, plan, plan.index(history.epochs[-1].phase), {})
    trainable = network.trainable_variables
    metrics["trainable_parameters"] = sum(math.prod(variable.shape) for variable in trainable)
    metrics |= measure_costs(network, validation.faces)
    metrics["validation"] = headline(predictions)
    metrics["unseen"] = headline(predictions.unseen)
    metrics["weights_sha256"] = file_sha256(run.weights_file)
    run.finish(metrics)
    remove_checkpoints(run)


def _metrics(run: Run, recipe: Recipe, history: History, faces: int) -> dict[str, Any]:
    recorded = ("dataset", "fingerprint", "classes", "face_shape", "limit", "precision")
    return {
        "architecture": recipe.architecture,
        **{key: run.environment[key] for key in recorded},
        "exclusions": run.environment.get("exclusions"),
        "init": recipe.init,
        "seed": recipe.seed,
        "epochs": len(history),
        "best_epoch": history.best.epoch,
        "monitor": recipe.monitor,
        "train_faces": faces,
        "train_seconds": sum(epoch.seconds for epoch in history.epochs),
        # The median, because a process's first epoch includes tracing or compiling the network.
        "faces_per_second": statistics.median(e.faces_per_second for e in history.epochs),
    }
