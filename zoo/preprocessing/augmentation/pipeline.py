"""All techniques of a recipe, one after the other: `augment` for single faces, then `mix`.

The order: pose (rotation, shear, zoom, shift and flip in one resampling), contrast and brightness,
RandAugment, erasing, grid mask, channel shuffle; then MixUp or CutMix, which take faces as the
other techniques leave them. Between techniques faces are rounded to uint8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.preprocessing.augmentation.affine import affine_matrices, draw_pose, warp
from zoo.preprocessing.augmentation.lighting import draw_light, relight

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zoo.preprocessing.augmentation.settings import Augmentation


def check_augmentation(settings: Augmentation, face_shape: Sequence[int]) -> None:
    """Refuse what cannot be done to faces of this shape, or with what is installed.

    Args:
        settings: what is asked for.
        face_shape: (H, W, C) of the data set's faces.

    Raises:
        ZooError: grid mask or channel shuffle without keras-cv or TensorFlow; channels that
            cannot be shuffled.
    """
    groups, channels = settings.channel_shuffle, face_shape[-1]
    if groups and channels == 1:
        raise ZooError(
            f"augmentation.channel_shuffle {groups}: the data set's faces are grey, and a single "
            "channel cannot be shuffled: --set augmentation.channel_shuffle=0"
        )
    if groups and (groups == 1 or channels % groups):
        raise ZooError(
            f"augmentation.channel_shuffle {groups}: {channels} channels are shuffled in "
            f"{channels} groups: --set augmentation.channel_shuffle={channels}"
        )
    from zoo.preprocessing import keras_cv

    for technique in ("grid_mask", "channel_shuffle"):
        if getattr(settings, technique):
            keras_cv.refuse_missing(technique)


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
    if settings.rand_augment:
        from zoo.preprocessing.augmentation.rand_augment import rand_augment

        faces = rand_augment(faces, settings.rand_augment, generator)
    if settings.erasing:
        from zoo.preprocessing.augmentation.erasing import erase

        faces = erase(faces, settings.erasing, generator)
    if settings.grid_mask:
        from zoo.preprocessing.keras_cv import grid_mask

        faces = grid_mask(faces, settings.grid_mask, generator)
    if settings.channel_shuffle:
        from zoo.preprocessing.keras_cv import shuffle_channels

        faces = shuffle_channels(faces, settings.channel_shuffle, generator)
    return faces


def mix(
    faces: np.ndarray,
    targets: np.ndarray,
    settings: Augmentation,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Mix the faces of a batch and what belongs to them; with both techniques on, by one of them.

    Which one is drawn for the whole batch, half and half.

    Args:
        faces: (N, H, W, C) uint8, 0–255.
        targets: (N, L) float32: whatever belongs to a face and is averaged like it.
        settings: the strengths; with both at 0 everything comes back untouched.
        generator: where chance comes from.

    Returns:
        Faces (N, H, W, C) uint8 and targets (N, L) float32.
    """
    if not settings.mixes:
        return faces, targets
    from zoo.preprocessing.augmentation.mixing import cut_mix, mix_up

    if not settings.cutmix or (settings.mixup and generator.random() < 0.5):
        return mix_up(faces, targets, settings.mixup, generator)
    return cut_mix(faces, targets, settings.cutmix, generator)
