"""Learning rates. Each follows from the step or the history alone: nothing to save or restore.

Each phase of a training goes through its schedule anew.

constant        the recipe's learning rate throughout
plateau         multiplied by `factor` after `patience` epochs without a better monitor
warmup_cosine   rises linearly from nothing for `warmup_epochs`, then falls along half a cosine to
                `minimum` (Loshchilov & Hutter 2017, "SGDR", without restarts)
inverse_time    divided by 1 + `decay` × step, as the ``decay`` of Keras' former optimisers
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.training.recipe import Phase, Recipe


def learning_rate_of(
    recipe: Recipe, phase: Phase, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """What a phase's optimizer is made with: a number, or a function of its step."""
    schedule, highest = recipe.schedule, phase.learning_rate
    if schedule.name == "inverse_time":
        return keras.optimizers.schedules.InverseTimeDecay(highest, 1, schedule.decay)
    if schedule.name != "warmup_cosine":
        return highest
    steps = phase.epochs * steps_per_epoch
    return WarmupCosine(
        highest=highest,
        minimum=schedule.minimum,
        warmup_steps=min(round(schedule.warmup_epochs * steps_per_epoch), steps // 2),
        steps=steps,
    )


def plateau_rate(
    scores: Sequence[float], learning_rate: float, factor: float, patience: int, minimum: float
) -> float:
    """The learning rate of the epoch that follows epochs with these scores.

    Args:
        scores: the monitor of each finished epoch, more is better.
        learning_rate: of the first epoch.
        factor: what it is multiplied by after `patience` epochs without a new best.
        patience: at least 1; counted anew after each reduction.
        minimum: the smallest learning rate.
    """
    best, waited = float("-inf"), 0
    for score in scores:
        if score > best:
            best, waited = score, 0
            continue
        waited += 1
        if waited == patience:
            learning_rate, waited = max(learning_rate * factor, minimum), 0
    return learning_rate


class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, then half a cosine.

    Args:
        highest: the learning rate of the last warm-up step.
        minimum: what the cosine falls to at the end.
        warmup_steps: steps of warm-up; step 0 already has highest / warmup_steps.
        steps: of the whole training.
    """

    def __init__(self, highest: float, minimum: float, warmup_steps: int, steps: int):
        self.highest = highest
        self.minimum = minimum
        self.warmup_steps = warmup_steps
        self.steps = steps

    def __call__(self, step: Any) -> Any:
        """The learning rate of `step`, from 0."""
        step = keras.ops.cast(step, "float32")
        rising = self.highest * (step + 1) / max(self.warmup_steps, 1)
        progress = (step - self.warmup_steps) / max(self.steps - self.warmup_steps, 1)
        cosine = (1 + keras.ops.cos(math.pi * keras.ops.clip(progress, 0, 1))) / 2
        falling = self.minimum + (self.highest - self.minimum) * cosine
        return keras.ops.where(step < self.warmup_steps, rising, falling)

    def get_config(self) -> dict[str, float]:
        """The arguments."""
        return {
            "highest": self.highest,
            "minimum": self.minimum,
            "warmup_steps": self.warmup_steps,
            "steps": self.steps,
        }
