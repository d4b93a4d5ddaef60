"""Rebuilding a network of `keras.applications` flat, with names that stay the same, and quicker.

Grad-CAM and relevance propagation walk a network's layers, and weights are exchanged by layer
name. ConvNeXt hides layers in Sequentials, and InceptionV3 leaves most names to Keras, which
numbers them through everything that was built before in the process. The others are rebuilt for
the layers that train quicker alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures.normalization import BatchNormalization
from zoo.backend import gpus

if TYPE_CHECKING:
    from collections.abc import Mapping


def flattened(network: keras.Model, names: Mapping[str, str] | None = None) -> keras.Model:
    """The same network with the same weights, without Sequentials inside, under new names.

    Batch normalisations become ours, and strided depthwise convolutions compute in float32 where
    TensorFlow would lose time (see `_strided_depthwise_in_float32`).

    Args:
        network: a functional graph.
        names: new names by old ones, of sums too: a ``+`` becomes a layer. Who is not in it keeps
            its name.
    """
    names = names or {}
    pairs: list[tuple[keras.layers.Layer, keras.layers.Layer]] = []

    def renamed(layer: keras.layers.Layer) -> keras.layers.Layer:
        twin = _twin(layer, names.get(layer.name, layer.name))
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


def _twin(layer: keras.layers.Layer, name: str) -> keras.layers.Layer:
    """A layer with the settings of `layer`, or a quicker one that gives the same."""
    kind, config = type(layer), layer.get_config() | {"name": name}
    if kind is keras.layers.BatchNormalization:
        kind = BatchNormalization
    elif kind is keras.layers.DepthwiseConv2D and _strided_depthwise_in_float32(layer):
        config["dtype"] = "float32"
    return kind.from_config(config)


def _strided_depthwise_in_float32(layer: keras.layers.DepthwiseConv2D) -> bool:
    """Whether bfloat16 would make `layer` slow: if it has strides, on TensorFlow and a processor.

    There the gradient to its input took 155 ms in bfloat16 and 13 ms in float32 (AMD EPYC with
    AVX512-BF16, two cores).
    """
    strided = max(layer.strides) > 1 and layer.compute_dtype == "bfloat16"
    return strided and keras.backend.backend() == "tensorflow" and not gpus()


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
