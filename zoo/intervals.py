"""How far a number measured on N faces may be off."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = 10_000
"""Of faces, for a bootstrap's interval."""


def wilson(successes: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a share (E. B. Wilson, JASA 22, 1927).

    It covers what another draw of faces would change, not another training seed.

    Args:
        successes: number of faces that were right, 0–`n`; a face may count in part.
        n: number of faces, at least 1.
        confidence: in 0–1.

    Returns:
        The interval's ends, fractions in 0–1.

    Raises:
        ZooError: `n` is 0, or `successes` is not in 0–`n`.
    """
    _refuse_impossible(successes, n)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = successes / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    # At the ends the exact bound is 0 or 1, which rounding would miss by 1e-17.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return low, high


def bootstrap_share(
    successes: int, n: int, *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """The bootstrap's interval for a share, by percentiles.

    Faces are drawn with replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 13), and each is right or wrong: how many of N drawn faces are right is binomial. Of
    shares of 0 and 1 it says nothing, the interval is a point there; Wilson's is none.

    Args:
        successes: number of faces that were right, 0–`n`.
        n: number of faces, at least 1.
        confidence: in 0–1.
        draws: how often `n` faces are drawn.
        seed: of the draw.

    Returns:
        The interval's ends, fractions in 0–1.

    Raises:
        ZooError: `n` is 0, or `successes` is not in 0–`n`.
    """
    _refuse_impossible(successes, n)
    drawn = np.random.default_rng(seed).binomial(n, successes / n, draws) / n
    return percentiles(drawn, confidence)


def bootstrap_f1(
    hits: int,
    false: int,
    missed: int,
    n: int,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[float, float]:
    """The bootstrap's interval for a class's F1 = 2 TP / (2 TP + FP + FN), by percentiles.

    A face counts as a hit, as falsely of the class, as missed, or not at all, so that drawing N
    faces with replacement is drawing four counts. Draws without such a face are left out.

    Args:
        hits: faces of the class that were found, TP.
        false: faces of others that were taken for it, FP.
        missed: faces of the class that were not found, FN; with `hits` at least 1.
        n: all faces.
        confidence: in 0–1.
        draws: how often `n` faces are drawn.
        seed: of the draw.

    Returns:
        The interval's ends, fractions in 0–1.

    Raises:
        ZooError: the class has no face, or the counts are more than `n`.
    """
    if min(hits, false, missed) < 0 or not 1 <= hits + missed <= n - false:
        raise ZooError(
            f"{hits} hits, {false} false, {missed} missed of {n} faces: an interval of F1 needs "
            "a face of the class, and n faces in all"
        )
    shares = np.array([hits, false, missed, n - hits - false - missed]) / n
    found, wrong, lost, _ = np.random.default_rng(seed).multinomial(n, shares, draws).T
    there = found + wrong + lost > 0
    drawn = 2 * found[there] / (2 * found + wrong + lost)[there]
    return percentiles(drawn, confidence)


def percentiles(drawn: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """The ends of the middle part of what a bootstrap drew.

    Args:
        drawn: (D,) numbers.
        confidence: how large that part is, 0–1.
    """
    outside = 50 * (1 - confidence)
    low, high = np.percentile(drawn, [outside, 100 - outside])
    return float(low), float(high)


def _refuse_impossible(successes: float, n: int) -> None:
    if n < 1 or not 0 <= successes <= n:
        raise ZooError(f"{successes} right of {n} faces: an interval needs 0 ≤ right ≤ n, n ≥ 1")


def mean_and_margin(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """The mean of some faces' values, and half the width of Student's interval around it.

    Args:
        values: one per face, at least 1.
        confidence: in 0–1.

    Returns:
        The mean, and the margin; infinite of a single value.
    """
    from scipy.stats import t  # takes a second to import

    n = len(values)
    if n < 2:
        return float(np.mean(values)), math.inf
    spread = float(np.std(values, ddof=1)) / math.sqrt(n)
    return float(np.mean(values)), float(t.ppf((1 + confidence) / 2, n - 1)) * spread
