"""Faces that a model gets right and wrong, class by class, with the maps that say why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.arrays import write_arrays
from zoo.explainers.faithfulness.beside import as_columns, numbers_beside
from zoo.explainers.faithfulness.names import caption
from zoo.explainers.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from zoo.explainers.base import Explanation, Progress
    from zoo.predictions import Predictions
    from zoo.predictor import Predictor


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
        ask: whether gains in deletion and insertion stand beside every map, whatever the method.
    """

    split: str
    per_class: int
    only_wrong: bool
    method: str
    settings: Mapping[str, Any]
    seed: int = 0
    ask: bool = False


@dataclass(frozen=True, eq=False)
class ShownFace:
    """One face with what a model gives it, and why.

    Attributes:
        face: (H, W, 1|3), 0–255.
        name: where it stands in its source.
        label: its class's position.
        probabilities: (K,), the model's.
        maps: (H, W) each, by the class's position that it explains.
        numbers: how far each map may be believed, by their names in `faithfulness.names`.
        signed: whether maps may be negative.
    """

    face: np.ndarray
    name: str
    label: int
    probabilities: np.ndarray
    maps: Mapping[int, np.ndarray]
    numbers: Mapping[int, Mapping[str, float]]
    signed: bool

    def caption(self, target: int) -> str:
        """A map's numbers in one line."""
        return caption(self.numbers[target])


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
    rows: Sequence[ShownFace]
    remarks: tuple[str, ...]


def gallery_of(
    predictor: Predictor,
    predictions: Predictions,
    faces_at: Callable[[np.ndarray], np.ndarray],
    gallery: Gallery,
    progress: Progress | None = None,
) -> list[Wing]:
    """Draw faces of every class; explain what they are taken for, and where wrong, what they are.

    Args:
        predictor: by which.
        predictions: its probabilities on the split.
        faces_at: gives the faces, (n, H, W, 1|3), that (n,) rows of `predictions` are of.
        gallery: which faces, which method.
        progress: called with the maps done and their number, anew where they are measured.

    Returns:
        The wings that have faces, by class and outcome.

    Raises:
        ZooError: see `zoo.explainers.explain`.
    """
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
        predictor, predictions, np.concatenate(places), faces_at, gallery, progress
    )
    ends = np.cumsum([len(some) for some in places])[:-1]
    parts = np.split(np.arange(len(rows)), ends)
    return [
        Wing(*hall, [rows[place] for place in part], remarks)
        for hall, part in zip(halls, parts, strict=True)
    ]


def _explained(
    predictor: Predictor,
    predictions: Predictions,
    places: np.ndarray,
    faces_at: Callable[[np.ndarray], np.ndarray],
    gallery: Gallery,
    progress: Progress | None,
) -> tuple[list[ShownFace], tuple[str, ...]]:
    """The faces of N rows of the predictions with their maps, and what must be said of them."""
    faces = faces_at(places)
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
    beside = numbers_beside(predictor, explanations, ask=gallery.ask, progress=progress)
    of_face: list[list[tuple[Explanation, dict[str, float]]]] = [[] for _ in places]
    rows_of_maps = [*range(len(places)), *wrong.tolist()]
    for row, one, numbers in zip(rows_of_maps, explanations, beside, strict=True):
        of_face[row].append((one, numbers))
    rows = [
        ShownFace(
            face=face,
            name=str(name),
            label=int(label),
            probabilities=given,
            maps={int(one.targets[0]): one.maps[0] for one, _ in found},
            numbers={int(one.targets[0]): numbers for one, numbers in found},
            signed=found[0][0].signed,
        )
        for face, name, label, given, found in zip(
            faces, predictions.ids[places], labels, probabilities, of_face, strict=True
        )
    ]
    return rows, explanations[0].common_remarks


def write_gallery_npz(
    wings: Sequence[Wing],
    predictor: Predictor,
    gallery: Gallery,
    path: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Save all maps with what they are of; the faces' pixels stay in their data set.

    Args:
        wings: from `gallery_of`; at least one.
        predictor: and its
        gallery: arguments.
        path: where they go: M maps, for each the id, label and probabilities of its face, the
            class that it explains, its numbers; and method, settings, model, classes, once.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    shown = [(row, target) for wing in wings for row in wing.rows for target in row.maps]
    arrays = {
        "ids": np.array([row.name for row, _ in shown]),
        "labels": np.array([row.label for row, _ in shown]),
        "probabilities": np.stack([row.probabilities for row, _ in shown]),
        "targets": np.array([target for _, target in shown]),
        "maps": np.stack([row.maps[target] for row, target in shown]),
        "gallery": np.array(json.dumps(asdict(gallery))),
        "predictor": np.array(predictor.name),
        "classes": np.array(predictor.classes),
        "remarks": np.array(wings[0].remarks, np.str_),
    }
    arrays |= as_columns([row.numbers[target] for row, target in shown])
    write_arrays(path, arrays, overwrite=overwrite)
