"""Whether a model's probabilities are as reliable as they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.metrics import BINS, confidence_bins, expected_calibration_error
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from zoo.metrics import Bin
    from zoo.predictions import Predictions


@dataclass(frozen=True)
class Reliability:
    """How far confidence and accuracy lie apart.

    Attributes:
        n: number of faces.
        error: see `zoo.metrics.expected_calibration_error`.
        bins: of equal width, from 0 to 1.
    """

    n: int
    error: float
    bins: tuple[Bin, ...]


def reliability(predictions: Predictions, bins: int = BINS) -> Reliability:
    """Put the faces into bins by their largest probability, and compare that with accuracy.

    Args:
        predictions: of at least one face.
        bins: how many.

    Raises:
        ZooError: there are no faces.
    """
    if not len(predictions):
        raise ZooError("nothing to measure: the split has no faces")
    filled = confidence_bins(predictions.labels, predictions.probabilities, bins)
    return Reliability(len(predictions), expected_calibration_error(filled), filled)


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
