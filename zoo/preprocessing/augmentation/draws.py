"""Keras' random layers as pure functions: a key in, the same faces out, compiled.

Keras' layers draw from a `SeedGenerator`, a counter that moves on with every draw. A fresh one per
batch has no past, and one without a variable can be traced, so the whole technique is compiled.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_SEED_TYPE = keras.random.SeedGenerator(0).state.dtype
"""int32 on TensorFlow, uint32 on JAX."""


class Draws(keras.random.SeedGenerator):
    """The seeds (key, 1), (key, 2), … of one batch, one for each thing that a layer draws.

    Given a plain integer as seed, a layer draws everything with that one: CutMix' rectangles then
    lie on the diagonal, and RandomErasing, which compares two draws, erases nothing.

    Args:
        key: see `draw_key`.
    """

    def __init__(self, key: Any):  # not the parent's, which makes a variable
        self._key = key
        self._drawn = 0

    def next(self, ordered: bool = True) -> Any:
        """The next seed, (2,)."""
        self._drawn += 1
        return keras.ops.stack([self._key, keras.ops.full_like(self._key, self._drawn)])


def draw_key(generator: np.random.Generator) -> np.ndarray:
    """A key for `Draws`, (), in the integer type that the backend takes."""
    return np.array(generator.integers(2**31), _SEED_TYPE)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, compiled by the backend.

    Args:
        function: pure, of arrays; the first are faces (N, H, W, C), of which N may differ from
            call to call without being compiled anew on TensorFlow.
    """
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    import tensorflow as tf

    @cache
    def of_shape(height: int, width: int, channels: int) -> Callable[..., Any]:
        # One for all shapes would forget the number of channels, which layers ask for.
        return tf.function(function, autograph=False, reduce_retracing=True)

    return lambda faces, *arguments: of_shape(*faces.shape[1:])(faces, *arguments)


def as_faces(faces: Any) -> Any:
    """Faces as floats, rounded and cut to uint8, 0–255."""
    return keras.ops.cast(keras.ops.clip(keras.ops.round(faces), 0, 255), "uint8")
