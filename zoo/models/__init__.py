"""What a MODEL is, wherever the user names one: a run, an architecture, or the ensemble."""

from zoo.models.calibration import (
    calibration_file,
    stored_calibration,
    with_calibration,
)
from zoo.models.candidates import ENSEMBLE, best_accuracies, best_run, every_architecture
from zoo.models.choice import Choice
from zoo.models.classifier import load_classifier
from zoo.models.ensemble_file import ensemble_toml, own_file, write_ensemble
from zoo.models.ensembles import as_members, ensemble_id
from zoo.models.model import Model, distinct, model_of
from zoo.models.names import ensemble_of, fingerprint, load, resolve, with_initial_run
from zoo.models.packaged import packaged_ensemble
from zoo.models.photos import face_shape, faces_shown, holds_photos, some_faces_shown
from zoo.models.saved import evaluation_folder, weights_sha256

__all__ = [
    "ENSEMBLE",
    "Choice",
    "Model",
    "as_members",
    "best_accuracies",
    "best_run",
    "calibration_file",
    "distinct",
    "ensemble_id",
    "ensemble_of",
    "ensemble_toml",
    "evaluation_folder",
    "every_architecture",
    "face_shape",
    "faces_shown",
    "fingerprint",
    "holds_photos",
    "load",
    "load_classifier",
    "model_of",
    "own_file",
    "packaged_ensemble",
    "resolve",
    "some_faces_shown",
    "stored_calibration",
    "weights_sha256",
    "with_calibration",
    "with_initial_run",
    "write_ensemble",
]
