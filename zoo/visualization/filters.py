"""What a network's first convolution looks for: its kernels as pictures.

Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
Networks", NIPS 2012, figure 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from zoo.errors import ZooError


@dataclass(frozen=True, eq=False)
class Filters:
    """The kernels of the first convolution that compares a pixel with its neighbours.

    Attributes:
        layer: the convolution's name.
        kernels: (filters, h, w, channels) float32; `channels` are those of the layer's input.
        passed_over: the names of the 1×1 convolutions in front of it: they mix channels, and have
            nothing that could be seen.
    """

    layer: str
    kernels: np.ndarray
    passed_over: tuple[str, ...]


def first_filters(network: keras.Model) -> Filters:
    """The kernels of a network's first convolution larger than 1×1.

    Raises:
        ZooError: it has none.
    """
    passed_over = []
    for layer in network.layers:
        if not isinstance(layer, keras.layers.Conv2D):
            continue
        if layer.kernel_size == (1, 1):
            passed_over.append(layer.name)
            continue
        kernels = np.moveaxis(np.asarray(layer.kernel, np.float32), -1, 0)
        return Filters(layer.name, kernels, tuple(passed_over))
    raise ZooError(
        f"{network.name}: has no convolution larger than 1×1, so there are no filters to be seen"
    )
