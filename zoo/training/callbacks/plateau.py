"""The plateau schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.training.schedules import plateau_rate

if TYPE_CHECKING:
    from zoo.training.history import History
    from zoo.training.recipe import Recipe


class Plateau(keras.callbacks.Callback):
    """At each epoch's start, set the learning rate that follows from the history so far.

    Args:
        recipe: learning rate, factor, patience and minimum.
        history: the finished epochs.
    """

    def __init__(self, recipe: Recipe, history: History):
        super().__init__()
        self.recipe = recipe
        self.history = history

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the learning rate."""
        schedule = self.recipe.schedule
        self.model.optimizer.learning_rate = plateau_rate(
            self.history.scores,
            self.recipe.optimizer.learning_rate,
            schedule.factor,
            schedule.patience,
            schedule.minimum,
        )
