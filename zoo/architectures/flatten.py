"""Rebuilding a network of `keras.applications` flat and with names that stay the same.

Grad-CAM and relevance propagation walk a network's layers, and weights are exchanged by layer
name. ConvNeXt hides layers in Sequentials, and InceptionV3 leaves most names to Keras, which
numbers them through everything that was built before in the process.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Mapping


def flattened(network: keras.Model, names: Mapping[str, str]) -> keras.Model:
    """The same network with the same weights, without Sequentials inside, under new names.

    Args:
        network: a functional graph.
        names: new names by old ones, of sums too: a ``+`` becomes a layer. Who is not in it keeps
            its name.
    """
    pairs: list[tuple[keras.layers.Layer, keras.layers.Layer]] = []

    def renamed(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        twin = type(layer).from_config(config | {"name": names.get(layer.name, layer.name)})
        pairs.append((layer, twin))
        return twin

    def clone(operation: Any) -> Any:
        if isinstance(operation, keras.Sequential):
            return [renamed(layer) for layer in operation.layers]
        if isinstance(operation, keras.layers.Layer):
            return renamed(operation)
        return keras.layers.Add(name=names[operation.name])

    def call(operation: Any, *inputs: Any, **options: Any) -> Any:
        if isinstance(operation, list):
            (x,) = inputs
            for layer in operation:
                x = layer(x)
            return x
        if len(inputs) == 2:  # a sum: layers take several inputs as one list
            return operation(list(inputs))
        return operation(*inputs, **options)

    flat = keras.models.clone_model(network, clone_function=clone, call_function=call)
    for layer, twin in pairs:
        if layer.weights:
            twin.set_weights(layer.get_weights())
    return flat


def keras_name(operation: Any) -> str:
    """What Keras calls an operation of its class: ``LayerScale`` → ``layer_scale``."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def automatic_number(operation: Any) -> int | None:
    """The number Keras put behind a name that it chose, None if somebody else chose the name.

    The first of a kind has no number, which counts as 0. Numbers rise in the order of building.
    """
    matched = re.fullmatch(rf"{keras_name(operation)}(?:_(\d+))?", operation.name)
    return int(matched[1] or 0) if matched else None
