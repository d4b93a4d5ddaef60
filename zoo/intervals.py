"""How far a number measured on N faces may be off."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    if n < 1 or not 0 <= successes <= n:
        raise ZooError(f"{successes} right of {n} faces: an interval needs 0 ≤ right ≤ n, n ≥ 1")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = successes / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    # At the ends the exact bound is 0 or 1, which rounding would miss by 1e-17.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return low, high


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
