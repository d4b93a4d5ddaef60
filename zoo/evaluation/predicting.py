"""What `zoo predict` does: class probabilities of photos and of faces without labels, as a csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import UNLABELLED
from zoo.data.images import UnreadableImage, map_images
from zoo.data.readers.tree import images_below
from zoo.data.source import text
from zoo.errors import ZooError
from zoo.models import face_shape, holds_photos
from zoo.preprocessing.cropping import FacePhoto, shown_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from zoo.data.dataset import Dataset
    from zoo.data.source import Progress
    from zoo.predictor import Predictor

    Batch = tuple[Sequence[str], Sequence[FacePhoto]]

FACES_AT_ONCE = 256


@dataclass
class Outcome:
    """What became of the faces.

    Attributes:
        done: how many were predicted.
        cut: how many of these are photos that were cut to the face in them.
        missed: those that were predicted whole because no face was found.
        several: those that were cut to the largest of several faces.
        refused: those that could not be read, and why.
    """

    done: int = 0
    cut: int = 0
    missed: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


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
    paths: Sequence[Path],
    predictor: Predictor,
    root: Path,
    refused: Callable[[str], None],
    *,
    whole_image: bool = False,
) -> Iterator[Batch]:
    """Photos as `predictor`'s first network sees them, as `zoo explain` shows them, too.

    Args:
        paths: image files.
        predictor: whose faces they become.
        root: the ids are relative to it, where the photos are below it.
        refused: is told of each photo that cannot be read, and why, in one line.
        whole_image: whether they are not cut to their faces.

    Yields:
        The ids of some photos, and the photos.
    """
    shown = partial(shown_to, face_shape(predictor), whole_image=whole_image)
    for start in range(0, len(paths), FACES_AT_ONCE):
        group = paths[start : start + FACES_AT_ONCE]
        ids, photos = [], []
        for path, photo in zip(group, map_images(shown, group), strict=True):
            if isinstance(photo, UnreadableImage):
                refused(str(photo))
            else:
                inside = path != root and path.is_relative_to(root)
                ids.append(text(path.relative_to(root) if inside else path))
                photos.append(photo)
        yield ids, photos


def default_split(dataset: Dataset) -> str:
    """The faces without labels, or else those on which models are chosen."""
    return UNLABELLED if UNLABELLED in dataset.splits else "validation"


def split_batches(
    dataset: Dataset, split: str, predictor: Predictor, *, whole_image: bool = False
) -> Iterator[Batch]:
    """The faces of a split, some at a time, cut where they are photos; see `photo_batches`."""
    shape = face_shape(predictor)
    cut = holds_photos(dataset, shape) and not whole_image
    faces = dataset.split(split)
    for start in range(0, len(faces), FACES_AT_ONCE):
        chosen = slice(start, start + FACES_AT_ONCE)
        some = np.asarray(faces.faces[chosen])
        photos = [shown_to(shape, face) if cut else FacePhoto(face) for face in some]
        yield faces.ids[chosen].tolist(), photos


def write_probabilities(
    predictor: Predictor,
    batches: Iterable[Batch],
    file: TextIO,
    outcome: Outcome,
    total: int,
    progress: Progress,
) -> None:
    """Write a csv: id, predicted class, the probability of each class, and what was cut out.

    Args:
        predictor: what predicts.
        batches: ids and photos or faces, a bounded number at a time.
        file: where the csv goes, row by row.
        outcome: what became of the faces is added to it.
        total: how many faces there are, for the progress.
        progress: called with the faces that are done and `total`.
    """
    table = csv.writer(file, lineterminator="\n")
    for ids, photos in batches:
        if photos:
            if not outcome.done:  # where nothing can be read, nothing is written
                table.writerow(["id", "predicted", *predictor.classes, "cut"])
            rows = predictor.predict_proba(np.stack([photo.pixels for photo in photos]))
            for where, photo, row in zip(ids, photos, rows, strict=True):
                predicted = predictor.classes[int(row.argmax())]
                shares = [f"{value:.6f}" for value in row]
                table.writerow([where, predicted, *shares, _cut(photo)])
                outcome.cut += photo.place is not None
                if photo.found == 0:
                    outcome.missed.append(f"{where}: {photo.remark}")
                elif photo.found and photo.found > 1:
                    outcome.several.append(f"{where}: {photo.remark}")
            outcome.done += len(photos)
        progress(min(outcome.done, total), total)


def _cut(photo: FacePhoto) -> str:
    """Left, top and side of the square that was cut out of a photo, in its pixels, or nothing."""
    if photo.place is None:
        return ""
    rows, columns = photo.place
    return f"{columns.start} {rows.start} {rows.stop - rows.start}"
