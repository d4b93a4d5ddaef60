"""Illumination correction by a face's mean and standard deviation."""

from __future__ import annotations

from typing import Any

import keras

MEAN = 127.5
STANDARD_DEVIATION = 64.0
"""What `standardize` maps every face to: 0–255 then spans two standard deviations either way."""


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
