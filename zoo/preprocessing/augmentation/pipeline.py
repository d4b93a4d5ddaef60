"""All techniques of a recipe, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.preprocessing.augmentation.affine import affine_matrices, draw_pose, warp
from zoo.preprocessing.augmentation.lighting import draw_light, relight

if TYPE_CHECKING:
    import numpy as np

    from zoo.preprocessing.augmentation.settings import Augmentation


def augment(
    faces: np.ndarray, settings: Augmentation, generator: np.random.Generator
) -> np.ndarray:
    """Change every face at random: the same generator state always gives the same faces.

    Args:
        faces: (N, H, W, C) uint8, 0–255.
        settings: how far; with everything off the faces come back untouched.
        generator: where chance comes from.

    Returns:
        (N, H, W, C) uint8, 0–255.
    """
    count, height, width = faces.shape[:3]
    if settings.moves:
        pose = draw_pose(count, height, width, settings, generator)
        faces = warp(faces, affine_matrices(pose, height, width))
    if settings.relights:
        faces = relight(faces, *draw_light(count, settings, generator))
    return faces
