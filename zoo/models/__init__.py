"""What a MODEL is, wherever the user names one: a run, an architecture, or the ensemble."""

from zoo.models.model import Model, as_seen, load_classifier
from zoo.models.names import (
    ENSEMBLE,
    best_accuracies,
    best_run,
    ensemble_id,
    ensemble_members,
    ensemble_of,
    fingerprint,
    load,
    resolve,
    with_initial_run,
)

__all__ = [
    "ENSEMBLE",
    "Model",
    "as_seen",
    "best_accuracies",
    "best_run",
    "ensemble_id",
    "ensemble_members",
    "ensemble_of",
    "fingerprint",
    "load",
    "load_classifier",
    "resolve",
    "with_initial_run",
]
