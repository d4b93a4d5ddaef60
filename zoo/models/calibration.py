"""The temperature of a model: read where it is stored, else fitted on validation and stored.

In a run's folder, or for shipped weights in the one that `zoo.models.saved` describes:

    calibration/validation.json                fitted on the data set it was trained on
    calibration/<fingerprint>/validation.json  on another one

Of an ensemble in ``$ZOO_HOME/calibration/ensemble-<id>/<fingerprint>/``. Fingerprints are cut to
twelve digits. Of averaged views it is ``validation-flip.json``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, get_type_hints

from zoo import home
from zoo.data.dataset import SELECTION_SPLIT
from zoo.errors import ZooError
from zoo.files import UnwritableError, write_json
from zoo.metrics import compute_metrics
from zoo.models.ensembles import ensemble_id
from zoo.models.saved import DIGITS, writable_folder
from zoo.predictions import stem
from zoo.temperature import Calibration, fit_temperature, tempered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models.model import Model
    from zoo.predictions import Predictions


def with_calibration(model: Model, dataset: Dataset | None, say: Callable[[str], None]) -> Model:
    """The model with its temperature; for the arguments see `stored_calibration`."""
    return model.calibrated(stored_calibration(model, dataset, say))


def stored_calibration(
    model: Model, dataset: Dataset | None, say: Callable[[str], None], *, anew: bool = False
) -> Calibration:
    """A model's temperature: the stored one, or one that is fitted and stored now.

    It is that of the data set in use where that has a validation split of the model's classes,
    else of the data set that the model was trained on.

    Args:
        model: one without a temperature.
        dataset: the data set in use; None if there is none.
        say: is told what takes time, and what could not be stored.
        anew: whether it is fitted even if one is stored.

    Raises:
        ZooError: there are no faces to fit it on, or what is stored is damaged.
    """
    usable = dataset is not None and _fits(model, dataset)
    fingerprint = dataset.fingerprint if dataset and usable else _trained_on(model)
    path = calibration_file(model, fingerprint)
    if path.is_file() and not anew:
        return _read(path, fingerprint)
    if dataset and usable:
        predictions, name = model.predictions(dataset, SELECTION_SPLIT, say), dataset.name
    else:
        predictions = model.saved_predictions(fingerprint, SELECTION_SPLIT)
        name = str(model.runs[0].metrics["dataset"])
    calibration = fit_calibration(predictions, name)
    try:
        write_json(path, asdict(calibration))
    except UnwritableError as error:
        say(f"{model.name}: its temperature is not stored ({error})")
    return calibration


def fit_calibration(predictions: Predictions, data_name: str) -> Calibration:
    """The temperature of saved probabilities, by log-loss.

    Args:
        predictions: as the model gives them, of at least one face.
        data_name: what their data set is called.
    """
    labels, classes = predictions.labels, predictions.classes
    temperature = fit_temperature(labels, predictions.probabilities)
    before = predictions.measure()
    fitted = compute_metrics(labels, tempered(predictions.probabilities, temperature), classes)
    return Calibration(
        temperature=temperature,
        data=data_name,
        fingerprint=predictions.fingerprint,
        split=predictions.split,
        n=len(predictions),
        log_loss=before.log_loss,
        log_loss_fitted=fitted.log_loss,
        ece=before.ece,
        ece_fitted=fitted.ece,
    )


def calibration_file(model: Model, fingerprint: str) -> Path:
    """Where the temperature is, or would be, that a data set's validation faces fitted."""
    name = f"{stem(SELECTION_SPLIT, model.tta)}.json"
    if model.is_ensemble:
        ensemble = f"ensemble-{ensemble_id(model.runs, fingerprint, model.weights)}"
        return home.calibration_folder() / ensemble / fingerprint[:DIGITS] / name
    folder = writable_folder(model.run) / "calibration"
    own = model.run.metrics["fingerprint"] == fingerprint
    return (folder if own else folder / fingerprint[:DIGITS]) / name


def _fits(model: Model, dataset: Dataset) -> bool:
    classes = tuple(model.runs[0].metrics["classes"])
    return SELECTION_SPLIT in dataset.splits and classes == dataset.classes


def _trained_on(model: Model) -> str:
    """The fingerprint of the one data set that all of a model's runs were trained on."""
    fingerprints = {str(run.metrics["fingerprint"]) for run in model.runs}
    if len(fingerprints) > 1:
        raise ZooError(
            f"{model.name}: its members were trained on several data sets, so its temperature "
            "needs faces: name a data set that has a validation split with --data"
        )
    return fingerprints.pop()


def _read(path: Path, fingerprint: str) -> Calibration:
    """What is stored.

    Raises:
        ZooError: it is damaged, or of other faces.
    """
    kinds = get_type_hints(Calibration)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        numbers = {key: kind(content[key]) for key, kind in kinds.items()}
        calibration = Calibration(**numbers)
        whole = 0 < calibration.temperature < float("inf")
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole or calibration.fingerprint != fingerprint:
        raise ZooError(f"{path}: damaged: delete it, then zoo calibrate MODEL fits it anew")
    return calibration
