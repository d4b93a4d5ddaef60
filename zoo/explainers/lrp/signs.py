"""Which of a network's tensors are never below 0: there relevance has one sign to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.explainers.graph import inputs_of
from zoo.preprocessing import layers as zoo_layers

if TYPE_CHECKING:
    from collections.abc import Iterable

_RAISING = ("relu", "relu6", "sigmoid", "softmax")
"""Activations that give nothing below 0."""

_KEEPING = (
    keras.layers.Add,
    keras.layers.AveragePooling2D,
    keras.layers.Concatenate,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.MaxPooling2D,
    keras.layers.Multiply,
    keras.layers.Reshape,
    keras.layers.ZeroPadding2D,
    zoo_layers.GreyToRGB,
    zoo_layers.Resize,
    zoo_layers.RGBToGrey,
    zoo_layers.ScaleToUnit,
)
"""What they give is not below 0 where nothing is that they take."""


def never_negative(start: Any, layers: Iterable[Any]) -> set[int]:
    """The `id` of each tensor that holds nothing below 0.

    Args:
        start: the face's tensor, the network's input or the corrected face.
        layers: those behind it, each behind those whose outputs it takes.
    """
    found = {id(start)}  # corrections of the illumination give 0–255, too
    for layer in layers:
        kept = isinstance(layer, _KEEPING) and all(id(one) in found for one in inputs_of(layer))
        activation = getattr(getattr(layer, "activation", None), "__name__", "")
        relu = isinstance(layer, keras.layers.ReLU) and not layer.negative_slope
        if kept or activation in _RAISING or relu:
            found.add(id(layer.output))
    return found
