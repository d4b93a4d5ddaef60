"""What a classifier that has not seen a face thinks of its label.

The classifier is Fisher's: classes are Gaussians of one covariance, so it needs sums alone. Those
of the faces outside a fold are all sums less the fold's, and no face is read twice for training.
Behind `zoo.data.audit.texture` it is the last layer of a small network whose hidden one is random.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

if TYPE_CHECKING:
    from zoo.data.source import Progress

FOLDS = 5

REGULARISATION = 0.1
"""What is added to the covariance's diagonal, as a share of its mean. From 0.01 to 0.1 accuracy is
the same to half a per cent, and probabilities get better."""

_LOG_TEMPERATURES = (-3, 5)
_ROWS_AT_ONCE = 4096

Features = Callable[[np.ndarray], np.ndarray]
"""Gives the (n, D) float32 features of the faces at n positions."""


@dataclass(frozen=True)
class _Sums:
    """Over some faces: how many of each class (K,), their features' sums (K, D), and products."""

    counts: np.ndarray
    features: np.ndarray
    products: np.ndarray

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.counts + other.counts,
            self.features + other.features,
            self.products + other.products,
        )

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.counts - other.counts,
            self.features - other.features,
            self.products - other.products,
        )


def folds_of(groups: np.ndarray, seed: int = 0) -> np.ndarray:
    """A fold, 0–`FOLDS` − 1, for each face; copies of each other share one.

    Args:
        groups: (N,) the number of each face's group of copies; −1 for a face without copies.
        seed: of the lot.

    Returns:
        (N,) int64.
    """
    chance = np.random.default_rng(seed)
    folds = chance.permutation(len(groups)) % FOLDS
    inside = groups >= 0
    folds[inside] = chance.integers(0, FOLDS, groups.max(initial=-1) + 1)[groups[inside]]
    return folds


def out_of_fold(
    features: Features,
    labels: np.ndarray,
    folds: np.ndarray,
    classes: int,
    progress: Progress | None = None,
) -> np.ndarray:
    """The logit of each class for each face, by a classifier of the other folds' faces.

    Args:
        features: what is known of the faces.
        labels: (N,) positions in the classes.
        folds: (N,) each face's fold.
        classes: how many classes there are.
        progress: called with the folds that are learnt from or predicted, and twice their number.

    Returns:
        (N, K) float32; very small for a class that the other folds lack.
    """
    tell = progress or (lambda done, total: None)
    of_fold = []
    for fold in range(FOLDS):
        of_fold.append(_sums(features, labels, np.flatnonzero(folds == fold), classes))
        tell(fold + 1, 2 * FOLDS)
    total = reduce(operator.add, of_fold)
    logits = np.zeros((len(labels), classes), np.float32)
    for fold, own in enumerate(of_fold):
        weights, biases = _classifier(total - own)
        for rows in _parts(np.flatnonzero(folds == fold)):
            logits[rows] = features(rows) @ weights + biases
        tell(FOLDS + fold + 1, 2 * FOLDS)
    return logits


def calibrated(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Probabilities at the temperature that suits the labels best.

    A classifier of few faces is too sure of itself; one number puts that right (Guo et al. 2017,
    "On calibration of modern neural networks").

    Args:
        logits: (N, K), out of fold.
        labels: (N,) positions in the classes.

    Returns:
        (N, K) float32, rows sum to 1.
    """

    def log_loss(log_temperature: float) -> float:
        return float(-log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean())

    rows = np.arange(len(labels))
    best = minimize_scalar(log_loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return np.asarray(softmax(logits / np.exp(best.x), axis=1), np.float32)


def _parts(positions: np.ndarray) -> Iterator[np.ndarray]:
    return (positions[k : k + _ROWS_AT_ONCE] for k in range(0, len(positions), _ROWS_AT_ONCE))


def _sums(features: Features, labels: np.ndarray, rows: np.ndarray, classes: int) -> _Sums:
    width = features(rows[:0]).shape[1]
    sums = _Sums(
        *(np.zeros(shape, np.float32) for shape in (classes, (classes, width), (width, width)))
    )
    for part in _parts(rows):
        found = features(part)
        one_hot = np.eye(classes, dtype=np.float32)[labels[part]]
        sums += _Sums(one_hot.sum(axis=0), one_hot.T @ found, found.T @ found)
    return sums


def _classifier(sums: _Sums) -> tuple[np.ndarray, np.ndarray]:
    """Weights (D, K) and biases (K,) of the logits."""
    counts = sums.counts
    means = sums.features / np.maximum(counts, 1)[:, np.newaxis]
    within = (sums.products - (means.T * counts) @ means) / max(1, counts.sum())
    within[np.diag_indices(len(within))] += REGULARISATION * np.trace(within) / len(within) + 1e-9
    weights = np.linalg.solve(within, means.T)
    shares = np.maximum(counts, 1e-9) / max(1, counts.sum())
    return weights, np.log(shares) - 0.5 * np.einsum("kd,dk->k", means, weights)
