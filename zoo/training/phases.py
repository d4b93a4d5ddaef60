"""Transfer learning in phases: which layers learn, how long, and how quickly."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import keras
import numpy as np

from zoo.architectures import registry
from zoo.errors import ZooError, unknown
from zoo.training.networks import classifying_layer
from zoo.training.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.training.plan import Plan
    from zoo.training.recipe import Recipe

HEAD = "head"
"""In a phase's `unfreeze`: all layers behind the pre-trained backbone."""


def enter_phase(
    network: keras.Model, recipe: Recipe, plan: Plan, number: int, dropout_rates: dict[str, float]
) -> None:
    """Freeze and unfreeze layers, and scale dropout, for phase `number`; compile afterwards.

    Batch normalisations that come with pre-trained weights stay in inference mode (in Keras:
    frozen) unless the recipe says otherwise: the statistics of a small data set's batches would
    undo what the layers before them learnt.

    Args:
        network: whose layers are changed.
        recipe: how it is trained.
        plan: the recipe's.
        number: of the phase, from 0.
        dropout_rates: as built, see `dropout_rates`.
    """
    learning = _learning(network, recipe, plan, number)
    for layer in network.layers:
        layer.trainable = layer.name in learning
        if layer.name in dropout_rates:
            layer.rate = dropout_rates[layer.name] * plan.phases[number].dropout


def check_phases(network: keras.Model, recipe: Recipe) -> None:
    """Refuse a recipe whose phases ask for what `network` has not.

    Raises:
        ZooError: a pattern matches no layer, a phase trains none, a dropout rate reaches 1, or
            batch normalisations are to be trained whose statistics the weights do not hold.
    """
    head = head_layers(network, recipe.architecture)
    for phase in recipe.phases:
        _matching(network, phase.unfreeze, head)
        for name, rate in dropout_rates(network).items():
            if rate * phase.dropout >= 1:
                raise ZooError(
                    f"phase {phase.name!r}: dropout {phase.dropout:g} makes the rate {rate:g} of "
                    f"layer {name} {rate * phase.dropout:g}: it must stay below 1"
                )
    plan, with_weights = plan_of(recipe), {la.name for la in network.layers if la.weights}
    for number, phase in enumerate(plan.phases):
        if not _learning(network, recipe, plan, number) & with_weights:
            raise ZooError(
                f"phase {phase.name!r}: no layer that is unfrozen by then has weights to train: "
                f'unfreeze = ["{HEAD}"] trains the head of {network.name}'
            )
    if recipe.train_batch_norm and not recipe.from_scratch:
        _refuse_folded(_norms(network), recipe.init)


def dropout_rates(network: keras.Model) -> dict[str, float]:
    """The rate of every dropout layer, by name."""
    dropouts = (layer for layer in network.layers if isinstance(layer, keras.layers.Dropout))
    return {layer.name: layer.rate for layer in dropouts}


def head_layers(network: keras.Model, architecture: str) -> set[str]:
    """The names of the layers behind the backbone; without one, of that for the classes alone."""
    end = registry.architecture(architecture).backbone_output
    if not end:
        return {classifying_layer(network)}
    backbone = keras.Model(network.inputs, network.get_layer(end).output)
    return {layer.name for layer in network.layers} - {layer.name for layer in backbone.layers}


def _learning(network: keras.Model, recipe: Recipe, plan: Plan, number: int) -> set[str]:
    """The names of the layers that phase `number` trains, those without weights among them."""
    head = head_layers(network, recipe.architecture)
    trained = _matching(network, plan.trained(number), head)
    if recipe.from_scratch or recipe.train_batch_norm:
        return trained
    return trained - ({norm.name for norm in _norms(network)} - head)


def _norms(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    return [one for one in network.layers if isinstance(one, keras.layers.BatchNormalization)]


def _refuse_folded(norms: Sequence[keras.layers.BatchNormalization], init: str) -> None:
    """Refuse to train batch normalisations that only add: in training they would also divide.

    Converted weights have them, their statistics folded into kernels and offsets: what such a
    network computes is undone by the first batch's own statistics.
    """

    def same(weights: str, value: float) -> bool:
        return all(np.all(np.array(getattr(norm, weights)) == value) for norm in norms)

    folded = norms and same("moving_mean", 0) and same("moving_variance", 1)
    if folded and not same("beta", 0):
        raise ZooError(
            f"--init {init}: its batch normalisations hold no statistics (mean 0, variance 1): "
            "folded by whatever converted it; they cannot be trained: train_batch_norm = false"
        )


def _matching(network: keras.Model, patterns: tuple[str, ...], head: set[str]) -> set[str]:
    names = [layer.name for layer in network.layers]
    matching: set[str] = set()
    for pattern in patterns:
        found = head if pattern == HEAD else {n for n in names if fnmatchcase(n, pattern)}
        if not found:
            raise unknown(f"layer of {network.name} to unfreeze", pattern, [HEAD, *names])
        matching |= found
    return matching
