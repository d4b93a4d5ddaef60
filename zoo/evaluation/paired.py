"""Whether two models differ on the same faces, or only seem to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.intervals import DRAWS, percentiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class PairedTest:
    """Two models on the same N faces.

    Attributes:
        first: a model's name.
        second: the other's.
        n: faces.
        only_first: how many the first alone gets right.
        only_second: how many the second alone gets right.
        low: lower end of the difference's 95 % interval, a fraction.
        high: its upper end.
        p: of the exact McNemar test that they are right equally often, two-sided.
        p_corrected: after Holm's correction for all pairs that were tested together.
    """

    first: str
    second: str
    n: int
    only_first: int
    only_second: int
    low: float
    high: float
    p: float
    p_corrected: float

    @property
    def difference(self) -> float:
        """The first's accuracy less the second's, a fraction."""
        return (self.only_first - self.only_second) / self.n


def paired_tests(right: Mapping[str, np.ndarray], *, seed: int = 0) -> list[PairedTest]:
    """Test each two models.

    Args:
        right: by the model's name, (N,) bool, which faces it gets right; the same faces in the
            same order for all.
        seed: of the bootstrap.

    Returns:
        One test per pair, in the order of the names.

    Raises:
        ZooError: there are no faces, or the models have different numbers of them.
    """
    sizes = {name: len(of_model) for name, of_model in right.items()}
    if len(set(sizes.values())) > 1 or 0 in sizes.values():
        listed = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
        raise ZooError(f"a paired test needs the same faces of all models, at least one: {listed}")
    tests = [
        _tested(first, second, np.asarray(right[first]), np.asarray(right[second]), seed)
        for first, second in combinations(right, 2)
    ]
    corrected = holm([test.p for test in tests])
    return [replace(test, p_corrected=value) for test, value in zip(tests, corrected, strict=True)]


def _tested(first: str, second: str, one: np.ndarray, other: np.ndarray, seed: int) -> PairedTest:
    only_first, only_second = int((one & ~other).sum()), int((other & ~one).sum())
    p = mcnemar(only_first, only_second)
    low, high = difference_interval(only_first, only_second, len(one), seed=seed)
    return PairedTest(first, second, len(one), only_first, only_second, low, high, p, p)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact test's two-sided p value (McNemar, Psychometrika 12, 1947).

    Of the faces on which two models differ, each is as likely to be right if neither is better:
    a binomial test with probability ½. 1 if they differ on none.

    Args:
        only_first: faces that the first alone gets right.
        only_second: faces that the second alone gets right.
    """
    from scipy.stats import binom

    fewer, differing = min(only_first, only_second), only_first + only_second
    return min(1.0, 2 * float(binom.cdf(fewer, differing, 0.5)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p values that keep the chance of any false difference below any level.

    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
    Statistics 6, 1979.

    Args:
        p_values: of the tests made together.
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    stretched = values[order] * np.arange(len(values), 0, -1)
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(stretched))
    return corrected.tolist()


def difference_interval(
    only_first: int,
    only_second: int,
    n: int,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[float, float]:
    """The paired bootstrap's interval for a difference of accuracies, by percentiles.

    Faces are drawn with replacement, both models' answers together (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993, chapter 13). A face counts 1, −1 or 0, so that drawing N
    faces is drawing three counts.

    Args:
        only_first: faces that the first alone gets right.
        only_second: faces that the second alone gets right.
        n: all faces.
        confidence: in 0–1.
        draws: how often faces are drawn.
        seed: of the draw.

    Returns:
        The interval's ends, fractions.
    """
    shares = np.array([only_first, only_second, n - only_first - only_second]) / n
    counts = np.random.default_rng(seed).multinomial(n, shares, draws)
    return percentiles((counts[:, 0] - counts[:, 1]) / n, confidence)
