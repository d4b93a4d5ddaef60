"""What a method is worth on faces it did not choose by: repeated cross-fitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.stratified import stratified_folds
from zoo.evaluation.search.methods import METHODS, fit
from zoo.evaluation.search.pool import of_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.source import Progress
    from zoo.evaluation.search.pool import Pool

FOLDS, REPEATS = 5, 10


@dataclass(frozen=True)
class Measured:
    """What probabilities for N faces are worth, face by face.

    Attributes:
        right: (N,) 1 where the label has the largest probability, else 0; a mean over several
            measurements may lie between.
        losses: (N,) −ln p(label), nats.
    """

    right: np.ndarray
    losses: np.ndarray

    @property
    def top1(self) -> float:
        """The accuracy, a fraction."""
        return float(self.right.mean())

    @property
    def log_loss(self) -> float:
        """The mean loss, nats."""
        return float(self.losses.mean())


def measured(probabilities: np.ndarray, labels: np.ndarray) -> Measured:
    """Measure (N, K) probabilities against (N,) labels."""
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    return Measured(right, -np.log(of_labels(probabilities, labels)))


@dataclass(frozen=True)
class Estimate:
    """What one method reaches.

    Attributes:
        method: one of `zoo.evaluation.search.methods.METHODS`.
        naive: chosen by all faces and measured on the same ones.
        repeats: measured out of fold on all faces, once for each parting into folds.
        weights: (M,) chosen by all faces; None of a method without weights.
    """

    method: str
    naive: Measured
    repeats: tuple[Measured, ...]
    weights: np.ndarray | None

    @property
    def cross_fitted(self) -> Measured:
        """The mean over the repeats, face by face."""
        return Measured(
            np.mean([one.right for one in self.repeats], axis=0),
            np.mean([one.losses for one in self.repeats], axis=0),
        )

    @property
    def spread(self) -> tuple[float, float] | None:
        """Standard deviations of top-1 and log-loss over the repeats; None of a single one."""
        if len(self.repeats) < 2:
            return None
        top1 = np.std([one.top1 for one in self.repeats], ddof=1)
        return float(top1), float(np.std([one.log_loss for one in self.repeats], ddof=1))


def cross_fit(
    pool: Pool,
    methods: Sequence[str] = METHODS,
    *,
    folds: int = FOLDS,
    repeats: int = REPEATS,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Estimate]:
    """Estimate what methods reach on faces by which they chose nothing.

    The faces are parted into folds, stratified and copies together; what is chosen by all folds
    but one is measured on that one, so that each face is measured once; and again with other
    folds. What is estimated is a choice by (folds − 1)/folds of the faces, which is a little worse
    than one by all of them.

    Args:
        pool: the members.
        methods: some of `METHODS`.
        folds: into how many the faces are parted.
        repeats: how often.
        seed: of the partings.
        progress: called with the partings that are done and their number.

    Raises:
        ZooError: too few faces for so many folds.
    """
    out_of_fold: dict[str, list[Measured]] = {method: [] for method in methods}
    for repeat in range(repeats):
        fold_of = stratified_folds(pool.labels, pool.groups, folds, (seed, repeat))
        for method in methods:
            predicted = _out_of_fold(pool, method, fold_of)
            out_of_fold[method].append(measured(predicted, pool.labels))
        if progress:
            progress(repeat + 1, repeats)
    estimates = []
    for method in methods:
        fitted = fit(method, pool.probabilities, pool.labels)
        naive = measured(fitted.predict(pool.probabilities), pool.labels)
        estimates.append(Estimate(method, naive, tuple(out_of_fold[method]), fitted.weights))
    return estimates


def _out_of_fold(pool: Pool, method: str, fold_of: np.ndarray) -> np.ndarray:
    """(N, K) probabilities, each face's by what the other folds chose."""
    predicted = np.empty(pool.probabilities.shape[1:])
    for fold in range(int(fold_of.max()) + 1):
        inside = fold_of == fold
        fitted = fit(method, pool.probabilities[:, ~inside], pool.labels[~inside])
        predicted[inside] = fitted.predict(pool.probabilities[:, inside])
    return predicted
