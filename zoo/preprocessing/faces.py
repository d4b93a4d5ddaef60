"""Bringing faces to a size and colour: those that are imported, and those a network is shown.

One function serves both, so that a photo which is explained has the very pixels that it would have
had in a data set. There is no Keras here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from zoo.errors import ZooError
from zoo.preprocessing import LUMA

if TYPE_CHECKING:
    from collections.abc import Sequence


def to_face_shape(faces: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Faces in another size or colour.

    Args:
        faces: (N, h, w, 1|3), uint8 or float, 0–255.
        shape: (H, W, C) wanted, C = 1 (grey) or 3 (RGB).

    Returns:
        (N, H, W, C) in the type of `faces`; `faces` itself where nothing is to be done, so that a
        memory map stays one. Grey becomes RGB by repetition, RGB grey by its brightness (ITU-R
        BT.601), after the resizing: a photo's grey is then computed for few pixels. Each side
        shrinks by area averaging or grows by linear interpolation.

    Raises:
        ZooError: `faces` or `shape` is none of these.
    """
    height, width, channels = shape
    if faces.ndim != 4 or faces.shape[-1] not in (1, 3) or channels not in (1, 3):
        raise ZooError(f"faces of shape {faces.shape} for a network of {tuple(shape)}")
    if faces.shape[1:3] != (height, width):
        faces = _resized(faces, height, width)
    if faces.shape[-1] > channels:
        faces = _to_grey(faces)
    if faces.shape[-1] < channels:
        faces = np.repeat(faces, channels, axis=-1)
    return faces


def _to_grey(faces: np.ndarray) -> np.ndarray:
    grey = faces.astype(np.float32) @ np.array(LUMA, np.float32)[:, np.newaxis]
    if faces.dtype == np.uint8:
        grey = np.rint(grey)
    return np.clip(grey, 0, 255).astype(faces.dtype)


def _resized(faces: np.ndarray, height: int, width: int) -> np.ndarray:
    # cv2 averages over areas only where neither side grows, so growing is a second step.
    smaller = min(width, faces.shape[2]), min(height, faces.shape[1])
    # cv2 knows no half precision.
    source = faces.astype(np.float32) if faces.dtype == np.float16 else faces
    resized = np.empty((len(faces), height, width, faces.shape[-1]), faces.dtype)
    for target, face in zip(resized, source, strict=True):
        small = cv2.resize(face, smaller, interpolation=cv2.INTER_AREA)
        large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        target[:] = large.reshape(target.shape)
    return resized
