"""Activation maximisation: what a face would have to look like for a class, or for a channel.

Of a class it is the logit that is raised, not the probability: a softmax is also raised by what
merely speaks against the other classes, and its gradient vanishes once it is near 1 (Simonyan,
Vedaldi and Zisserman, arXiv 1312.6034, section 2). Of a channel it is the mean over its places, in
front of the layer's activation function: where that is 0, nothing says which way is up, and many
channels are 0 everywhere for noise.

Where a network corrects the illumination, pictures are of the corrected face, behind that layer:
rank-based corrections have no gradient, and what is in front of them is not what the network sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.errors import ZooError
from zoo.explainers.gradcam import layer_with_places
from zoo.explainers.graph import Graph, face_tensor, logits_of
from zoo.visualization.activations import before_activation
from zoo.visualization.ascent import ascend, start_pictures
from zoo.visualization.feature_maps import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.explainers.base import Progress
    from zoo.visualization.ascent import Ascent


@dataclass(frozen=True, eq=False)
class MaximizedUnits:
    """N pictures, each of which excites one of a layer's units, classes or channels.

    Attributes:
        layer: ``logits``, or the layer of the channels.
        units: (N,) int64, which of the layer's.
        pictures: (N, h, w, C) uint8, 0–255, of illumination-corrected faces.
        before: (N,) float32, the unit's value for the noise that the ascent began from.
        after: (N,) float32, its value for the picture.
        probabilities: (N, K) float32, what the network says of the pictures.
    """

    layer: str
    units: np.ndarray
    pictures: np.ndarray
    before: np.ndarray
    after: np.ndarray
    probabilities: np.ndarray


def maximize_classes(
    network: keras.Model, settings: Ascent, progress: Progress | None = None
) -> MaximizedUnits:
    """A picture for each class, of the largest logit.

    Args:
        network: in float32.
        settings: how.
        progress: called with the steps done and their total.

    Raises:
        ZooError: its logits cannot be found.
    """
    logits = Graph(network, face_tensor(network), logits_of(network))
    classes = np.arange(network.output_shape[-1])
    return _maximized(network, "logits", logits, classes, settings, progress)


def maximize_channels(
    network: keras.Model,
    layer: str | None,
    channels: Sequence[int],
    settings: Ascent,
    progress: Progress | None = None,
) -> MaximizedUnits:
    """A picture for each of some channels of a layer, of their largest means before activation.

    Args:
        network: in float32.
        layer: its name; by default that which Grad-CAM looks at.
        channels: which, from 0.
        settings: how.
        progress: called with the steps done and their total.

    Raises:
        ZooError: there is no such layer, it has no places, or a channel is not one of its.
    """
    looked_at = check_channels(network, layer, channels)
    features = before_activation(network, face_tensor(network), looked_at)

    def means(pictures: Any) -> Any:
        return keras.ops.mean(features(pictures), axis=(1, 2))

    units = np.asarray(channels, np.int64)
    return _maximized(network, looked_at.name, means, units, settings, progress)


def most_active_channels(network: keras.Model, layer: str | None, face: np.ndarray) -> list[int]:
    """The up to `CHANNELS` channels of a layer that a face excites most, in the mean.

    Args:
        network: in float32.
        layer: its name; by default that which Grad-CAM looks at.
        face: (h, w, C), 0–255, in the shape the network takes.

    Raises:
        ZooError: there is no such layer, or it has no places.
    """
    features = Graph(network, network.input, layer_with_places(network, layer).output)
    means = np.asarray(features(face[np.newaxis].astype(np.float32))).mean(axis=(0, 1, 2))
    return np.argsort(-means, kind="stable")[:CHANNELS].tolist()


def check_channels(
    network: keras.Model, layer: str | None, channels: Sequence[int]
) -> keras.layers.Layer:
    """The layer with these channels, if it has them.

    Raises:
        ZooError: there is no such layer, it has no places, or a channel is not one of its.
    """
    looked_at = layer_with_places(network, layer)
    count = looked_at.output.shape[-1]
    wrong = [channel for channel in channels if not 0 <= channel < count]
    if wrong:
        raise ZooError(
            f"channel {wrong[0]}: layer {looked_at.name} of {network.name} has 0 to {count - 1}"
        )
    return looked_at


def _maximized(
    network: keras.Model,
    layer: str,
    units: Callable[[Any], Any],
    columns: np.ndarray,
    settings: Ascent,
    progress: Progress | None,
) -> MaximizedUnits:
    """The pictures, and what they reach."""
    start = face_tensor(network)
    shape = tuple(start.shape[1:])
    pictures = ascend(units, columns, shape, settings, progress)
    rows = np.arange(len(columns))
    shown = pictures.astype(np.float32)
    return MaximizedUnits(
        layer,
        columns,
        pictures,
        before=np.asarray(units(start_pictures(len(columns), shape, settings)))[rows, columns],
        after=np.asarray(units(shown))[rows, columns],
        probabilities=np.asarray(Graph(network, start, network.output)(shown)),
    )
