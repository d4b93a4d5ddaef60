"""Two faces made into one, and their targets with them: MixUp and CutMix."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.preprocessing.augmentation.draws import Draws, as_faces, compiled, draw_key

if TYPE_CHECKING:
    from collections.abc import Callable


def mix_up(
    faces: np.ndarray, targets: np.ndarray, alpha: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Average each face with another of the batch, and their targets alike: `keras.layers.MixUp`.

    After Zhang et al., arXiv 1710.09412: share·first + (1 − share)·second, the share of each pair
    drawn from Beta(alpha, alpha).

    Args:
        faces: (N, H, W, C) uint8.
        targets: (N, L) float32: whatever belongs to a face and is to be averaged.
        alpha: above 0; towards 0 one of the two faces prevails.
        generator: where chance comes from.

    Returns:
        Faces (N, H, W, C) uint8 and targets (N, L) float32.
    """
    # Drawn here, since the layer's own beta distribution underflows for a small alpha: on
    # TensorFlow most of its shares are 0.5 at 0.001, where they should be 0 or 1.
    shares = generator.beta(alpha, alpha, len(faces)).astype(np.float32)
    partners = generator.permutation(len(faces)).astype(np.int32)
    faces, targets = _mixing_up()(faces, targets, shares, partners)
    return np.asarray(faces), np.asarray(targets)


def cut_mix(
    faces: np.ndarray, targets: np.ndarray, alpha: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Paste a rectangle of another face of the batch into each face: `keras.layers.CutMix`.

    After Yun et al., arXiv 1905.04899: the area pasted is drawn from Beta(alpha, alpha), and the
    targets are averaged by the share of pixels that come from each face.

    Args:
        faces: (N, H, W, C) uint8.
        targets: (N, L) float32: whatever belongs to a face and is to be averaged.
        alpha: 0.1–1; 1 draws all areas alike.
        generator: where chance comes from.

    Returns:
        Faces (N, H, W, C) uint8 and targets (N, L) float32.
    """
    faces, targets = _cut_mixing(alpha)(faces, targets, draw_key(generator))
    return np.asarray(faces), np.asarray(targets)


@cache
def _mixing_up() -> Callable[..., Any]:
    layer = keras.layers.MixUp(dtype="float32")

    def mixed(faces: Any, targets: Any, shares: Any, partners: Any) -> tuple[Any, Any]:
        change = {"mix_weight": shares, "permutation_order": partners}
        averaged = layer.transform_images(faces, change)
        return as_faces(averaged), layer.transform_labels(targets, change)

    return compiled(mixed)


@cache
def _cut_mixing(alpha: float) -> Callable[..., Any]:
    # Of a single number the layer draws alpha between 0 and it.
    layer = keras.layers.CutMix(factor=(alpha, alpha), dtype="float32")

    def mixed(faces: Any, targets: Any, key: Any) -> tuple[Any, Any]:
        change = layer.get_random_transformation(faces, training=True, seed=Draws(key))
        # The layer's share is that of the rectangle before it is cut to whole pixels.
        kept = keras.ops.cast(~change["batch_masks"][..., 0], "float32")
        change["mix_weight"] = keras.ops.mean(kept, axis=(1, 2))
        pasted = layer.transform_images(faces, change)
        return as_faces(pasted), layer.transform_labels(targets, change)

    return compiled(mixed)
