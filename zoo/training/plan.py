"""From a recipe's phases to those that a training goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.errors import unknown
from zoo.training.recipe import Phase

if TYPE_CHECKING:
    from zoo.training.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """The phases a training goes through.

    Attributes:
        phases: each with its number of epochs spelled out.
        frozen: whether layers stay frozen until a phase unfreezes them.
        of: how many phases there would be with epochs enough.
    """

    phases: tuple[Phase, ...]
    frozen: bool
    of: int

    def trained(self, number: int) -> tuple[str, ...]:
        """What phase `number` trains: everything unfrozen up to it."""
        if not self.frozen:
            return ("*",)
        return tuple(pattern for phase in self.phases[: number + 1] for pattern in phase.unfreeze)

    def index(self, name: str) -> int:
        """The number of the phase called `name`, from 0.

        Raises:
            ZooError: there is none.
        """
        names = [phase.name for phase in self.phases]
        if name not in names:
            raise unknown("phase", name, names)
        return names.index(name)


def plan_of(recipe: Recipe) -> Plan:
    """The phases of a recipe, cut after its epochs.

    Frozen random layers would be of no use: a training from scratch whose recipe unfreezes has
    one phase instead, at the optimiser's learning rate.
    """
    frozen = any(phase.unfreeze for phase in recipe.phases)
    if not recipe.phases or (frozen and recipe.from_scratch):
        rate = recipe.optimizer.learning_rate
        everything = Phase(name="all", epochs=recipe.epochs, learning_rate=rate)
        return Plan((everything,), frozen=False, of=1)
    left, phases = recipe.epochs, []
    for phase in recipe.phases:
        epochs = min(phase.epochs or left, left)
        if epochs:
            phases.append(phase.model_copy(update={"epochs": epochs}))
        left -= epochs
    return Plan(tuple(phases), frozen, of=len(recipe.phases))
