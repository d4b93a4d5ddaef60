"""The pose of a face: rotation, shear, zoom, shift and flip as one affine resampling.

Plain NumPy and OpenCV, so that the same seed gives the same faces on every Keras backend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from zoo.preprocessing.augmentation.settings import Augmentation


@dataclass(frozen=True)
class Pose:
    """What happens to each of N faces, in this order, about the centre of the face.

    Attributes:
        flip: (N,) bool, mirrored left to right.
        zoom: (N,) magnification; above 1 the face grows.
        shear: (N,) degrees; positive moves what is below the centre to the left.
        rotation: (N,) degrees, positive is anticlockwise as seen.
        shift: (N, 2) right and down, in pixels.
    """

    flip: np.ndarray
    zoom: np.ndarray
    shear: np.ndarray
    rotation: np.ndarray
    shift: np.ndarray


def draw_pose(
    count: int, height: int, width: int, settings: Augmentation, generator: np.random.Generator
) -> Pose:
    """Draw the pose changes of `count` faces of height × width pixels, uniformly."""
    return Pose(
        flip=(generator.random(count) < 0.5) & settings.flip,
        zoom=1 + _around_zero(settings.zoom, (count,), generator),
        shear=_around_zero(settings.shear, (count,), generator),
        rotation=_around_zero(settings.rotation, (count,), generator),
        shift=_around_zero(settings.shift, (count, 2), generator) * (width, height),
    )


def affine_matrices(pose: Pose, height: int, width: int) -> np.ndarray:
    """Where each pixel of a changed face comes from.

    Returns:
        (N, 2, 3) float64: column (x, y, 1) of the changed face → (x, y) of the original, in
        pixels; y points down.
    """
    # The forward map is x' = c + shift + R·S·Z·F·(x − c); its linear part is inverted here.
    mirror = np.where(pose.flip, -1.0, 1.0)
    cosine, sine = np.cos(np.radians(pose.rotation)), np.sin(np.radians(pose.rotation))
    slope = np.tan(np.radians(pose.shear))
    linear = np.empty((len(pose.zoom), 2, 2))
    # (R·S)⁻¹ = S⁻¹·R⁻¹ with R = [[cos, sin], [−sin, cos]] and S = [[1, −slope], [0, 1]].
    linear[:, 0, 0] = (cosine + slope * sine) * mirror / pose.zoom
    linear[:, 0, 1] = (-sine + slope * cosine) * mirror / pose.zoom
    linear[:, 1, 0] = sine / pose.zoom
    linear[:, 1, 1] = cosine / pose.zoom
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre - np.einsum("nij,nj->ni", linear, centre + pose.shift)
    return np.concatenate([linear, offset[:, :, np.newaxis]], axis=2)


def warp(faces: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Resample each face once, bilinearly; beyond the border its nearest pixel is repeated.

    Args:
        faces: (N, H, W, C) uint8.
        matrices: (N, 2, 3), see `affine_matrices`.

    Returns:
        (N, H, W, C) uint8.
    """
    faces = np.ascontiguousarray(faces)
    warped = np.empty_like(faces)
    size = (faces.shape[2], faces.shape[1])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for face, matrix, out in zip(faces, matrices, warped, strict=True):
        cv2.warpAffine(face, matrix, size, out, flags, cv2.BORDER_REPLICATE)
    return warped


def _around_zero(
    limit: float, shape: tuple[int, ...], generator: np.random.Generator
) -> np.ndarray:
    return generator.uniform(-limit, limit, shape)
