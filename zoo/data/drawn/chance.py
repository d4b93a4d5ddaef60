"""One row of random numbers per face, handed out column by column to all faces at once."""

from __future__ import annotations

import numpy as np

_COLUMNS = 96
_FACE_STREAM, _LABEL_STREAM = 0, 1


class Chance:
    """The random numbers of some faces; every face's depend on its seed and index alone.

    Whoever asks takes the next column, so the order of the questions is part of the pictures.
    No question may depend on the label: the nuisance would change with it.
    """

    def __init__(self, seed: int, indices: np.ndarray) -> None:
        self._generators = [
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_FACE_STREAM, int(i))))
            for i in indices
        ]
        rows = [
            (generator.random(_COLUMNS), generator.standard_normal(_COLUMNS))
            for generator in self._generators
        ]
        self._uniforms = np.array([row[0] for row in rows]).reshape(-1, _COLUMNS).T
        self._normals = np.array([row[1] for row in rows]).reshape(-1, _COLUMNS).T
        self._uniform_column = self._normal_column = -1

    def between(self, low: float, high: float) -> np.ndarray:
        """(N,) float64, uniform in `low`–`high`."""
        self._uniform_column += 1
        return low + (high - low) * self._uniforms[self._uniform_column]

    def around(self, mean: float, deviation: float) -> np.ndarray:
        """(N,) float64, normal, cut at 2.2 standard deviations."""
        self._normal_column += 1
        return mean + deviation * self._normals[self._normal_column].clip(-2.2, 2.2)

    def happens(self, probability: float) -> np.ndarray:
        """(N,) bool, true with `probability`."""
        return self.between(0.0, 1.0) < probability

    def grain(self, height: int, width: int) -> np.ndarray:
        """(N, height, width) float32, standard normal: the sensor's noise. Ask for it last."""
        grain = np.empty((len(self._generators), height, width), np.float32)
        for generator, picture in zip(self._generators, grain, strict=True):
            generator.standard_normal(dtype=np.float32, out=picture)
        return grain


def balanced_labels(count: int, classes: int, seed: int) -> np.ndarray:
    """(count,) int64: every run of `classes` labels holds each once, in a random order.

    Label i depends only on the seed and i, so a longer list starts with the shorter one.
    """
    blocks = [
        np.random.default_rng(
            np.random.SeedSequence(seed, spawn_key=(_LABEL_STREAM, block))
        ).permutation(classes)
        for block in range(-(-count // classes))
    ]
    return np.array(blocks, np.int64).reshape(-1)[:count]
