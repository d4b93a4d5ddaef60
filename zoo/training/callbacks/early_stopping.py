"""A phase that no longer gets better ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from zoo.training.history import History


class EarlyStopping(keras.callbacks.Callback):
    """Stop after `patience` epochs without a better monitor; never for 0.

    Args:
        history: the finished epochs.
        phase: the name of the phase under way, whose epochs alone count.
        patience: epochs.
    """

    def __init__(self, history: History, phase: str, patience: int):
        super().__init__()
        self.history = history
        self.phase = phase
        self.patience = patience

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop if it is time."""
        if self.history.of_phase(self.phase).exhausted(self.patience):
            self.model.stop_training = True
