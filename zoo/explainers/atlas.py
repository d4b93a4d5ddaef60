"""What a model looks at to say a class: the mean of many faces' maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.methods import METHODS
from zoo.files import refuse_existing, replacing
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.explainers.base import Progress
    from zoo.predictor import Predictor


@dataclass(frozen=True, eq=False, kw_only=True)
class Atlas:
    """Mean maps of faces by their label and the class they were predicted and explained as.

    Attributes:
        method: the explainer's label.
        predictor: its name.
        classes: the K names.
        signed: whether maps may be negative.
        counts: (K, K) int64, faces by label (row) and prediction (column).
        maps: (K, K, H, W) float64, the mean of their maps, each divided by the sum of its
            magnitudes, so that every face counts alike; 0 where there are no faces.
        faces: (K, K, H, W) float64, the mean of the faces themselves, in grey.
        remarks: what a reader of all the maps must know, a line each.
    """

    method: str
    predictor: str
    classes: tuple[str, ...]
    signed: bool
    counts: np.ndarray
    maps: np.ndarray
    faces: np.ndarray
    remarks: tuple[str, ...] = ()

    def predicted(self, target: int, *, correct: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The mean map and the mean face, (H, W), of all faces predicted as a class.

        Args:
            target: the class's position.
            correct: whether only of those that are.
        """
        counts = self.counts[:, target].astype(np.float64)
        if correct:
            counts *= np.arange(len(counts)) == target
        shares = counts / max(1.0, counts.sum())
        return (
            np.einsum("k,khw->hw", shares, self.maps[:, target]),
            np.einsum("k,khw->hw", shares, self.faces[:, target]),
        )

    def write_npz(self, path: Path, *, overwrite: bool = False) -> None:
        """Save the arrays, whole or not at all; they are read without unpickling.

        Raises:
            ZooError: `path` exists and `overwrite` is false.
        """
        refuse_existing(path, overwrite=overwrite)
        arrays = {"counts": self.counts, "maps": self.maps, "faces": self.faces}
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, classes=np.array(self.classes), **arrays)


def atlas_of(
    predictor: Predictor,
    faces: np.ndarray,
    labels: np.ndarray,
    method: str,
    settings: Mapping[str, Any],
    progress: Progress | None = None,
) -> Atlas:
    """Explain each face's predicted class, and average by label and prediction.

    Args:
        predictor: by which.
        faces: (N, H, W, 1|3), 0–255.
        labels: (N,) int.
        method: one of `METHODS`.
        settings: the method's.
        progress: called with the faces done and their number.

    Raises:
        ZooError: see `zoo.explainers.explain`.
    """
    classes, shape = tuple(predictor.classes), faces.shape[1:3]
    predicted = predictor.predict_proba(faces).argmax(axis=1)
    explanations = METHODS[method].explain(
        predictor, faces, predicted[:, np.newaxis], progress, dict(settings)
    )
    greys = to_face_shape(faces, (*shape, 1))[..., 0]
    counts = np.zeros((len(classes), len(classes)), np.int64)
    maps, means = np.zeros((2, *counts.shape, *shape))
    for one, grey, label, target in zip(explanations, greys, labels, predicted, strict=True):
        relevance = one.maps[0].astype(np.float64)
        counts[label, target] += 1
        maps[label, target] += relevance / (np.abs(relevance).sum() or 1.0)
        means[label, target] += grey
    there = np.maximum(counts, 1)[..., np.newaxis, np.newaxis]
    return Atlas(
        method=METHODS[method].label,
        predictor=predictor.name,
        classes=classes,
        signed=all(one.signed for one in explanations),
        counts=counts,
        maps=maps / there,
        faces=means / there,
        remarks=explanations[0].common_remarks,
    )
