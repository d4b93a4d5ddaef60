"""What one face costs a network, counted from its layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence

_MULTIPLYING = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def multiply_adds(network: keras.Model) -> int | None:
    """How many multiplications, each with an addition, one face costs: half its FLOPs.

    Those of convolutions and dense layers, as the field counts them (Howard et al. 2017,
    arXiv 1704.04861): normalisations, activations, pooling and what comes before the network are
    left out.

    Args:
        network: a flat functional graph, each layer called once.

    Returns:
        The count; None where a layer multiplies with a matrix in a way that is not known here.
    """
    counts = [_of_layer(layer) for layer in network.layers]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _of_layer(layer: Any) -> int | None:
    if isinstance(layer, _MULTIPLYING):
        # Each number of the kernel meets every place of the output: (H, W), or none.
        return math.prod(layer.kernel.shape) * math.prod(_places(layer))
    # What has several axes of more than one number is a matrix, and multiplied with something.
    vectors = all(sum(size > 1 for size in weight.shape) < 2 for weight in layer.weights)
    return 0 if vectors else None


def _places(layer: Any) -> Sequence[int]:
    shape: Sequence[int] = layer.output.shape[1:]
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return shape[1:] if first else shape[:-1]
