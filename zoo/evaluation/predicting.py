"""What `zoo predict` does: class probabilities of photos and of faces without labels, as a csv."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import SPLITS, UNLABELLED
from zoo.data.images import UnreadableImage, decode_faces
from zoo.data.readers.tree import images_below
from zoo.data.readings import log_test_reading
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from zoo.data.dataset import Dataset
    from zoo.data.source import Progress
    from zoo.models import Model
    from zoo.predictor import Predictor

    Batches = Iterable[tuple[Sequence[str], np.ndarray]]

FACES_AT_ONCE = 256


def photos_at(path: Path) -> list[Path]:
    """The image files that are meant: the file itself, or all below the folder, by their paths.

    Raises:
        ZooError: there are none.
    """
    if path.is_dir():
        found = list(images_below(path, path))
        if not found:
            raise ZooError(f"{path}: no images in it: name a photo, a folder of them, or --data")
        return found
    if not path.is_file():
        raise ZooError(f"{path}: no such file or folder")
    return [path]


def photo_batches(
    paths: Sequence[Path], predictor: Predictor, root: Path, refused: Callable[[str], None]
) -> Iterator[tuple[Sequence[str], np.ndarray]]:
    """Photos as `predictor`'s first network sees them, as `zoo explain` shows them, too.

    Args:
        paths: image files.
        predictor: whose faces they become.
        root: the ids are relative to it, where the photos are below it.
        refused: is told of each photo that cannot be read, and why, in one line.

    Yields:
        The ids of some photos, and (n, H, W, C) uint8.
    """
    size, _, channels = predictor.members[0].network.input_shape[1:]
    for start in range(0, len(paths), FACES_AT_ONCE):
        group = paths[start : start + FACES_AT_ONCE]
        ids, faces = [], []
        decoded = decode_faces(group, size, "grey" if channels == 1 else "rgb")
        for path, face in zip(group, decoded, strict=True):
            if isinstance(face, UnreadableImage):
                refused(str(face))
            else:
                inside = path != root and path.is_relative_to(root)
                ids.append(text(path.relative_to(root) if inside else path))
                faces.append(face)
        yield ids, np.stack(faces) if faces else np.zeros((0, size, size, channels), np.uint8)


def default_split(dataset: Dataset) -> str:
    """The faces without labels, or else those on which models are chosen."""
    return UNLABELLED if UNLABELLED in dataset.splits else "validation"


def split_batches(dataset: Dataset, split: str) -> Iterator[tuple[Sequence[str], np.ndarray]]:
    """The faces of a split, some at a time; for what is given see `photo_batches`."""
    faces = dataset.split(split)
    for start in range(0, len(faces), FACES_AT_ONCE):
        chosen = slice(start, start + FACES_AT_ONCE)
        yield faces.ids[chosen].tolist(), np.asarray(faces.faces[chosen])


def log_if_test(model: Model, dataset: Dataset, split: str) -> None:
    """Count a reading of the test split, as evaluating does."""
    if split == SPLITS[-1]:
        log_test_reading(dataset, model.name, [run.id for run in model.runs])


def write_probabilities(
    predictor: Predictor, batches: Batches, file: TextIO, total: int, progress: Progress
) -> int:
    """Write a csv: id, predicted class, and the probability of each class, in six decimals.

    Args:
        predictor: what predicts.
        batches: ids and faces, a bounded number at a time.
        file: where the csv goes, row by row.
        total: how many faces there are, for the progress.
        progress: called with the faces that are done and `total`.

    Returns:
        How many faces were predicted.
    """
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["id", "predicted", *predictor.classes])
    done = 0
    for ids, faces in batches:
        if len(faces):
            rows = predictor.predict_proba(faces)
            for where, row in zip(ids, rows, strict=True):
                predicted = predictor.classes[int(row.argmax())]
                table.writerow([where, predicted, *(f"{value:.6f}" for value in row)])
            done += len(faces)
        progress(min(done, total), total)
    return done
