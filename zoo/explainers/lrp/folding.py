"""Convolutions and dense layers as arithmetic, the batch normalisations behind them folded in.

A batch normalisation is folded where it follows a linear layer directly, without a relu between
them: the two are one linear layer. Behind a relu it cannot be, and passes relevance as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from zoo.explainers.graph import inputs_of
from zoo.explainers.lrp.rules import Linear

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINEAR = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def is_linear(layer: Any) -> bool:
    """Whether a layer has weights to deal relevance out by."""
    return isinstance(layer, _LINEAR)


def foldable_norms(layers: Sequence[Any]) -> dict[str, keras.layers.BatchNormalization]:
    """The batch normalisations that are part of a linear layer, by its name."""
    norms: dict[str, keras.layers.BatchNormalization] = {}
    for layer in layers:
        followers = [
            other for other in layers if any(layer.output is one for one in inputs_of(other))
        ]
        plain = is_linear(layer) and layer.activation is keras.activations.linear
        if plain and len(followers) == 1:
            (norm,) = followers
            if isinstance(norm, keras.layers.BatchNormalization):
                norms[layer.name] = norm
    return norms


def linear_of(layer: Any, norm: keras.layers.BatchNormalization | None) -> Linear:
    """A layer's arithmetic, `norm` folded in."""
    kernel = ops.convert_to_tensor(layer.kernel)
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    outputs = kernel.shape[-1] * (kernel.shape[-2] if depthwise else 1)
    bias = ops.convert_to_tensor(layer.bias) if layer.use_bias else ops.zeros(outputs)
    if norm is not None:
        scale, shift = _affine(norm)
        kernel = kernel * ops.reshape(scale, kernel.shape[-2:] if depthwise else (-1,))
        bias = bias * scale + shift
    return Linear(kernel, bias, _arithmetic(layer))


def _affine(norm: keras.layers.BatchNormalization) -> tuple[Any, Any]:
    """What a batch normalisation multiplies by and adds, (channels,) each."""
    scale = 1 / ops.sqrt(ops.convert_to_tensor(norm.moving_variance) + norm.epsilon)
    if norm.scale:
        scale = scale * norm.gamma
    shift = -ops.convert_to_tensor(norm.moving_mean) * scale
    return scale, shift + norm.beta if norm.center else shift


def _arithmetic(layer: Any) -> Any:
    if isinstance(layer, keras.layers.Dense):
        return ops.matmul
    convolve = ops.depthwise_conv if isinstance(layer, keras.layers.DepthwiseConv2D) else ops.conv
    return lambda inputs, kernel: convolve(
        inputs, kernel, strides=layer.strides, padding=layer.padding,
        dilation_rate=layer.dilation_rate,
    )  # fmt: skip
