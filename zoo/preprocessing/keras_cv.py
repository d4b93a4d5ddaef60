"""What Keras lacks and keras-cv has: GridMask and ChannelShuffle. Nothing else imports keras-cv.

Its maintainers ended it in 2025, and it computes with TensorFlow whatever Keras' backend is; so it
is imported when one of the two is asked for. Its layers draw from a `tf.random.Generator`, which
has a past, and GridMask's ratio from TensorFlow's global chance, which cannot be seeded from here.
Both are replaced by draws from a key, which also lets the layers be compiled: GridMask masks 7,000
faces/s instead of 110 on one core.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable

_DISTRIBUTIONS = {"tensorflow": "tensorflow", "keras_cv": "'keras-cv>=0.9,<0.10'"}
_LARGEST_RATIO = 0.5
"""Side of a square over its distance from the next one, at most: keras-cv's default."""


def refuse_missing(technique: str) -> None:
    """Refuse a technique that needs keras-cv where it, or the TensorFlow it needs, is missing.

    Args:
        technique: its key in a recipe's ``[augmentation]`` table.

    Raises:
        ZooError: naming the technique and what to install.
    """
    missing = [name for module, name in _DISTRIBUTIONS.items() if find_spec(module) is None]
    if missing:
        raise ZooError(
            f"augmentation.{technique} needs keras-cv and TensorFlow: "
            f"pip install {' '.join(missing)}, or --set augmentation.{technique}=0"
        )


def grid_mask(faces: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Cover a share of the faces by a regular grid of black squares: keras-cv's GridMask.

    GridMask after Chen et al., arXiv 2001.04086, with its four numbers drawn for each face by
    keras-cv: distance of the squares (a third to half of the face's side), ratio of the square's
    side to it (0–0.5), offsets right and down. The squares are not turned, as in the paper.

    Args:
        faces: (N, H, W, C) uint8.
        share: the probability that a face is covered, 0–1.
        generator: where chance comes from.

    Returns:
        (N, H, W, C) uint8.
    """
    covered = np.flatnonzero(generator.random(len(faces)) < share)
    keys = generator.integers(2**31, size=len(covered)).astype(np.int32)
    faces = faces.copy()
    faces[covered] = np.asarray(_masking(faces.shape[1:])(faces[covered], keys))
    return faces


def shuffle_channels(faces: np.ndarray, groups: int, generator: np.random.Generator) -> np.ndarray:
    """Put each face's channels in a random order: keras-cv's ChannelShuffle.

    Args:
        faces: (N, H, W, C) uint8.
        groups: how many groups of neighbouring channels are shuffled; divides C.
        generator: where chance comes from.

    Returns:
        (N, H, W, C) uint8.
    """
    key = np.int32(generator.integers(2**31))
    return np.asarray(_shuffling(groups, faces.shape[1:])(faces, key))


class _Draws:
    """Stands in for a layer's `tf.random.Generator`; a function of its key alone."""

    def __init__(self, key: Any):
        self._key = key
        self._drawn = 0

    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = 1, dtype: Any = "float32") -> Any:
        import tensorflow as tf

        self._drawn += 1
        seed = tf.stack([self._key, self._drawn])
        return tf.random.stateless_uniform(shape, seed, minval, maxval, dtype)


@cache
def _masking(face_shape: tuple[int, ...]) -> Callable[..., Any]:
    import keras_cv
    import tensorflow as tf

    class Ratio(keras_cv.core.FactorSampler):
        draws: _Draws

        def __call__(self, shape: Any = (), dtype: Any = "float32") -> Any:
            return self.draws.uniform(shape, 0, _LARGEST_RATIO, dtype)

    ratio = Ratio()
    layer = keras_cv.layers.GridMask(ratio, rotation_factor=0.0, seed=1, dtype="float32")

    def masked(face_and_key: tuple[Any, Any]) -> Any:
        face, key = face_and_key
        ratio.draws = layer._random_generator = layer.random_rotate._random_generator = _Draws(key)
        change = layer.get_random_transformation(image=face)
        return tf.cast(layer.augment_image(tf.cast(face, "float32"), change), "uint8")

    def all_masked(faces: Any, keys: Any) -> Any:
        return tf.map_fn(masked, (faces, keys), fn_output_signature="uint8")

    signature = [tf.TensorSpec((None, *face_shape), "uint8"), tf.TensorSpec((None,), "int32")]
    return tf.function(all_masked, signature, autograph=False)


@cache
def _shuffling(groups: int, face_shape: tuple[int, ...]) -> Callable[..., Any]:
    import keras_cv
    import tensorflow as tf

    layer = keras_cv.layers.ChannelShuffle(groups, seed=1)

    def shuffled(faces: Any, key: Any) -> Any:
        layer._random_generator = _Draws(key)
        change = layer.get_random_transformation_batch(tf.shape(faces)[0])
        return layer.augment_images(faces, change)

    signature = [tf.TensorSpec((None, *face_shape), "uint8"), tf.TensorSpec((), "int32")]
    return tf.function(shuffled, signature, autograph=False)
