"""How alike the members' errors are, and what each of them adds to the plain average."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from zoo.evaluation.paired import difference_interval
from zoo.evaluation.search.cross_fitting import measured
from zoo.evaluation.search.subset import ALL_SUBSETS_UP_TO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.evaluation.search.pool import Pool

ORDERS = 100
"""In how many orders more members are added one by one."""


def error_correlation(pool: Pool) -> np.ndarray:
    """(M, M) correlations of two members' being wrong, the φ coefficient; 1 on the diagonal.

    NaN for a member that is always right or always wrong.
    """
    wrong = pool.probabilities.argmax(axis=2) != pool.labels
    centred = wrong - wrong.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1))
    spread = np.where(spread == 0, np.nan, spread)
    return (centred @ centred.T) / len(pool) / np.outer(spread, spread)


@dataclass(frozen=True)
class LeftOut:
    """What the plain average of all members gains by one of them.

    Attributes:
        name: the member's.
        top1: accuracy with it less accuracy without, a fraction.
        low: lower end of the paired bootstrap's 95 % interval.
        high: upper end.
        log_loss: log-loss with it less log-loss without, nats; below 0 it helps.
    """

    name: str
    top1: float
    low: float
    high: float
    log_loss: float


def leave_one_out(pool: Pool, *, seed: int = 0) -> list[LeftOut]:
    """The gain by each member, in order.

    Args:
        pool: the members.
        seed: of the bootstrap.
    """
    total, count = pool.probabilities.sum(axis=0), len(pool.names)
    everyone = measured(total / count, pool.labels)
    gains = []
    for name, own in zip(pool.names, pool.probabilities, strict=True):
        without = measured((total - own) / (count - 1), pool.labels)
        won = int((everyone.right > without.right).sum())
        lost = int((everyone.right < without.right).sum())
        low, high = difference_interval(won, lost, len(pool), seed=seed)
        change = everyone.log_loss - without.log_loss
        gains.append(LeftOut(name, (won - lost) / len(pool), low, high, change))
    return gains


@dataclass(frozen=True)
class Grown:
    """Plain averages of some number of members.

    Attributes:
        size: how many members each has.
        top1: (S,) accuracies of the S averages, fractions.
        log_loss: (S,) nats.
        best: the names of the members of the one with the least log-loss.
    """

    size: int
    top1: np.ndarray
    log_loss: np.ndarray
    best: tuple[str, ...]


def growth(pool: Pool, *, seed: int = 0) -> list[Grown]:
    """Plain averages of 1, 2, … M members.

    Of up to `ALL_SUBSETS_UP_TO` members every subset; of more, the beginnings of `ORDERS` orders
    drawn by lot.

    Args:
        pool: the members.
        seed: of the lot.
    """
    count = len(pool.names)
    found: dict[int, list[tuple[float, float, tuple[int, ...]]]] = {
        size: [] for size in range(1, count + 1)
    }
    for members, total in _averages(pool, seed):
        one = measured(total / len(members), pool.labels)
        found[len(members)].append((one.log_loss, one.top1, members))
    return [
        Grown(
            size,
            np.array([top1 for _, top1, _ in averages]),
            np.array([log_loss for log_loss, _, _ in averages]),
            tuple(pool.names[place] for place in min(averages)[2]),
        )
        for size, averages in found.items()
    ]


def _averages(pool: Pool, seed: int) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Members, in order, and the sum of their probabilities."""
    count = len(pool.names)
    if count <= ALL_SUBSETS_UP_TO:
        for size in range(1, count + 1):
            for members in combinations(range(count), size):
                yield members, pool.probabilities[list(members)].sum(axis=0)
        return
    chance = np.random.default_rng(seed)
    for _ in range(ORDERS):
        order = chance.permutation(count).tolist()
        total = np.zeros(pool.probabilities.shape[1:])
        for size, place in enumerate(order, 1):
            total = total + pool.probabilities[place]
            yield tuple(sorted(order[:size])), total
