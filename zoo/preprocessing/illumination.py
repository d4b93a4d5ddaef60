"""Illumination correction inside the network's graph: faces stay faces, 0–255 in and out.

What FER papers call normalising the lighting (Pramerdorfer & Kampel, arXiv:1612.02903, section 3).
Each face is corrected by its own pixels alone: nothing to fit, so nothing can be left unfitted.
"""

from __future__ import annotations

from typing import Any

import keras

from zoo.errors import unknown
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.preprocessing.layers import luma

MEAN = 127.5
STANDARD_DEVIATION = 64.0
"""What `standardize` maps every face to: 0–255 then spans two standard deviations either way."""

LEVELS = 256


def standardize(grey: Any) -> Any:
    """Give every face the same mean (127.5) and standard deviation (64), clipped to 0–255.

    The variance is taken as at least 1 (one grey level), so that a constant face becomes constant
    127.5, with finite gradients.

    Args:
        grey: (N, H, W, 1) float, 0–255.
    """
    ops = keras.ops
    centred = grey - ops.mean(grey, axis=(1, 2, 3), keepdims=True)
    variance = ops.mean(ops.square(centred), axis=(1, 2, 3), keepdims=True)
    scale = STANDARD_DEVIATION * ops.rsqrt(ops.maximum(variance, 1.0))
    return ops.clip(MEAN + centred * scale, 0.0, 255.0)


def equalize(grey: Any) -> Any:
    """Equalise every face's histogram: a grey level becomes 255 × the share of pixels up to it.

    Grey levels are rounded to 0…255 first, so its gradient is zero. The histograms are one sum
    over a batch's pixels: a one-hot encoding takes 600 MB for 256 faces of 48×48, and
    `keras.ops.bincount` cannot be compiled on JAX.

    Args:
        grey: (N, H, W, 1) float, 0–255.
    """
    ops = keras.ops
    _, height, width, _ = grey.shape
    pixels = height * width
    levels = ops.cast(ops.round(ops.clip(grey, 0.0, LEVELS - 1.0)), "int32")
    levels = ops.reshape(levels, (-1, pixels))
    count = ops.shape(levels)[0]
    first_bin = LEVELS * ops.expand_dims(ops.arange(count, dtype="int32"), axis=1)
    bins = ops.reshape(first_bin + levels, (-1,))
    histograms = ops.segment_sum(ops.ones_like(bins), bins, num_segments=count * LEVELS)
    pixels_up_to = ops.cumsum(ops.reshape(histograms, (-1, LEVELS)), axis=1)
    share = ops.cast(pixels_up_to, grey.dtype) / pixels
    equalized = 255.0 * ops.take_along_axis(share, levels, axis=1)
    return ops.reshape(equalized, (-1, height, width, 1))


_CORRECTIONS = {"standardize": standardize, "equalize": equalize}


@keras.saving.register_keras_serializable(package="zoo")
class IlluminationCorrection(keras.layers.Layer):
    """Correct each face's lighting; (N, H, W, 1|3), 0–255, in and out, always in float32.

    RGB faces are corrected in brightness: the change of a pixel's luma is added to its three
    channels.

    Args:
        method: ``"standardize"`` or ``"equalize"``.
        **kwargs: Keras' own, e.g. `name`.

    Raises:
        ZooError: `method` is neither.
    """

    def __init__(self, method: str, **kwargs: Any):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        if method not in _CORRECTIONS:
            raise unknown("illumination correction", method, _CORRECTIONS)
        self.method = method

    def call(self, faces: Any) -> Any:
        """Correct a batch."""
        correct = _CORRECTIONS[self.method]
        if faces.shape[-1] == 1:
            return correct(faces)
        brightness = luma(faces)
        return keras.ops.clip(faces + correct(brightness) - brightness, 0.0, 255.0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's; said because JAX cannot work it out for a batch of unknown size."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The settings, for Keras."""
        return {**super().get_config(), "method": self.method}


def check_method(method: str) -> None:
    """Raise if there is no such illumination correction.

    Raises:
        ZooError: `method` is not in `ILLUMINATION_METHODS`; the nearest names are given.
    """
    if method not in ILLUMINATION_METHODS:
        raise unknown("illumination correction", method, ILLUMINATION_METHODS)
