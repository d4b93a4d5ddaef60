"""What a model looks at to say a class: the mean of many faces' maps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.arrays import write_arrays
from zoo.explainers.faithfulness.beside import as_columns, numbers_beside
from zoo.explainers.faithfulness.names import caption
from zoo.explainers.methods import METHODS
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.explainers.base import Progress
    from zoo.predictor import Predictor


@dataclass(frozen=True, eq=False, kw_only=True)
class Atlas:
    """Mean maps of N faces by their label and the class they were predicted and explained as.

    Attributes:
        method: the explainer's name.
        settings: everything that is needed to repeat it, as JSON.
        predictor: its name.
        classes: the K names.
        signed: whether maps may be negative.
        ids: (N,) str, the faces.
        labels: (N,) int64, their labels' positions.
        predicted: (N,) int64, what they were predicted and explained as.
        maps: (K, K, H, W) float64, by label and prediction the mean of their maps, each divided by
            the sum of its magnitudes, so that every face counts alike; 0 where there are no faces.
        faces: (K, K, H, W) float64, the mean of the faces themselves, in grey.
        numbers: (N,) float64 by their names in `faithfulness.names`, how far each face's map may
            be believed; NaN where that is not known.
        remarks: what a reader of all the maps must know, a line each.
    """

    method: str
    settings: Mapping[str, Any]
    predictor: str
    classes: tuple[str, ...]
    signed: bool
    ids: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    maps: np.ndarray
    faces: np.ndarray
    numbers: Mapping[str, np.ndarray]
    remarks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The method as people write it."""
        return METHODS[self.method].label

    @property
    def counts(self) -> np.ndarray:
        """(K, K) int64, faces by label (row) and prediction (column)."""
        return counts_of(self.labels, self.predicted, len(self.classes))

    def of_class(self, target: int, *, correct: bool = False) -> tuple[np.ndarray, np.ndarray]:
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

    def caption(self, target: int, label: int | None = None) -> str:
        """The medians of `numbers` over the faces predicted as a class, in one line.

        Args:
            target: the class's position.
            label: only over the faces of this class; None for all.
        """
        there = self.predicted == target
        if label is not None:
            there &= self.labels == label
        known = {name: values[there & ~np.isnan(values)] for name, values in self.numbers.items()}
        return caption({name: float(np.median(one)) for name, one in known.items() if len(one)})

    def write_npz(self, path: Path, *, overwrite: bool = False) -> None:
        """Save the arrays and what they are of, whole or not at all.

        Raises:
            ZooError: `path` exists and `overwrite` is false.
        """
        names = ("ids", "labels", "predicted", "counts", "maps", "faces")
        arrays = {name: getattr(self, name) for name in names} | dict(self.numbers)
        arrays |= {
            "method": np.array(self.method),
            "settings": np.array(json.dumps(dict(self.settings))),
            "predictor": np.array(self.predictor),
            "classes": np.array(self.classes),
            "remarks": np.array(self.remarks, np.str_),
        }
        write_arrays(path, arrays, overwrite=overwrite)


def atlas_of(
    predictor: Predictor,
    faces: np.ndarray,
    labels: np.ndarray,
    ids: np.ndarray,
    method: str,
    settings: Mapping[str, Any],
    progress: Progress | None = None,
) -> Atlas:
    """Explain each face's predicted class, and average by label and prediction.

    Args:
        predictor: by which.
        faces: (N, H, W, 1|3), 0–255, at least one.
        labels: (N,) int.
        ids: (N,) str.
        method: one of `METHODS`.
        settings: the method's.
        progress: called with the faces done and their number, anew where maps are measured.

    Raises:
        ZooError: see `zoo.explainers.explain`.
    """
    classes = tuple(predictor.classes)
    predicted = predictor.predict_proba(faces).argmax(axis=1)
    explanations = METHODS[method].explain(
        predictor, faces, predicted[:, np.newaxis], progress, dict(settings)
    )
    beside = numbers_beside(predictor, explanations, progress=progress)
    maps = np.stack([one.maps[0] for one in explanations]).astype(np.float64)
    sums = np.abs(maps).sum(axis=(1, 2), keepdims=True)
    means = partial(_means, labels, predicted, len(classes))
    return Atlas(
        method=method,
        settings=explanations[0].settings,
        predictor=predictor.name,
        classes=classes,
        signed=all(one.signed for one in explanations),
        ids=np.asarray(ids, np.str_),
        labels=np.asarray(labels, np.int64),
        predicted=predicted,
        maps=means(maps / np.where(sums == 0, 1, sums)),
        faces=means(to_face_shape(faces, (*faces.shape[1:3], 1))[..., 0]),
        numbers=as_columns(beside),
        remarks=explanations[0].common_remarks,
    )


def _means(
    labels: np.ndarray, predicted: np.ndarray, classes: int, values: np.ndarray
) -> np.ndarray:
    """(K, K, H, W) float64, by label and prediction the mean of (N, H, W); 0 where are none."""
    sums = np.zeros((classes, classes, *values.shape[1:]))
    np.add.at(sums, (labels, predicted), values)
    counts = counts_of(labels, predicted, classes)
    return sums / np.maximum(counts, 1)[..., np.newaxis, np.newaxis]


def counts_of(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(K, K) int64: how many faces have a label (row) and a prediction (column)."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts
