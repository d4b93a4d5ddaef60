"""Where a network's activation functions are, and what goes into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.explainers.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

_RELUS = (keras.layers.ReLU, keras.layers.LeakyReLU)


def is_activated(layer: Any) -> bool:
    """Whether a layer is an activation function, or ends in one."""
    own = getattr(layer, "activation", keras.activations.linear)
    return isinstance(layer, _RELUS) or own is not keras.activations.linear


def before_activation(network: keras.Model, start: Any, layer: Any) -> Callable[[Any], Any]:
    """What gives a layer's output without the activation function in which it ends, if any.

    Args:
        network: whose layer it is.
        start: the tensor whose values it takes.
        layer: the layer.
    """
    if not is_activated(layer):
        return Graph(network, start, layer.output)
    if isinstance(layer, (keras.layers.Activation, *_RELUS)):
        return Graph(network, start, layer.input)
    inputs = Graph(network, start, layer.input)
    linear = type(layer).from_config(layer.get_config() | {"activation": "linear"})
    linear.build(layer.input.shape)
    linear.set_weights(layer.get_weights())
    return lambda values: linear(inputs(values))
