"""The layers between two tensors of a network, run one by one.

A `keras.Model` from a tensor in the middle would do the same, but leaves new nodes in the
network's layers each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.errors import ZooError
from zoo.preprocessing.illumination import IlluminationCorrection

if TYPE_CHECKING:
    from collections.abc import Iterable


class Graph:
    """What a network computes between two of its tensors.

    Args:
        network: a flat functional graph in which each layer stands once.
        start: one of its tensors.
        end: one that depends on nothing but `start`.

    Attributes:
        layers: what lies between, each behind those whose outputs it takes.

    Raises:
        ZooError: `end` depends on something else, or not on `start`.
    """

    def __init__(self, network: keras.Model, start: Any, end: Any):
        self.start, self.end = start, end
        known, between = {id(start)}, []
        for operation in network.operations:
            inputs = inputs_of(operation)
            if inputs and all(id(tensor) in known for tensor in inputs):
                known.add(id(operation.output))
                between.append(operation)
        if id(end) not in known:
            raise ZooError(
                f"{network.name}: the way from {_maker(start)} to {_maker(end)} is not the only "
                "one: parts of the network go around it"
            )
        self.layers: list[Any] = []
        needed = {id(end)}
        for operation in reversed(between):
            if id(operation.output) in needed:
                needed.update(id(tensor) for tensor in inputs_of(operation))
                self.layers.insert(0, operation)

    def __call__(self, values: Any) -> Any:
        """The value at `end` for `values` at `start`."""
        return self.activations(values)[id(self.end)]

    def activations(self, values: Any) -> dict[int, Any]:
        """The values of all tensors on the way, by the tensor's `id`."""
        known = {id(self.start): keras.ops.convert_to_tensor(values)}
        for layer in self.layers:
            given = keras.tree.map_structure(lambda tensor: known[id(tensor)], layer.input)
            known[id(layer.output)] = layer(given, training=False)
        return known


def inputs_of(layer: Any) -> Iterable[Any]:
    """The tensors that a layer takes; none of an input layer."""
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return keras.tree.flatten(layer.input)


def face_tensor(network: keras.Model) -> Any:
    """The tensor, (N, h, w, C), 0–255, at which maps end: the illumination-corrected face."""
    for layer in network.layers:
        if isinstance(layer, IlluminationCorrection):
            return layer.output
    return network.input


def logits_of(network: keras.Model) -> Any:
    """The network's tensor (N, K) in front of the softmax.

    Raises:
        ZooError: it has none, as networks do that the zoo's registry has not built.
    """
    for layer in network.layers:
        if layer.name == "logits":
            return layer.output
    raise ZooError(f"{network.name}: has no layer called 'logits' in front of its softmax")


def _maker(tensor: Any) -> str:
    return tensor._keras_history.operation.name
