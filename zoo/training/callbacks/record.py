"""The history, as it is made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras

from zoo.training.history import Epoch

if TYPE_CHECKING:
    from zoo.training.history import History


class Record(keras.callbacks.Callback):
    """Append each finished epoch to the history.

    Args:
        history: what is appended to.
        phase: the name of the phase under way.
        faces: training faces per epoch, for the rate.
    """

    def __init__(self, history: History, phase: str, faces: int):
        super().__init__()
        self.history = history
        self.phase = phase
        self.faces = faces

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_test_begin(self, logs: Any = None) -> None:
        """Training has ended, validation begins."""
        self.trained = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append the epoch."""
        figures = {name: float(logs[name]) for name in _FIGURES}
        finished = Epoch(
            epoch=epoch + 1,
            **figures,
            learning_rate=float(self.model.optimizer.learning_rate),
            seconds=time.perf_counter() - self.started,
            faces_per_second=self.faces / (self.trained - self.started),
            phase=self.phase,
        )
        self.history.epochs.append(finished)


_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")
