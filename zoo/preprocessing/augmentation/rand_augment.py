"""Two of eleven operations on each face: RandAugment."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import keras
import numpy as np

from zoo.preprocessing.augmentation.draws import Draws, as_faces, compiled, draw_key

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATIONS = (
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
    "random_posterization",
    "solarization",
    "auto_contrast",
    "equalization",
)
"""The layers in `keras.layers.RandAugment`, by the names of its attributes."""

_PER_FACE = 2
_GROUP = 16
"""Faces are operated on in multiples of this, so that XLA compiles for few shapes."""


def rand_augment(faces: np.ndarray, strength: float, generator: np.random.Generator) -> np.ndarray:
    """Change each face by two operations drawn for it from those of Keras' RandAugment.

    RandAugment after Cubuk et al., arXiv 1909.13719. `keras.layers.RandAugment` draws two for a
    whole batch and computes all eleven, twice.

    Args:
        faces: (N, H, W, 1|3) uint8.
        strength: the layer's `factor`, 0–1.
        generator: where chance comes from.

    Returns:
        (N, H, W, C) uint8.
    """
    for operations in generator.integers(len(OPERATIONS), size=(_PER_FACE, len(faces))):
        faces = operate(faces, operations, strength, generator)
    return faces


def operate(
    faces: np.ndarray, operations: np.ndarray, strength: float, generator: np.random.Generator
) -> np.ndarray:
    """Change each face by its operation.

    Args:
        faces: (N, H, W, 1|3) uint8.
        operations: (N,) positions in `OPERATIONS`.
        strength: the `factor` of `keras.layers.RandAugment`, 0–1.
        generator: where the operations' strengths come from.

    Returns:
        (N, H, W, C) uint8.
    """
    changed = np.empty_like(faces)
    for operation in np.unique(operations):
        places = np.flatnonzero(operations == operation)
        if OPERATIONS[operation] == "equalization":
            changed[places] = _equalized(faces[places])
            continue
        group = np.resize(places, -(-len(places) // _GROUP) * _GROUP)
        results = _operation(OPERATIONS[operation], strength)(faces[group], draw_key(generator))
        changed[places] = np.asarray(results)[: len(places)]
    return changed


def _equalized(faces: np.ndarray) -> np.ndarray:
    """By each face's own histogram; Keras' layer takes one histogram of all faces together."""
    channels = np.moveaxis(faces, -1, 1)
    equalized = [[cv2.equalizeHist(channel) for channel in face] for face in channels]
    return np.moveaxis(np.array(equalized), 1, -1)


@cache
def _layer(strength: float) -> keras.layers.RandAugment:
    return keras.layers.RandAugment(value_range=(0, 255), factor=strength, dtype="float32")


@cache
def _operation(name: str, strength: float) -> Callable[..., Any]:
    layer = getattr(_layer(strength), name)

    def operated(faces: Any, key: Any) -> Any:
        faces = keras.ops.cast(faces, "float32")
        change = layer.get_random_transformation(faces, training=True, seed=Draws(key))
        return as_faces(layer.transform_images(faces, change))

    return compiled(operated)
