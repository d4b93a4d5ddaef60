"""Whether a model is as right on some kinds of faces as on others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.evaluation.paired import holm
from zoo.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

BINS = 5
"""Of a column of numbers, by its quantiles."""

SMALLEST = 50
"""Faces of the smallest slice that is judged."""


@dataclass(frozen=True)
class Slice:
    """The faces of one kind.

    Attributes:
        column: what is known of faces.
        name: what these have there.
        n: how many they are.
        right: how many of them are answered rightly.
        low: lower end of the accuracy's 95 % interval (Wilson), a fraction.
        high: its upper end.
        expected: the accuracy that their classes alone would give: the mean over these faces of
            the recall, among all faces of the column, of their class.
        difference: accuracy less that of the column's other faces, a fraction.
        p: of Fisher's exact test that both are equally often right, two-sided.
        p_corrected: after Holm's correction for all slices that were tested together.
    """

    column: str
    name: str
    n: int
    right: int
    low: float
    high: float
    expected: float
    difference: float
    p: float
    p_corrected: float

    @property
    def accuracy(self) -> float:
        """Share of its faces that are answered rightly."""
        return self.right / self.n


@dataclass(frozen=True)
class Slices:
    """All slices of some columns.

    Attributes:
        judged: those of enough faces, in the order of columns and of what they have there.
        small: by column, how many slices have fewer faces, and how many faces these have together.
        unknown: by column, of how many faces it says nothing, where there are any.
        single: the columns that say the same of all faces, or have no slice of enough faces.
        smallest: faces of the smallest slice that is judged.
    """

    judged: tuple[Slice, ...]
    small: Mapping[str, tuple[int, int]]
    unknown: Mapping[str, int]
    single: tuple[str, ...]
    smallest: int

    @property
    def worst(self) -> Slice:
        """The slice with the lowest accuracy."""
        return min(self.judged, key=lambda one: one.accuracy)


def measure_slices(
    right: np.ndarray,
    labels: np.ndarray,
    columns: Mapping[str, np.ndarray],
    *,
    bins: int = BINS,
    smallest: int = SMALLEST,
) -> Slices:
    """Compare each slice of each column with the other faces of the column.

    Faces of which a column says nothing are left out of it.

    Args:
        right: (N,) bool, which faces are answered rightly.
        labels: (N,) integers, their classes.
        columns: by name, (N,) numbers or text.
        bins: of a column of numbers.
        smallest: fewest faces of a slice that is judged.

    Raises:
        ZooError: no column has two slices of so many faces.
    """
    judged: list[Slice] = []
    small: dict[str, tuple[int, int]] = {}
    unknown, single = dict[str, int](), list[str]()
    for column, values in columns.items():
        parts = slice_masks(values, bins)
        known = np.any([np.zeros(len(right), bool), *parts.values()], axis=0)
        large = {name: mask for name, mask in parts.items() if mask.sum() >= smallest}
        if not known.all():
            unknown[column] = int((~known).sum())
        if few := [mask for name, mask in parts.items() if name not in large]:
            small[column] = len(few), int(np.sum(few))
        if len(parts) < 2 or not large:
            single.append(column)
            continue
        recalls = _recalls(right[known], labels[known])
        judged += [
            _compared(column, name, mask, known & ~mask, right, recalls[labels[mask]].mean())
            for name, mask in large.items()
        ]
    if not judged:
        listed = ", ".join(columns) or "none"
        raise ZooError(
            f"nothing to compare: no column ({listed}) has a slice of {smallest} faces beside "
            "others: lower --smallest, or name other --columns"
        )
    corrected = holm([one.p for one in judged])
    tested = [replace(one, p_corrected=p) for one, p in zip(judged, corrected, strict=True)]
    return Slices(tuple(tested), small, unknown, tuple(single), smallest)


def slice_masks(values: np.ndarray, bins: int = BINS) -> dict[str, np.ndarray]:
    """The faces of each slice of a column, by the slice's name; those not known are in none.

    Text makes a slice per word. Numbers make a slice per value where there are at most `bins`
    values, else intervals between quantiles, closed above and the first below, too: as many as
    there are different quantiles.

    Args:
        values: (N,) numbers, NaN where not known, or text, blank where not known.
        bins: at least 2.
    """
    if values.dtype.kind == "U":
        words = np.char.strip(values)
        return {str(word): words == word for word in np.unique(words) if word}
    known = ~np.isnan(values)
    different = np.unique(values[known])
    if len(different) <= bins:
        return {f"{value:g}": values == value for value in different}
    quantiles = np.unique(np.quantile(values[known], np.arange(1, bins) / bins))
    # What many faces have may be several quantiles at once, up to the largest value.
    inner = quantiles[quantiles < different[-1]]
    inner = inner if len(inner) else different[-2:-1]
    place = np.searchsorted(inner, values, side="left")
    masks = {name: known & (place == number) for number, name in enumerate(_intervals(inner))}
    return {name: mask for name, mask in masks.items() if mask.any()}


def _intervals(edges: np.ndarray) -> list[str]:
    """``≤ 93.2``, ``93.2–118``, …, ``> 151``: with digits enough to tell the edges apart."""
    texts = [f"{edge:.17g}" for edge in edges]
    for digits in range(15, 2, -1):
        shorter = [f"{float(f'{edge:.{digits}g}'):,.15g}" for edge in edges]
        texts = shorter if len(set(shorter)) == len(edges) else texts
    between = [f"{low}–{high}" for low, high in zip(texts, texts[1:], strict=False)]
    return [f"≤ {texts[0]}", *between, f"> {texts[-1]}"]


def _recalls(right: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """By class, the share of its faces that are right; 0 where it has none."""
    counts = np.bincount(labels)
    return np.asarray(np.bincount(labels, weights=right) / np.maximum(counts, 1))


def _compared(
    column: str,
    name: str,
    mask: np.ndarray,
    rest: np.ndarray,
    right: np.ndarray,
    expected: float,
) -> Slice:
    from scipy.stats import fisher_exact  # takes a second to import

    n, others = int(mask.sum()), int(rest.sum())
    hits, their_hits = int(right[mask].sum()), int(right[rest].sum())
    p = float(fisher_exact([[hits, n - hits], [their_hits, others - their_hits]]).pvalue)
    low, high = wilson(hits, n)
    return Slice(
        column=column,
        name=name,
        n=n,
        right=hits,
        low=low,
        high=high,
        expected=float(expected),
        difference=hits / n - their_hits / others,
        p=p,
        p_corrected=p,
    )
