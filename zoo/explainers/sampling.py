"""LIME's neighbourhood of a face: the same face with random superpixels hidden."""

from __future__ import annotations

import numpy as np


def sample_masks(samples: int, superpixels: int, seed: int) -> np.ndarray:
    """Which superpixels each perturbed face shows, exactly as lime 0.2.0.1 draws them.

    Args:
        samples: perturbed faces, the unperturbed first one included.
        superpixels: how many there are.
        seed: lime's `random_state`.

    Returns:
        (samples, superpixels) bool; the first row shows everything.
    """
    random = np.random.RandomState(seed)
    random.randint(0, high=1000)  # lime draws a seed for its own segmentation here
    masks = random.randint(0, 2, samples * superpixels).reshape(samples, superpixels) > 0
    masks[0] = True
    return masks


def hidden_face(face: np.ndarray, segments: np.ndarray, hide: float | None) -> np.ndarray:
    """What is seen where a superpixel is hidden.

    Args:
        face: (H, W, C), 0–255.
        segments: (H, W) int, numbered from 0.
        hide: a grey level 0–255, or `None` for the superpixel's own mean colour.

    Returns:
        An image of the face's shape and type.
    """
    if hide is not None:
        return np.full_like(face, hide)
    numbers = segments.ravel()
    pixels = np.bincount(numbers)
    means = np.stack(
        [np.bincount(numbers, channel.ravel()) / pixels for channel in np.moveaxis(face, -1, 0)],
        axis=-1,
    )
    return means[segments].astype(face.dtype)


def perturbed_faces(
    face: np.ndarray, hidden: np.ndarray, segments: np.ndarray, masks: np.ndarray
) -> np.ndarray:
    """The face with the superpixels that each mask hides replaced.

    Args:
        face: (H, W, C).
        hidden: (H, W, C), see `hidden_face`.
        segments: (H, W) int, numbered from 0.
        masks: (N, S) bool, see `sample_masks`.

    Returns:
        (N, H, W, C) of the face's type.
    """
    return np.where(np.take(masks, segments, axis=1)[..., np.newaxis], face, hidden)
