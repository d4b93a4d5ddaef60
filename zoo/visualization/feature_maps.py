"""What becomes of a face on its way through a network: the maps of some channels by depth.

Yosinski et al., "Understanding Neural Networks Through Deep Visualization", 2015 (arXiv
1506.06579), section 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from zoo.errors import ZooError
from zoo.explainers.graph import Graph
from zoo.visualization.activations import is_activated

LAYERS = 8
"""How many depths are shown at most."""

CHANNELS = 12
"""How many channels of a layer are shown, unless some are named."""

_POOLINGS = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """The maps of n channels of a layer, for one face.

    Attributes:
        layer: its name.
        shape: (h, w, channels) of its whole output.
        channels: (n,) int64, those with the largest standard deviation over the places first.
        maps: (n, h, w) float32, what the channels gave.
        low: the smallest value of all of the layer's channels.
        high: the largest.
    """

    layer: str
    shape: tuple[int, int, int]
    channels: np.ndarray
    maps: np.ndarray
    low: float
    high: float


def feature_maps(network: keras.Model, face: np.ndarray) -> tuple[LayerMaps, ...]:
    """The maps of a face at up to `LAYERS` depths, the first and the last among them.

    A depth is a place where something was decided: the output of an activation function or of a
    pooling, not the sums in front of it.

    Args:
        network: in float32.
        face: (h, w, C), 0–255, in the shape the network takes.

    Raises:
        ZooError: none of its layers is of this kind.
    """
    layers = [layer for layer in network.layers if _decides(layer)]
    if not layers:
        raise ZooError(
            f"{network.name}: has no activations or poolings whose outputs have places, so there "
            "are no feature maps to be seen"
        )
    places = np.linspace(0, len(layers) - 1, min(LAYERS, len(layers))).round().astype(int)
    graph = Graph(network, network.input, network.output)
    known = graph.activations(face[np.newaxis].astype(np.float32))
    return tuple(
        _of_layer(layers[place].name, np.asarray(known[id(layers[place].output)])[0])
        for place in places
    )


def _decides(layer: Any) -> bool:
    """Whether it is an activation or a pooling that leaves several places."""
    shape = layer.output.shape
    if len(shape) != 4 or math.prod(shape[1:3]) == 1:
        return False
    return is_activated(layer) or isinstance(layer, _POOLINGS)


def _of_layer(name: str, values: np.ndarray) -> LayerMaps:
    """The maps of a layer that gave `values`, (h, w, channels)."""
    order = np.argsort(-values.std(axis=(0, 1)), kind="stable")[:CHANNELS]
    maps = np.moveaxis(values[..., order], -1, 0)
    low, high = float(values.min()), float(values.max())
    return LayerMaps(name, values.shape, order, maps, low, high)
