"""What a model gets right and wrong, and why, class by class on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import models
from zoo.explainers.methods import METHODS
from zoo.figures.gallery import GalleryRow, write_gallery
from zoo.files import output_folder
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.explainers.base import Progress
    from zoo.models import Model
    from zoo.predictions import Predictions


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Which faces are shown, and how they are explained.

    Attributes:
        split: of the data set.
        per_class: faces of each class, at most, that the model gets right, and as many wrong.
        only_wrong: whether those it gets right are left out.
        method: one of `METHODS`.
        settings: the method's.
        seed: draws the faces: none is picked for its looks.
    """

    split: str
    per_class: int
    only_wrong: bool
    method: str
    settings: Mapping[str, Any]
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Wing:
    """Some of the faces of one class that the model gets right, or wrong.

    Attributes:
        label: the class's name.
        outcome: ``right`` or ``wrong``.
        of_class: faces of the class in the split.
        of_outcome: how many of them are right, or wrong.
        rows: those that are shown.
        remarks: what a reader of the maps must know, a line each.
    """

    label: str
    outcome: str
    of_class: int
    of_outcome: int
    rows: Sequence[GalleryRow]
    remarks: tuple[str, ...]


def gallery_of(
    model: Model,
    dataset: Dataset,
    gallery: Gallery,
    *,
    say: Callable[[str], None],
    progress: Progress | None = None,
) -> list[Wing]:
    """Draw faces of every class; explain what they are taken for, and where wrong, what they are.

    Args:
        model: whose saved predictions are taken, or made.
        dataset: of the model's classes.
        gallery: which faces, which method.
        say: is told what takes time.
        progress: called with the faces explained and their number.

    Returns:
        The wings that have faces, by class and outcome.

    Raises:
        ZooError: the data set has other classes; see `zoo.explainers.explain`, too.
    """
    predictions = model.predictions(dataset, gallery.split, say)
    predicted = predictions.probabilities.argmax(axis=1)
    random = np.random.default_rng(gallery.seed)
    places: list[np.ndarray] = []
    halls = []
    for label, name in enumerate(predictions.classes):
        of_class = predictions.labels == label
        for outcome, there in (
            ("right", of_class & (predicted == label)),
            ("wrong", of_class & (predicted != label)),
        ):
            drawn = random.permutation(np.flatnonzero(there))[: gallery.per_class]
            if len(drawn) and not (gallery.only_wrong and outcome == "right"):
                places.append(np.sort(drawn))
                halls.append((name, outcome, int(of_class.sum()), int(there.sum())))
    if not places:
        return []
    rows, remarks = _explained(
        model, dataset, predictions, np.concatenate(places), gallery, progress
    )
    ends = np.cumsum([len(some) for some in places])[:-1]
    parts = np.split(np.arange(len(rows)), ends)
    return [
        Wing(*hall, [rows[place] for place in part], remarks)
        for hall, part in zip(halls, parts, strict=True)
    ]


def _explained(
    model: Model,
    dataset: Dataset,
    predictions: Predictions,
    places: np.ndarray,
    gallery: Gallery,
    progress: Progress | None,
) -> tuple[list[GalleryRow], tuple[str, ...]]:
    """The faces at (N,) places of the split with their maps, and what must be said of them."""
    predictor = model.load()
    faces = models.faces_shown(dataset, gallery.split, places, predictor)
    probabilities, labels = predictions.probabilities[places], predictions.labels[places]
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    explanations = METHODS[gallery.method].explain(
        predictor,
        np.concatenate([faces, faces[wrong]]),
        np.concatenate([predicted, labels[wrong]])[:, np.newaxis],
        progress,
        dict(gallery.settings),
    )
    maps: list[dict[int, np.ndarray]] = [{} for _ in places]
    for row, one in zip([*range(len(places)), *wrong.tolist()], explanations, strict=True):
        maps[row][int(one.targets[0])] = one.maps[0]
    rows = [
        GalleryRow(face, str(name), int(label), of_face, found, explanations[0].signed)
        for face, name, label, of_face, found in zip(
            faces, predictions.ids[places], labels, probabilities, maps, strict=True
        )
    ]
    return rows, explanations[0].common_remarks


def write_gallery_page(
    wings: Sequence[Wing],
    model: Model,
    dataset: Dataset,
    gallery: Gallery,
    folder: Path,
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Write ``gallery.html`` and the pictures on it, one per wing.

    Args:
        wings: from `gallery_of`.
        model: and its
        dataset: and its
        gallery: arguments.
        folder: where they go.
        overwrite: whether existing files may be replaced.

    Returns:
        The files, the page first.

    Raises:
        ZooError: a file exists and `overwrite` is false.
    """
    method, files = METHODS[gallery.method].label, ["gallery.html"]
    sections: dict[str, list[str | Picture]] = {}
    with output_folder(folder, overwrite=overwrite) as temporary:
        for wing in wings:
            title = (
                f"{wing.label}, {wing.outcome}: {len(wing.rows)} of {wing.of_outcome:,} faces "
                f"(of {wing.of_class:,} labelled so)"
            )
            path = temporary / f"{wing.label}-{wing.outcome}.png"
            heading = f"{title}\n{method} of {model.name}"
            write_gallery(wing.rows, dataset.classes, heading, path, remarks=wing.remarks)
            picture = Picture(path, title, f"faces, probabilities and maps: {title}")
            sections.setdefault(wing.label, []).append(picture)
            files.append(path.name)
        write_page(
            temporary / files[0],
            f"{model.name} on {dataset.name}, {gallery.split}: explained by {method}",
            [Section(name, pictures) for name, pictures in sections.items()],
            contents=True,
        )
    return [folder / name for name in files]
