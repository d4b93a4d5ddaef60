"""Relevance through the layers that have no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from zoo.errors import ZooError
from zoo.explainers.gradients import value_and_pullback
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
    keras.layers.Concatenate,
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
    passable = (*_UNCHANGED, *_MOVED, *_AVERAGED, keras.layers.Multiply)
    activation = getattr(layer, "activation", keras.activations.linear)
    activated = getattr(activation, "__name__", "") in _ACTIVATIONS
    if not (activated and (is_linear(layer) or isinstance(layer, passable))):
        what = type(layer).__name__ if activated else f"its activation {activation.__name__}"
        raise ZooError(
            f"{network}: LRP has no rule for layer {layer.name} ({what}): take gradcam, "
            "integrated_gradients, or a method that asks for probabilities alone"
        )


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
        ends = [0]
        for one in inputs:
            ends.append(ends[-1] + one.shape[-1])
        return [relevance[..., start:end] for start, end in zip(ends, ends[1:], strict=False)]
    _, pull = value_and_pullback(lambda x: layer(x, training=False), inputs[0])
    return [pull(relevance)]


def _signal_alone(inputs: Sequence[Any], relevance: Any) -> list[Any]:
    """Squeeze-and-excitation: the gate, of one place, counts as a constant (Arras et al. 2017)."""
    signal = max(range(len(inputs)), key=lambda place: inputs[place].shape[1])
    return [
        relevance if place == signal else ops.zeros_like(one) for place, one in enumerate(inputs)
    ]


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
