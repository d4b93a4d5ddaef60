"""The members whose plain average is best."""

from __future__ import annotations

import numpy as np

ALL_SUBSETS_UP_TO = 10
"""Members of which all 1,023 subsets are looked at; of more some."""


def subset_weights(given: np.ndarray) -> np.ndarray:
    """The same weight for each of those members whose average has the least log-loss.

    Of equal losses the fewest members are taken.

    Of up to ten members every subset is tried. Of more, members are dropped one by one, each time
    the one without whom the others do best, and the best average on that way is taken.

    Args:
        given: (M, N), what each member gives to the faces' labels, above 0.

    Returns:
        (M,), 0 or one over the subset's size.
    """
    count = len(given)
    subsets = _every(count) if count <= ALL_SUBSETS_UP_TO else _dropping(given)
    best = min(subsets, key=lambda kept: (_loss(given, kept), kept.sum()))
    return best / best.sum()


def _every(count: int) -> np.ndarray:
    """(2^M − 1, M) bool, every subset but the empty one."""
    return (np.arange(1, 2**count)[:, None] >> np.arange(count)) % 2 == 1


def _dropping(given: np.ndarray) -> list[np.ndarray]:
    kept = [np.ones(len(given), bool)]
    while kept[-1].sum() > 1:
        fewer = [kept[-1] & (np.arange(len(given)) != one) for one in np.flatnonzero(kept[-1])]
        kept.append(min(fewer, key=lambda one: _loss(given, one)))
    return kept


def _loss(given: np.ndarray, kept: np.ndarray) -> float:
    return float(-np.log(given[kept].mean(axis=0)).mean())
