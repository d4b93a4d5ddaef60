"""Relevance through the layers that have no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from zoo.errors import ZooError
from zoo.explainers.gradients import value_and_pullback
from zoo.explainers.graph import inputs_of
from zoo.explainers.lrp.folding import is_linear
from zoo.explainers.lrp.rules import stabilised
from zoo.preprocessing import layers as zoo_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNCHANGED = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,  # folded into the layer before it, or behind a relu
    keras.layers.Dropout,
    keras.layers.ReLU,
    zoo_layers.ScaleToUnit,
    zoo_layers.ScaleToSignedUnit,
    zoo_layers.ImageNetTorch,
)
"""Each value comes from one input alone, and so does its relevance."""

_MOVED = (
    keras.layers.Flatten,
    keras.layers.MaxPooling2D,  # all to the largest
    keras.layers.Reshape,
    keras.layers.ZeroPadding2D,  # what the padding gets is lost
    zoo_layers.GreyToRGB,
    zoo_layers.ImageNetCaffe,
    zoo_layers.Resize,  # each place's weights sum to 1
)
"""Their derivative deals relevance out, for they weigh nothing."""

_AVERAGED = (
    keras.layers.Add,
    keras.layers.AveragePooling2D,
    keras.layers.GlobalAveragePooling2D,
    zoo_layers.RGBToGrey,
)
"""Their inputs get shares by what they contribute."""

_ACTIVATIONS = ("linear", "relu", "relu6", "silu", "sigmoid")


def refuse_impassable(network: str, layer: Any) -> None:
    """Refuse a layer for which there is no rule.

    Raises:
        ZooError: it is named.
    """
    if what := _impassable(layer):
        raise ZooError(
            f"{network}: LRP has no rule for layer {layer.name} ({what}): take gradcam, "
            "integrated_gradients, or a method that asks for probabilities alone"
        )


def _impassable(layer: Any) -> str | None:
    """What there is no rule for, if anything."""
    activation = getattr(layer, "activation", keras.activations.linear)
    name = getattr(activation, "__name__", type(activation).__name__)  # a layer may be one
    if name not in _ACTIVATIONS:
        return f"its activation {name}"
    if isinstance(layer, keras.layers.Multiply):
        return None if _has_gate(layer) else "a product without a gate of one place"
    passable = (*_UNCHANGED, *_MOVED, *_AVERAGED, keras.layers.Concatenate)
    return None if is_linear(layer) or isinstance(layer, passable) else type(layer).__name__


def _has_gate(layer: Any) -> bool:
    """Whether a product is of a signal, (N, h, w, C), and gates (N, 1, 1, …)."""
    shapes = [tuple(one.shape) for one in inputs_of(layer)]
    signal = shapes.pop(_signal(shapes))
    gated = all(len(shape) == 4 and shape[1:3] == (1, 1) for shape in shapes)
    return gated and signal == tuple(layer.output.shape)


def shares_of(layer: Any, inputs: Sequence[Any], relevance: Any) -> list[Any]:
    """The relevance of each input of a layer without weights.

    Args:
        layer: one that `refuse_impassable` lets pass.
        inputs: (N, …) each, what it was given.
        relevance: (N, …), of its outputs.
    """
    if isinstance(layer, keras.layers.Multiply):
        return _signal_alone(inputs, relevance)
    if isinstance(layer, _UNCHANGED):
        return [relevance]
    if isinstance(layer, keras.layers.Add):
        return _by_contribution(inputs, relevance)
    if isinstance(layer, _AVERAGED):
        return [_by_raising(layer, inputs[0], relevance)]
    if isinstance(layer, keras.layers.Concatenate):
        ends = np.cumsum([one.shape[layer.axis] for one in inputs])[:-1]
        return list(ops.split(relevance, ends.tolist(), axis=layer.axis))
    _, pull = value_and_pullback(lambda x: layer(x, training=False), inputs[0])
    return [pull(relevance)]


def _signal_alone(inputs: Sequence[Any], relevance: Any) -> list[Any]:
    """Squeeze-and-excitation: the gate, of one place, counts as a constant (Arras et al. 2017)."""
    signal = _signal([one.shape for one in inputs])
    return [
        relevance if place == signal else ops.zeros_like(one) for place, one in enumerate(inputs)
    ]


def _signal(shapes: Sequence[Sequence[int]]) -> int:
    """Which of a product's inputs is no gate: that of most rows, of equals the first."""
    return max(range(len(shapes)), key=lambda place: shapes[place][1])


def _by_contribution(inputs: Sequence[Any], relevance: Any) -> list[Any]:
    """A sum: what is above 0 shares; where nothing is, magnitudes do."""
    raising = [ops.maximum(one, 0) for one in inputs]
    nothing = ops.cast(sum(raising) == 0, relevance.dtype)
    parts = [up + nothing * ops.abs(one) for up, one in zip(raising, inputs, strict=True)]
    shares = relevance / stabilised(sum(parts))
    return [part * shares for part in parts]


def _by_raising(layer: Any, inputs: Any, relevance: Any) -> Any:
    """A mean: z⁺, for what is averaged is seldom below 0."""
    raising = ops.maximum(inputs, 0)
    outputs, pull = value_and_pullback(lambda x: layer(x, training=False), raising)
    return raising * pull(relevance / stabilised(outputs))
