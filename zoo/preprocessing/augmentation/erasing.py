"""A random rectangle of a face replaced by noise."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.preprocessing.augmentation.draws import Draws, as_faces, compiled, draw_key

if TYPE_CHECKING:
    from collections.abc import Callable


def erase(faces: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Erase one rectangle in a share of the faces: `keras.layers.RandomErasing`.

    Random erasing after Zhong et al., arXiv 1708.04896. Each side of the rectangle is between
    √0.02 and √0.33 of the face's. What is erased becomes noise, uniform over 0–255, as in the
    paper; the layer's own is normal around 0, cut to 0–255, so that half of it is black.

    Args:
        faces: (N, H, W, C) uint8.
        share: the probability that a face is erased, 0–1.
        generator: where chance comes from.

    Returns:
        (N, H, W, C) uint8.
    """
    return np.asarray(_erasing(share)(faces, draw_key(generator)))


@cache
def _erasing(share: float) -> Callable[..., Any]:
    # Of a single number the layer draws the probability between 0 and it.
    layer = keras.layers.RandomErasing(factor=(share, share), dtype="float32")

    def erased(faces: Any, key: Any) -> Any:
        draws = Draws(key)
        change = layer.get_random_transformation(faces, training=True, seed=draws)
        change["fill_value"] = keras.random.uniform(keras.ops.shape(faces), 0, 255, seed=draws)
        return as_faces(layer.transform_images(faces, change))

    return compiled(erased)
