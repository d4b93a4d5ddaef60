"""The stream of training batches: any batch is a function of seed, epoch and step alone."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np

from zoo.preprocessing.augmentation import augment
from zoo.training.seeds import Purpose, generator
from zoo.training.targets import balanced_weights, one_hot, smoothed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from zoo.training.recipe import Recipe

Batch = tuple[np.ndarray, ...]
"""Faces (n, H, W, C) uint8, targets (n, K) float32 and, with class weights, weights (n,)."""

_AHEAD = 4
"""Batches prepared while the network trains; preparing one takes a fraction of a step."""


class Batches:
    """Training batches for `keras.Model.fit`, prepared ahead in a thread.

    An epoch's batches differ in size by one face at most: a small last batch would give batch
    normalisation poor statistics.

    Args:
        faces: (N, H, W, C) uint8, 0–255.
        labels: (N,) positions in the classes.
        classes: how many classes there are.
        recipe: batch size, seed, augmentation, label smoothing and class weights.
        chosen: sorted positions of the faces to train on; all by default.
    """

    def __init__(
        self,
        faces: np.ndarray,
        labels: np.ndarray,
        classes: int,
        recipe: Recipe,
        chosen: np.ndarray | None = None,
    ):
        # Faces are picked batch by batch: of a memory map no more than that is in memory.
        self._faces = faces
        self._chosen = np.arange(len(labels)) if chosen is None else chosen
        labels = labels[self._chosen]
        self._targets = smoothed(one_hot(labels, classes), recipe.label_smoothing)
        self._weights = None
        if recipe.class_weights == "balanced":
            self._weights = balanced_weights(labels, classes)[labels]
        self._recipe = recipe
        self._order = lru_cache(maxsize=2)(self._draw_order)
        self._preparing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches")
        self._closed = False

    @property
    def steps_per_epoch(self) -> int:
        """How many batches show every face once."""
        return -(-len(self._chosen) // self._recipe.batch_size)

    def batch(self, epoch: int, step: int) -> Batch:
        """Batch `step` of epoch `epoch`, both from 0."""
        first, end = (len(self._chosen) * k // self.steps_per_epoch for k in (step, step + 1))
        # Sorted, a memory map is read forwards; within a batch the order means nothing.
        shown = np.sort(self._order(epoch)[first:end])
        chance = generator(Purpose.AUGMENTATION, self._recipe.seed, epoch, step)
        faces = augment(self._faces[self._chosen[shown]], self._recipe.augmentation, chance)
        if self._weights is None:
            return faces, self._targets[shown]
        return faces, self._targets[shown], self._weights[shown]

    def stream(self, first_epoch: int = 0) -> Iterator[Batch]:
        """All batches from the start of `first_epoch` on, without end, until `close`."""
        steps = range(self.steps_per_epoch)
        moments = ((epoch, step) for epoch in itertools.count(first_epoch) for step in steps)
        ahead: deque[Future[Batch]] = deque()
        try:
            for epoch, step in moments:
                ahead.append(self._preparing.submit(self.batch, epoch, step))
                if len(ahead) > _AHEAD:
                    yield ahead.popleft().result()
        except (CancelledError, RuntimeError):  # what a pool that was shut down answers
            if not self._closed:
                raise

    def close(self) -> None:
        """End the thread; a stream that somebody still reads ends, too."""
        self._closed = True
        self._preparing.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _draw_order(self, epoch: int) -> np.ndarray:
        return generator(Purpose.ORDER, self._recipe.seed, epoch).permutation(len(self._chosen))
