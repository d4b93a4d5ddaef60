"""Whether a model's probabilities are as reliable as they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from zoo.predictions import Predictions

BINS = 15
"""As in the experiments of Guo et al. 2017."""


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


@dataclass(frozen=True)
class Reliability:
    """How far confidence and accuracy lie apart.

    Attributes:
        n: number of faces.
        error: the expected calibration error, 0–1, Σ_b n_b/n · |accuracy_b − confidence_b|.
        bins: of equal width, from 0 to 1.
    """

    n: int
    error: float
    bins: tuple[Bin, ...]


def reliability(predictions: Predictions, bins: int = BINS) -> Reliability:
    """Put the faces into bins by their largest probability, and compare that with accuracy.

    The expected calibration error of Naeini, Cooper & Hauskrecht (AAAI 2015), for several classes
    as Guo, Pleiss, Sun & Weinberger have it (ICML 2017, arXiv 1706.04599, equation 3): bin b of B
    holds the faces whose largest probability lies in ((b − 1)/B, b/B]. Of equal probabilities the
    class that comes first is the answer, as in `zoo.metrics.Metrics`.

    Args:
        predictions: of at least one face.
        bins: how many.

    Raises:
        ZooError: there are no faces.
    """
    if not len(predictions):
        raise ZooError("nothing to measure: the split has no faces")
    probabilities = np.asarray(predictions.probabilities, np.float64)
    confidences = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == predictions.labels
    edges = np.arange(bins + 1) / bins
    # Rounding may leave a probability a little above 1.
    places = np.minimum(np.searchsorted(edges, confidences, side="left") - 1, bins - 1)
    filled = tuple(
        _bin(low, high, confidences[places == place], right[places == place])
        for place, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    )
    gaps = (
        one.n * abs(one.accuracy - one.confidence)
        for one in filled
        if one.accuracy is not None and one.confidence is not None
    )
    return Reliability(len(predictions), sum(gaps) / len(predictions), filled)


def _bin(low: float, high: float, confidences: np.ndarray, right: np.ndarray) -> Bin:
    there = len(confidences) > 0
    return Bin(
        low=float(low),
        high=float(high),
        n=len(confidences),
        confidence=float(confidences.mean()) if there else None,
        accuracy=float(right.mean()) if there else None,
    )


def reliability_table(measured: Reliability, title: str) -> Table:
    """One row per bin: its faces, their mean confidence, their accuracy, and the gap."""
    columns = (
        Column("confidence"),
        Column("faces"),
        Column("mean confidence %", percent=True),
        Column("top-1 accuracy %", percent=True),
        Column("accuracy less confidence", percent=True),
    )
    rows = [
        (
            f"{one.low:.3f}–{one.high:.3f}", one.n, one.confidence, one.accuracy,
            None if one.accuracy is None or one.confidence is None
            else one.accuracy - one.confidence,
        )
        for one in measured.bins
    ]  # fmt: skip
    return Table(title, columns, rows)
