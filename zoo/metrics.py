"""What a model's saved probabilities are worth, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST_PROBABILITY = float(np.finfo(np.float32).eps)
"""Log-loss clips from below here (1.2e-7, as scikit-learn does for float32): a face whose label
got probability 0 costs 15.9 nats, not infinity."""


@dataclass(frozen=True)
class ClassMetrics:
    """How one class fares.

    Attributes:
        name: of the class.
        precision: share of the faces predicted to be of this class that are; None if none was.
        recall: share of the faces of this class that were found; None if there are none.
        f1: harmonic mean of the two, 2 TP / (2 TP + FP + FN); None if there are no such faces.
        support: number of faces of this class.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Metrics:
    """All numbers of one model on the faces of one split; shares are fractions in 0–1.

    Attributes:
        n: number of faces.
        top1: share of faces whose label has the largest probability. Of equal probabilities the
            class that comes first counts as the larger, as `numpy.argmax` has it.
        top2: share of faces whose label is among the two largest.
        macro_f1: mean F1 over the classes that have faces in the split.
        balanced_accuracy: mean recall over them.
        log_loss: mean of −ln p(label), nats; p at least `SMALLEST_PROBABILITY`.
        brier: mean of Σ_k (p_k − y_k)², 0–2, y one-hot (Brier, Monthly Weather Review 78, 1950).
        ece: expected calibration error, 0–1, see `expected_calibration_error`.
        binary_accuracy: Keras' ``BinaryAccuracy(threshold=0.5)`` over the K one-hot outputs: the
            share of all N·K outputs that lie on the right side of 0.5. **Not** an accuracy of
            classification, though published as one.
        binary_accuracy_floor: (K − 1)/K, what outputs that never exceed 0.5 get.
        majority: share of the most frequent class: the top-1 of always answering it.
        per_class: one entry per class, in order.
        confusion: (K, K) counts, row = label, column = prediction.
    """

    n: int
    top1: float
    top2: float
    macro_f1: float
    balanced_accuracy: float
    log_loss: float
    brier: float
    ece: float
    binary_accuracy: float
    binary_accuracy_floor: float
    majority: float
    per_class: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)


def compute_metrics(
    labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]
) -> Metrics:
    """Measure probabilities against labels.

    Args:
        labels: (N,) integers, positions in `classes`.
        probabilities: (N, K), rows sum to 1.
        classes: the K class names, in order.

    Raises:
        ZooError: there are no faces, or the shapes disagree.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, np.float64)
    count = len(classes)
    if not len(labels):
        raise ZooError("nothing to measure: the split has no faces")
    if probabilities.shape != (len(labels), count):
        raise ZooError(
            f"probabilities of shape {probabilities.shape}: "
            f"expected ({len(labels)}, {count}), faces by classes"
        )
    confusion = confusion_matrix(labels, probabilities.argmax(axis=1), count)
    per_class = _per_class(confusion, classes)
    of_label = probabilities[np.arange(len(labels)), labels]
    one_hot = labels[:, None] == np.arange(count)
    return Metrics(
        n=len(labels),
        top1=top_k(labels, probabilities, 1),
        top2=top_k(labels, probabilities, 2),
        macro_f1=float(np.mean([one.f1 for one in per_class if one.f1 is not None])),
        balanced_accuracy=float(
            np.mean([one.recall for one in per_class if one.recall is not None])
        ),
        log_loss=float(-np.log(np.clip(of_label, SMALLEST_PROBABILITY, 1.0)).mean()),
        brier=float(((probabilities - one_hot) ** 2).sum(axis=1).mean()),
        ece=expected_calibration_error(confidence_bins(labels, probabilities)),
        binary_accuracy=float(((probabilities > 0.5) == one_hot).mean()),
        binary_accuracy_floor=(count - 1) / count,
        majority=float(confusion.sum(axis=1).max() / len(labels)),
        per_class=per_class,
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )


def top_k(labels: np.ndarray, probabilities: np.ndarray, k: int) -> float:
    """Share of faces whose label is among the `k` largest probabilities; ties as in `Metrics`."""
    of_label = np.take_along_axis(probabilities, labels[:, None], axis=1)
    before = np.arange(probabilities.shape[1]) < labels[:, None]
    ahead = (probabilities > of_label) | ((probabilities == of_label) & before)
    return float((ahead.sum(axis=1) < k).mean())


@dataclass(frozen=True)
class Bin:
    """The faces whose largest probability lies in (`low`, `high`].

    Attributes:
        low: 0–1.
        high: 0–1.
        n: number of faces.
        confidence: mean of their largest probabilities; None if there are no faces.
        accuracy: share of them that are right; None if there are no faces.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


BINS = 15
"""As in the experiments of Guo et al. 2017."""


def confidence_bins(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS
) -> tuple[Bin, ...]:
    """Put faces into bins of equal width by their largest probability.

    Bin b of B holds those whose largest probability lies in ((b − 1)/B, b/B]. Of equal
    probabilities the class that comes first is the answer, as in `Metrics`.

    Args:
        labels: (N,) integers.
        probabilities: (N, K), rows sum to 1.
        bins: B.
    """
    probabilities = np.asarray(probabilities, np.float64)
    confidences = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    edges = np.arange(bins + 1) / bins
    # Rounding may leave a probability a little above 1.
    places = np.minimum(np.searchsorted(edges, confidences, side="left") - 1, bins - 1)
    return tuple(
        _bin(low, high, confidences[places == place], right[places == place])
        for place, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Σ_b n_b/n · |accuracy_b − confidence_b|, 0–1.

    Naeini, Cooper and Hauskrecht (AAAI 2015), for several classes as Guo, Pleiss, Sun and
    Weinberger have it (ICML 2017, arXiv 1706.04599, equation 3).
    """
    gaps = (
        one.n * abs(one.accuracy - one.confidence)
        for one in bins
        if one.accuracy is not None and one.confidence is not None
    )
    return sum(gaps) / sum(one.n for one in bins)


def _bin(low: float, high: float, confidences: np.ndarray, right: np.ndarray) -> Bin:
    there = len(confidences) > 0
    return Bin(
        low=float(low),
        high=float(high),
        n=len(confidences),
        confidence=float(confidences.mean()) if there else None,
        accuracy=float(right.mean()) if there else None,
    )


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, count: int) -> np.ndarray:
    """(K, K) int64 counts for K = `count` classes, row = label, column = prediction."""
    pairs = np.bincount(labels * count + predicted, minlength=count * count)
    return pairs.reshape(count, count)


def _per_class(confusion: np.ndarray, classes: Sequence[str]) -> tuple[ClassMetrics, ...]:
    hits, support, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    return tuple(
        ClassMetrics(
            name=name,
            precision=float(hit / found) if found else None,
            recall=float(hit / there) if there else None,
            f1=float(2 * hit / (there + found)) if there else None,
            support=int(there),
        )
        for name, hit, there, found in zip(classes, hits, support, predicted, strict=True)
    )
