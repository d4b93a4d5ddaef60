"""The light on a face: contrast and brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from zoo.preprocessing.augmentation.settings import Augmentation


def draw_light(
    count: int, settings: Augmentation, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw contrast and brightness of `count` faces, uniformly, as `relight` takes them."""
    contrast = 1 + generator.uniform(-settings.contrast, settings.contrast, count)
    brightness = 255 * generator.uniform(-settings.brightness, settings.brightness, count)
    return contrast, brightness


def relight(faces: np.ndarray, contrast: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """Change contrast about each face's mean, then add brightness; rounded and cut to 0–255.

    Args:
        faces: (N, H, W, C) uint8.
        contrast: (N,) factor of the distance from the mean.
        brightness: (N,) grey levels.

    Returns:
        (N, H, W, C) uint8.
    """
    means = faces.mean(axis=(1, 2, 3))
    levels = np.arange(256)
    table = (levels - means[:, np.newaxis]) * contrast[:, np.newaxis]
    table += (means + brightness)[:, np.newaxis]
    table = np.clip(np.rint(table), 0, 255).astype(np.uint8)
    # The table of face n occupies the entries from 256 n on: one gather for the whole batch.
    first = np.arange(len(faces))[:, np.newaxis] * 256
    return table.ravel()[faces.reshape(len(faces), -1) + first].reshape(faces.shape)
