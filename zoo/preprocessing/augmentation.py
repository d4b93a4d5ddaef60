"""Random changes to training faces: one affine resampling per face, then contrast and brightness.

Plain NumPy and OpenCV, so that the same seed gives the same faces on every Keras backend.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class Augmentation(BaseModel):
    """How far faces are changed; a recipe's ``[augmentation]`` table. All off at 0 and false.

    Attributes:
        rotation: degrees; drawn from ±rotation.
        shear: degrees of the shear angle; drawn from ±shear.
        zoom: fraction; the magnification is drawn from 1 ± zoom, the same for both axes.
        shift: fraction of the side; drawn from ±shift for each axis.
        flip: whether half of the faces are mirrored left to right.
        contrast: fraction; distances from the face's mean are multiplied by 1 ± contrast.
        brightness: fraction of 255; ±brightness·255 is added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rotation: float = Field(ge=0, le=180, allow_inf_nan=False)
    shear: float = Field(ge=0, lt=90, allow_inf_nan=False)
    zoom: float = Field(ge=0, lt=1, allow_inf_nan=False)
    shift: float = Field(ge=0, le=1, allow_inf_nan=False)
    flip: bool
    contrast: float = Field(ge=0, le=1, allow_inf_nan=False)
    brightness: float = Field(ge=0, le=1, allow_inf_nan=False)

    @property
    def moves(self) -> bool:
        """Whether any setting resamples the face."""
        return self.flip or any((self.rotation, self.shear, self.zoom, self.shift))

    @property
    def relights(self) -> bool:
        """Whether any setting changes grey levels in place."""
        return any((self.contrast, self.brightness))


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
        contrast = 1 + _around_zero(settings.contrast, (count,), generator)
        brightness = 255 * _around_zero(settings.brightness, (count,), generator)
        faces = relight(faces, contrast, brightness)
    return faces


def _around_zero(
    limit: float, shape: tuple[int, ...], generator: np.random.Generator
) -> np.ndarray:
    return generator.uniform(-limit, limit, shape)
