"""Dropout that depends on the epoch alone."""

from __future__ import annotations

from typing import Any

import keras

from zoo.training.seeds import Purpose, generator


class Reseed(keras.callbacks.Callback):
    """At each epoch's start, set every random layer's state from seed, epoch and layer number.

    A training resumed at that epoch then draws what an uninterrupted one would have drawn.

    Args:
        seed: the recipe's.
    """

    def __init__(self, seed: int):
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the states."""
        for number, state in enumerate(seed_states(self.model)):
            chance = generator(Purpose.DROPOUT, self.seed, epoch, number)
            state.assign(chance.integers(0, 2**31, size=2))


def seed_states(network: keras.Model) -> list[Any]:
    """The state variables of all `keras.random.SeedGenerator` in a network, in layer order."""
    return [v for v in network.variables if v.name == "seed_generator_state"]
