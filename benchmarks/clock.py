"""What the benchmarks of training time with: two clocks, and the rates they give."""

from __future__ import annotations

import time
from dataclasses import dataclass

PRODUCTS = 4
"""Matrix products of which the quickest says what a framework can reach; the first sets up."""


@dataclass(frozen=True)
class Rate:
    """Something per second of the wall's clock, and per second of a core's work.

    Other work on the machine makes the first smaller, and hardly touches the second.
    """

    wall: float
    processor: float


class Clock:
    """Gives the rate of what has happened since `start`."""

    def start(self) -> None:
        """Begin."""
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def rate(self, count: float) -> Rate:
        """`count` over the time since the start."""
        wall, processor = time.perf_counter(), time.process_time()
        return Rate(count / (wall - self.wall), count / (processor - self.processor))


def best_of(rates: list[Rate]) -> Rate:
    """The highest of each kind."""
    return Rate(max(rate.wall for rate in rates), max(rate.processor for rate in rates))
