"""Training that has broken ends at once."""

from __future__ import annotations

import math
from typing import Any

import keras

from zoo.errors import ZooError


class StopOnNonFinite(keras.callbacks.Callback):
    """Raise at the first step whose loss is infinite or not a number.

    Keras reports the mean loss over the epoch so far, which stays non-finite from that step on.

    Args:
        every: look at every so many steps: each look waits until a GPU has finished its step.
    """

    def __init__(self, every: int = 1):
        super().__init__()
        self.every = every

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss.

        Raises:
            ZooError: it is not finite.
        """
        if (batch + 1) % self.every == 0:
            self._check(float(logs["loss"]), f"step {batch + 1}", "loss")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the validation loss, before anything is saved.

        Raises:
            ZooError: it is not finite.
        """
        self._check(float(logs["loss"]), "last step", "loss")
        self._check(float(logs["val_loss"]), "validation", "validation loss")

    def _check(self, loss: float, moment: str, kind: str) -> None:
        if not math.isfinite(loss):
            raise ZooError(
                f"epoch {self.epoch + 1}, {moment}: the {kind} is {loss}, training stopped; "
                "train anew with a lower optimizer.learning_rate or with --precision float32"
            )
