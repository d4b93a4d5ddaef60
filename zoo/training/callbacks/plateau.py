"""The plateau schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.training.schedules import plateau_rate

if TYPE_CHECKING:
    from zoo.training.history import History
    from zoo.training.recipe import Phase, Schedule


class Plateau(keras.callbacks.Callback):
    """At each epoch's start, set the learning rate that follows from the history so far.

    Args:
        schedule: factor, patience and minimum.
        phase: whose learning rate it lowers, and whose epochs count.
        history: the finished epochs.
    """

    def __init__(self, schedule: Schedule, phase: Phase, history: History):
        super().__init__()
        self.schedule = schedule
        self.phase = phase
        self.history = history

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the learning rate."""
        schedule = self.schedule
        self.model.optimizer.learning_rate = plateau_rate(
            self.history.of_phase(self.phase.name).scores,
            self.phase.learning_rate,
            schedule.factor,
            schedule.patience,
            schedule.minimum,
        )
