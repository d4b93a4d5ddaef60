"""Faces in an array: how they are laid out, and what their values stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.readers.array_files import ArrayFile

BYTES_AT_ONCE = 1 << 23
MAX_SIDE = 4096


def face_layout(path: Path, file: ArrayFile) -> tuple[int, int, int, bool]:
    """(H, W, C) of each face, and whether the channels stand in front.

    Raises:
        ZooError: the array's shape is not one of faces.
    """
    shape = file.shape[1:]
    layout = None
    if len(shape) == 1 and round(shape[0] ** 0.5) ** 2 == shape[0]:
        side = round(shape[0] ** 0.5)
        layout = (side, side, 1, False)
    elif len(shape) == 2:
        layout = (*shape, 1, False)
    elif len(shape) == 3 and shape[2] in (1, 3):
        layout = (*shape, False)
    elif len(shape) == 3 and shape[0] in (1, 3):
        layout = (*shape[1:], shape[0], True)
    if layout is None or not all(3 <= side <= MAX_SIDE for side in layout[:2]):
        raise ZooError(
            f"{path}: {file.name} is {file.shape}: expected faces as (N, H, W), (N, H, W, 1 or 3),"
            " (N, 1 or 3, H, W) or (N, H·H)"
        )
    return layout


def as_faces(path: Path, file: ArrayFile, values: np.ndarray, scale: int) -> np.ndarray:
    """Some of the array's rows as faces, (n, H, W, C) uint8.

    Raises:
        ZooError: a value, multiplied by `scale`, is no grey level.
    """
    height, width, channels, in_front = face_layout(path, file)
    if in_front:
        values = values.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
    faces = values.reshape(-1, height, width, channels)
    if faces.dtype == np.uint8:
        return np.ascontiguousarray(faces)
    scaled = faces.astype(np.float64) * scale
    if not (scaled.min() >= 0 and scaled.max() <= 255):  # also where there are NaNs
        raise _values_error(path, file, float(faces.min()), float(faces.max()))
    return np.rint(scaled).astype(np.uint8)


def scale_of(path: Path, file: ArrayFile) -> int:
    """1, or 255 where the values are fractions of white: floats, none above 1."""
    if file.dtype.kind in "iu":
        return 1
    if file.dtype.kind != "f":
        raise ZooError(f"{path}: {file.name} is of type {file.dtype}: expected numbers 0–255")
    low, high = np.inf, -np.inf
    for _, values in file.rows(BYTES_AT_ONCE):
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    if low < 0 or high > 255:
        raise _values_error(path, file, low, high)
    return 255 if high <= 1 else 1


def _values_error(path: Path, file: ArrayFile, low: float, high: float) -> ZooError:
    return ZooError(
        f"{path}: {file.name} holds values from {low:g} to {high:g}: expected 0–255, or 0–1"
    )
