"""Illumination correction by removing the light's gradient."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def plane(grey: Any) -> Any:
    """Subtract the plane that fits the face best (least squares), keep its mean, clip to 0–255.

    A light from one side adds to a face what is nearly a linear ramp (K.-K. Sung & T. Poggio,
    "Example-based learning for view-based human face detection", PAMI 20, 1998).

    Args:
        grey: (N, H, W, 1) float, 0–255.
    """
    ops = keras.ops
    _, height, width, _ = grey.shape
    down = np.reshape(_centred(height), (1, height, 1, 1))
    across = np.reshape(_centred(width), (1, 1, width, 1))
    # The constant, `down` and `across` are orthogonal, so that each slope is found by itself.
    ramp_down = _slope(ops.mean(grey, axis=2, keepdims=True), down) * down
    ramp_across = _slope(ops.mean(grey, axis=1, keepdims=True), across) * across
    return ops.clip(grey - ramp_down - ramp_across, 0.0, 255.0)


def _centred(side: int) -> np.ndarray:
    return np.arange(side, dtype="float32") - np.float32((side - 1) / 2)


def _slope(means: Any, places: np.ndarray) -> Any:
    """Grey levels per pixel, (N, 1, 1, 1); 0 along a side of one pixel."""
    products = keras.ops.sum(means * places, axis=(1, 2, 3), keepdims=True)
    return products / max(float(np.sum(np.square(places))), 1e-6)
