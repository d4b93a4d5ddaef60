"""From a MODEL and its predictions to its entry on the leaderboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import models
from zoo.evaluation.ensembles import ensemble_entry
from zoo.evaluation.entry import entry_of_run
from zoo.evaluation.guard import also_chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.evaluation.entry import Entry
    from zoo.models import Model
    from zoo.predictions import Predictions


def entry(model: Model, dataset: Dataset, predictions_of: Callable[[Model], Predictions]) -> Entry:
    """The leaderboard's entry of a model on a data set; an ensemble's is made of its members'.

    Args:
        model: the model.
        dataset: what it is measured on.
        predictions_of: gives the predictions of a single network, or of each member.
    """
    if model.is_ensemble:
        members = [entry(member, dataset, predictions_of) for member in model.members]
        return average_entry(model, dataset, members)
    single = entry_of_run(model.run, predictions_of(model))
    return _with_origin(single, model, dataset)


def average_entry(model: Model, dataset: Dataset, members: Sequence[Entry]) -> Entry:
    """The leaderboard's entry of an ensemble, from its members'."""
    averaged = ensemble_entry(members, model.weights, model.name)
    predictions = averaged.predictions
    if model.calibration is not None:  # of the average, not of each member
        predictions = predictions.calibrated(model.calibration)
    run = models.ensemble_id(model.runs, dataset.fingerprint, model.weights)
    return _with_origin(replace(averaged, predictions=predictions, run=run), model, dataset)


def without_faces(entry: Entry, exclusions: Exclusions | None) -> Entry:
    """The entry without the faces on a list, if there is one."""
    if exclusions is None:
        return entry
    return replace(entry, predictions=entry.predictions.without(exclusions))


def _with_origin(entry: Entry, model: Model, dataset: Dataset) -> Entry:
    """The entry with what chose its model, and what trained it if not the data set in use."""
    elsewhere = model.trained_elsewhere(dataset.fingerprint)
    names = sorted({str(run.metrics["dataset"]) for run in elsewhere})
    # Copies of one data set differ in a few faces and are often called the same.
    listed = " and ".join(f"another {name}" if name == dataset.name else name for name in names)
    some = f" ({len(elsewhere)} of {len(model.runs)} members)"
    trained_on = f"{listed}{some}" if 0 < len(elsewhere) < len(model.runs) else listed
    return replace(
        entry, trained_on=trained_on, elsewhere=len(elsewhere),
        also_chosen=also_chosen(model, dataset.fingerprint, entry.predictions.split),
    )  # fmt: skip
