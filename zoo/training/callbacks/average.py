"""Averaged weights: the network that is validated and kept, beside the one that is trained."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Iterator


class Average(keras.callbacks.Callback):
    """Validate with the optimizer's averaged weights, where it keeps some.

    `keras.callbacks.SwapEMAWeights` swaps by addition and subtraction, which rounds: a training
    would depend on how often it was validated.
    """

    def on_test_begin(self, logs: Any = None) -> None:
        """Put the averages in."""
        self.swapped = ExitStack()
        self.swapped.enter_context(averaged(self.model))

    def on_test_end(self, logs: Any = None) -> None:
        """Put the trained weights back."""
        self.swapped.close()


@contextmanager
def averaged(network: keras.Model) -> Iterator[None]:
    """`network` with its optimizer's averaged weights, if it keeps some, for a while."""
    if not network.optimizer.use_ema:
        yield
        return
    trained = network.trainable_variables
    before = [keras.ops.convert_to_numpy(variable) for variable in trained]
    network.optimizer.finalize_variable_values(trained)
    for variable in trained:
        # On JAX the optimizer's averages are these very arrays, and validation uses them up.
        variable.assign(keras.ops.copy(variable))
    try:
        yield
    finally:
        for variable, value in zip(trained, before, strict=True):
            variable.assign(value)
