"""Derivatives on the backend in use, the one thing here that Keras has no name for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable


def value_and_pullback(
    function: Callable[[Any], Any], at: Any
) -> tuple[Any, Callable[[Any], Any]]:
    """A function's value, and what takes its cotangents back: the vector-Jacobian product.

    Args:
        function: of one tensor, differentiable, made of Keras' or the backend's operations.
        at: where, a float array or tensor.

    Returns:
        The value, and a function from a cotangent of the value's shape to the gradient of
        sum(cotangent × value), of the shape of `at`. It may be called several times.
    """
    at = keras.ops.convert_to_tensor(at)
    if keras.backend.backend() == "jax":
        import jax

        value, pullback = jax.vjp(function, at)
        return value, lambda cotangent: pullback(keras.ops.convert_to_tensor(cotangent))[0]
    import tensorflow as tf

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(at)
        value = function(at)
    return value, lambda cotangent: tape.gradient(
        value, at, output_gradients=keras.ops.convert_to_tensor(cotangent)
    )
