"""What each number that a map is believed by is called, wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.tables import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Measure:
    """One number of a map.

    Attributes:
        label: in tables and pictures.
        lower_is_better: else the larger, the better.
        percent: a share of 0–1, shown in per cent.
        hits: of one face it is 1 or 0, or between them on a tie: its mean is a share of faces.
    """

    label: str
    lower_is_better: bool = False
    percent: bool = False
    hits: bool = False

    @property
    def heading(self) -> str:
        """The label with its unit, for the head of a column."""
        return f"{self.label} %" if self.percent else self.label

    @property
    def better(self) -> str:
        """``lower`` or ``higher``."""
        return "lower" if self.lower_is_better else "higher"

    @property
    def digits(self) -> int:
        """Decimals that are shown."""
        return 1 if self.percent else 3


MEASURES = {
    "deletion_auc": Measure("deletion AUC", lower_is_better=True),
    "deletion_gain": Measure("deletion gain"),
    "insertion_auc": Measure("insertion AUC"),
    "insertion_gain": Measure("insertion gain"),
    "mufidelity": Measure("MuFidelity"),
    "r2": Measure("R²"),
    "repeatability": Measure("repeatability"),
    "bias_share": Measure("kept by biases", lower_is_better=True, percent=True),
    "lost_share": Measure("lost", lower_is_better=True, percent=True),
    "gap": Measure("gap", lower_is_better=True),
    "rank_correlation": Measure("rank correlation (other seeds)"),
    "leaders_shared": Measure("leading 5 shared (other seeds)"),
    "survival": Measure("|rank correlation| (shuffled weights)", lower_is_better=True),
    "pointing": Measure("pointing game", percent=True, hits=True),
    "inside": Measure("positive relevance inside", percent=True),
}
"""By the names they have in files."""


def caption(numbers: Mapping[str, float]) -> str:
    """The numbers in one line, as they stand beside a map."""
    return ", ".join(f"{MEASURES[name].label} {_text(name, numbers[name])}" for name in numbers)


def _text(name: str, value: float) -> str:
    return f"{rounded(100 * value, 0)} %" if MEASURES[name].percent else rounded(value, 2)
