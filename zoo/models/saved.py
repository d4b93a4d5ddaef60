"""What a run's network gave on a data set: read where it is saved, else computed and saved.

In a run's folder, or for shipped weights, into whose folder nothing may be written, in one of
their own, ``$ZOO_HOME/shipped/<architecture>-<sha256 of the weights>/``:

    predictions/<split>.npz                on the data set it was trained on
    predictions/<fingerprint>/<split>.npz  on another one
    evaluation/                            tables and pictures; of another data set in a folder

Fingerprints and hashes are cut to twelve digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import home
from zoo.errors import ZooError
from zoo.files import UnwritableError, file_sha256
from zoo.models.classifier import load_classifier
from zoo.models.photos import cut_to_faces, face_shape, holds_photos
from zoo.predictions import Predictions, stem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.runs import Run

DIGITS = 12
"""Of fingerprints and hashes, in names of folders."""


def weights_sha256(run: Run) -> str:
    """Hex sha256 of a finished run's weights: as recorded, which loading checks, or computed."""
    return run.metrics.get("weights_sha256") or file_sha256(run.weights_file)


def writable_folder(run: Run) -> Path:
    """Where what is found out about a run is written: never into the package."""
    if not run.shipped:
        return run.folder
    return home.shipped_folder() / f"{run.architecture}-{weights_sha256(run)[:DIGITS]}"


def evaluation_folder(run: Run, dataset: Dataset) -> Path:
    """Where the tables and pictures of a run on a data set go."""
    folder = writable_folder(run) / "evaluation"
    return folder if _trained_on(run, dataset.fingerprint) else folder / dataset.name


def has_predictions(run: Run, fingerprint: str, split: str, tta: str = "none") -> bool:
    """Whether the predictions on a split are saved.

    Args:
        run: a finished run of a single network.
        fingerprint: of the data set that the split is of.
        split: its name.
        tta: the test-time augmentation.
    """
    return _file(run, fingerprint, split, tta).is_file()


def saved_predictions(run: Run, fingerprint: str, split: str, tta: str = "none") -> Predictions:
    """The saved predictions on a split; for the arguments see `has_predictions`.

    Raises:
        ZooError: there are none, or they are damaged or of something else.
    """
    path = _file(run, fingerprint, split, tta)
    saved = Predictions.read(path)
    if (saved.split, saved.fingerprint) != (split, fingerprint):
        fault = "predictions on other faces than these"
    elif saved.tta != tta:
        fault = f"predictions under another test-time augmentation, {saved.tta}"
    else:
        return saved
    raise ZooError(
        f"{path}: {fault}: delete the file, then zoo evaluate {run.architecture}/{run.id}"
    )


def predictions_on(
    dataset: Dataset,
    run: Run,
    split: str,
    tta: str,
    say: Callable[[str], None],
    *,
    whole_image: bool = False,
) -> Predictions:
    """The predictions of a run on a split: the saved ones, else computed and saved.

    What cannot be saved is given all the same.

    Args:
        dataset: shares classes with the run.
        run: a finished run of a single network.
        split: the split's name.
        tta: the test-time augmentation.
        say: is told what takes time, and what could not be saved.
        whole_image: whether photos (`zoo.models.photos`) are left whole; what that gives is not
            saved.
    """
    photos = holds_photos(dataset, run.metrics["face_shape"])
    if photos and whole_image:
        return _computed(dataset, run, split, tta, say, photos=False)
    saved = None
    if has_predictions(run, dataset.fingerprint, split, tta):
        saved = saved_predictions(run, dataset.fingerprint, split, tta)
    if saved is None or (photos and saved.found is None):  # an older file cuts by another rule
        predictions = _computed(dataset, run, split, tta, say, photos=photos)
    elif saved.seen is None and "train" in dataset.splits:  # an older file does not say it
        predictions = saved.with_seen(dataset)
    else:
        return saved
    name = f"{run.architecture}/{run.id}"
    try:
        predictions.write(_written_file(run, dataset.fingerprint, split, tta))
    except UnwritableError as error:
        say(f"{name}: its predictions are not saved and must be computed each time ({error})")
    return predictions


def _computed(
    dataset: Dataset, run: Run, split: str, tta: str, say: Callable[[str], None], *, photos: bool
) -> Predictions:
    """The predictions on a split; `photos` says whether they are cut to the faces in them."""
    faces, found = dataset.split(split).faces, None
    classifier = load_classifier(run, run.architecture, tta)
    what = "photos, cut to the faces in them," if photos else "faces"
    say(
        f"{run.architecture}/{run.id}: predicting {len(faces):,} {split} {what} of"
        f" {dataset.name} …"
    )
    if photos:
        faces, found = cut_to_faces(faces, face_shape(classifier))
    probabilities = classifier.predict_proba(faces)
    return Predictions.of(
        dataset, split, probabilities, tta, classes=classifier.classes, found=found
    )


def _file(run: Run, fingerprint: str, split: str, tta: str) -> Path:
    """Where predictions are, or would be written."""
    shipped = run.predictions_file(split, tta)
    written = _written_file(run, fingerprint, split, tta)
    in_package = run.shipped and _trained_on(run, fingerprint) and shipped.is_file()
    return shipped if in_package and not written.is_file() else written


def _written_file(run: Run, fingerprint: str, split: str, tta: str) -> Path:
    folder = writable_folder(run) / "predictions"
    folder = folder if _trained_on(run, fingerprint) else folder / fingerprint[:DIGITS]
    return folder / f"{stem(split, tta)}.npz"


def _trained_on(run: Run, fingerprint: str) -> bool:
    return bool(run.metrics["fingerprint"] == fingerprint)
