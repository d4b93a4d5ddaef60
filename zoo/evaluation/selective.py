"""How right a model is on the faces it is surest of, when it may keep silent on the others.

Selective prediction: Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions
on Information Theory 16, 1970; risk and coverage as in Geifman and El-Yaniv, "Selective
Classification for Deep Neural Networks", NIPS 2017 (arXiv 1705.08500).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

COVERAGES = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Shares of the faces that are answered, for tables."""


@dataclass(frozen=True)
class Answered:
    """The faces on which a model is at least so sure.

    Attributes:
        coverage: their share of all faces, 0–1.
        n: how many.
        threshold: the smallest of their largest probabilities: answering from here on answers
            these faces.
        accuracy: share of them that is right.
        low: lower end of its 95 % interval (Wilson).
        high: its upper end.
    """

    coverage: float
    n: int
    threshold: float
    accuracy: float
    low: float
    high: float


def answered(
    labels: np.ndarray, probabilities: np.ndarray, coverages: Sequence[float] = COVERAGES
) -> list[Answered]:
    """Accuracy on the surest faces.

    Args:
        labels: (N,) integers.
        probabilities: (N, K), rows sum to 1.
        coverages: shares, above 0 and at most 1. As many faces are answered at least; more where
            several are equally sure, which no threshold parts.

    Raises:
        ZooError: there are no faces, or a share is out of its range.
    """
    confidences, right = _surest_first(labels, probabilities)
    n = len(right)
    found = []
    for coverage in coverages:
        if not 0 < coverage <= 1:
            raise ZooError(f"coverage {coverage:g}: expected above 0 and at most 1")
        wanted = int(np.ceil(coverage * n - 1e-9))
        threshold = float(confidences[wanted - 1])
        count = int((confidences >= threshold).sum())
        hits = int(right[:count].sum())
        low, high = wilson(hits, count)
        found.append(Answered(count / n, count, threshold, hits / count, low, high))
    return found


def risk_by_coverage(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) share of wrong answers among the 1, 2, …, N faces that the model is surest of.

    Of equally sure faces none comes first: they count as the mean over all their orders.

    Raises:
        ZooError: there are no faces.
    """
    confidences, right = _surest_first(labels, probabilities)
    _, group, sizes = np.unique(-confidences, return_inverse=True, return_counts=True)
    wrong_of_group = np.bincount(group, weights=~right) / sizes
    return np.asarray(np.cumsum(wrong_of_group[group]) / np.arange(1, len(right) + 1))


def area_under_risk(risks: np.ndarray) -> float:
    """AURC: the mean risk over all coverages 1/N, 2/N, …, 1; 0–1, lower is better."""
    return float(risks.mean())


def best_risks(risks: np.ndarray) -> np.ndarray:
    """(N,) risks if the same answers were ordered perfectly: every right one before any wrong."""
    n = len(risks)
    wrong = round(risks[-1] * n)
    counts = np.arange(1, n + 1)
    return np.asarray(np.maximum(0, counts - (n - wrong)) / counts)


def _surest_first(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) largest probabilities, falling, and (N,) bool, which of those answers are right."""
    if not len(labels):
        raise ZooError("nothing to measure: the split has no faces")
    confidences = np.asarray(probabilities.max(axis=1), np.float64)
    order = np.argsort(-confidences, kind="stable")
    right = probabilities.argmax(axis=1) == labels
    return confidences[order], right[order]
