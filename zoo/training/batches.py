"""The stream of training batches: any batch is a function of seed, epoch and step alone."""

from __future__ import annotations

import itertools
import os
from collections import deque
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np

from zoo.preprocessing.augmentation import augment, mix
from zoo.training.seeds import Purpose, generator
from zoo.training.targets import balanced_weights, drawn, one_hot, oversampled, smoothed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from zoo.training.recipe import Recipe

Batch = tuple[np.ndarray, ...]
"""Faces (n, H, W, C) uint8, targets (n, K) float32 and, with class weights, weights (n,)."""

_MOST_WORKERS = 8


class Batches:
    """Training batches for `keras.Model.fit`, prepared ahead in threads.

    Faces stay uint8 whatever is done to them: a quarter of what floats take on their way to the
    network, for a rounding of half a grey level at most. An epoch's batches differ in size by one
    face at most: a small last batch would give batch normalisation poor statistics.

    Args:
        faces: (N, H, W, C) uint8, 0–255.
        labels: (N,) positions in the classes; oversampling and class weights go by them.
        classes: how many classes there are.
        recipe: batch size, seed, augmentation, oversampling, the kind of labels, their smoothing
            and class weights.
        chosen: sorted positions of the faces to train on; all by default.
        soft_labels: (N, K) float32, rows sum to 1, to train towards instead of the labels, or to
            draw labels from; see `zoo.training.targets.soft_labels_of`.

    Attributes:
        faces_per_epoch: how many faces an epoch shows, repeated ones counted each time.
    """

    def __init__(
        self,
        faces: np.ndarray,
        labels: np.ndarray,
        classes: int,
        recipe: Recipe,
        chosen: np.ndarray | None = None,
        *,
        soft_labels: np.ndarray | None = None,
    ):
        # Faces are picked batch by batch: of a memory map no more than that is in memory.
        self._faces = faces
        self._chosen = np.arange(len(labels)) if chosen is None else chosen
        self._labels = labels[self._chosen]
        self._recipe = recipe
        self._order = lru_cache(maxsize=2)(self._draw_order)
        self.faces_per_epoch = len(self._order(0))
        self._classes = classes
        self._soft_labels = None if soft_labels is None else soft_labels[self._chosen]
        self._targets = lru_cache(maxsize=2)(self._targets_and_weights)
        workers = _workers()
        self._ahead = 2 + 2 * workers
        self._preparing = ThreadPoolExecutor(workers, thread_name_prefix="batches")
        self._closed = False

    @property
    def steps_per_epoch(self) -> int:
        """How many batches an epoch has."""
        return -(-self.faces_per_epoch // self._recipe.batch_size)

    def batch(self, epoch: int, step: int) -> Batch:
        """Batch `step` of epoch `epoch`, both from 0."""
        first, end = (self.faces_per_epoch * k // self.steps_per_epoch for k in (step, step + 1))
        # Sorted, a memory map is read forwards; within a batch the order means nothing.
        shown = np.sort(self._order(epoch)[first:end])
        settings = self._recipe.augmentation
        chance = generator(Purpose.AUGMENTATION, self._recipe.seed, epoch, step)
        faces = augment(self._faces[self._chosen[shown]], settings, chance)
        targets = self._targets(epoch if self._recipe.labels == "drawn" else 0)
        faces, targets = mix(faces, targets[shown], settings, chance)
        if self._recipe.class_weights == "none":
            return faces, targets
        return faces, targets[:, : self._classes], targets[:, self._classes]

    def stream(self, first_epoch: int = 0) -> Iterator[Batch]:
        """All batches from the start of `first_epoch` on, without end, until `close`."""
        steps = range(self.steps_per_epoch)
        moments = ((epoch, step) for epoch in itertools.count(first_epoch) for step in steps)
        ahead: deque[Future[Batch]] = deque()
        try:
            for epoch, step in moments:
                ahead.append(self._preparing.submit(self.batch, epoch, step))
                if len(ahead) > self._ahead:
                    yield ahead.popleft().result()
        except (CancelledError, RuntimeError):  # what a pool that was shut down answers
            if not self._closed:
                raise

    def close(self) -> None:
        """End the threads; a stream that somebody still reads ends, too."""
        self._closed = True
        self._preparing.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _draw_order(self, epoch: int) -> np.ndarray:
        chance = generator(Purpose.ORDER, self._recipe.seed, epoch)
        if self._recipe.oversample:
            return chance.permutation(oversampled(self._labels, chance))
        return chance.permutation(len(self._labels))

    def _targets_and_weights(self, epoch: int) -> np.ndarray:
        """(N, K) float32, with class weights (N, K + 1): what is mixed together with the faces."""
        recipe, labels = self._recipe, self._labels
        soft_labels = self._soft_labels
        if soft_labels is None:
            targets = one_hot(labels, self._classes)
        elif recipe.labels == "drawn":
            targets = one_hot(drawn(soft_labels, recipe.seed, epoch), self._classes)
        else:
            targets = soft_labels
        targets = smoothed(targets, recipe.label_smoothing)
        if recipe.class_weights == "none":
            return targets
        # Of the faces that an epoch shows: what oversampling has evened out is left alone.
        weights = balanced_weights(labels[self._order(0)], self._classes)[labels]
        return np.column_stack([targets, weights])


def _workers() -> int:
    """Half of the processor's cores; the other half computes the network, or feeds the GPU."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(_MOST_WORKERS, cores // 2))
