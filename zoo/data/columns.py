"""What is known of each face beside its label: measured ones, and whatever the source says.

Every data set has the measured columns. The luma Y of a pixel is its grey value, 0–255, or what
becomes it in a grey data set, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), of the face as cached:

- `BRIGHTNESS`: the mean of Y;
- `CONTRAST`: the standard deviation of Y;
- `SHARPNESS`: the variance of the Laplacian of Y, the sum of the four neighbours minus four times
  the pixel, over all pixels that have four neighbours (Pech-Pacheco et al. 2000, "Diatom
  autofocusing in brightfield microscopy", LAPV). Low is blurred or plain, high is sharp or noisy.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BRIGHTNESS = "brightness"
CONTRAST = "contrast"
SHARPNESS = "sharpness"
MEASURED = (BRIGHTNESS, CONTRAST, SHARPNESS)

FACES_FOUND = "faces found"
"""The column of how many faces were found in each photo, of which the largest was cut out."""

SUBJECT = "subject"
"""The column that says whose face it is: always text."""

FACE_ID = "face id"
"""A csv's column of what its faces are to be called, where that is not their path or line."""

MAX_CHARACTERS = 200
"""Longer texts are cut there: an array of text is as wide as its longest."""

_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)(e[+-]?[0-9]{1,2})?")
_MISSING = ("", "nan")

_PIXELS_AT_ONCE = 1 << 17
"""Few enough that what is computed of them stays in a core's cache."""


class _WorkingMemory(threading.local):
    """Two arrays that every call in a thread uses again.

    New ones come from the system page by page, which takes longer than to measure the faces.
    """

    def __init__(self) -> None:
        self._arrays = np.empty((2, 0), np.float32)

    def take(self, pixels: int, kind: type[np.floating[Any]]) -> np.ndarray:
        """(2, pixels) of `kind`, filled with anything."""
        if self._arrays.shape[1] < pixels or self._arrays.dtype != kind:
            self._arrays = np.empty((2, pixels), kind)
        return self._arrays[:, :pixels]


_memory = _WorkingMemory()


def measured(faces: np.ndarray) -> dict[str, np.ndarray]:
    """The columns that are computed from the pixels.

    Args:
        faces: (N, H, W, 1|3) uint8, 0–255, H and W at least 3.

    Returns:
        (N,) float32 for each of `MEASURED`.
    """
    step = max(1, _PIXELS_AT_ONCE // (faces.shape[1] * faces.shape[2]))
    parts = [_measured(faces[start : start + step]) for start in range(0, len(faces), step)]
    rows = np.concatenate([np.zeros((3, 0)), *parts], axis=1).astype(np.float32)
    return dict(zip(MEASURED, rows, strict=True))


def _measured(faces: np.ndarray) -> np.ndarray:
    """(3, n) float64, in the order of `MEASURED`."""
    count, height, width, _ = faces.shape
    # Sums over a row of up to 256 whole numbers below 256² are exact in single precision.
    kind = np.float32 if width <= 256 else np.float64
    luma, laplacian = _memory.take(faces.size // faces.shape[-1], kind).reshape(2, -1, width)
    luma[:] = to_face_shape(faces, (height, width, 1)).reshape(-1, width)
    # One image on top of the other; the pixels that have neighbours in another are left out.
    cv2.Laplacian(luma, cv2.CV_32F if kind is np.float32 else cv2.CV_64F, dst=laplacian)
    brightness, variance = _mean_and_variance(luma.reshape(count, height, width))
    inner = laplacian.reshape(count, height, width)[:, 1:-1, 1:-1]
    return np.stack([brightness, np.sqrt(variance), _mean_and_variance(inner)[1]])


def _mean_and_variance(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of (n, h, w) values, over the last two axes: (n,) float64 each."""
    count = values.shape[1] * values.shape[2]
    sums = np.einsum("nhw->nh", values).sum(axis=1, dtype=np.float64)
    squares = np.einsum("nhw,nhw->nh", values, values).sum(axis=1, dtype=np.float64)
    mean = sums / count
    return mean, np.maximum(squares / count - mean**2, 0)


def unused_name(name: str, taken: Collection[str]) -> str:
    """What a source's column is to be called: `name`, or ``"name 2"``, … where that is taken.

    The names in `MEASURED` are taken; a subject is called `SUBJECT` in any case of its letters.
    """
    name = SUBJECT if name.casefold() == SUBJECT else name
    taken = {*taken, *MEASURED}
    numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return next(free for free in (name, *numbered) if free not in taken)


def column(values: np.ndarray, count: int) -> np.ndarray:
    """A reader's values as they are kept: float32, float64 or text of `MAX_CHARACTERS` at most.

    Raises:
        TypeError: they are none of these, nor whole numbers.
        ValueError: there are not `count` of them.
    """
    if values.shape != (count,):
        raise ValueError(f"a column of shape {values.shape} for {count} faces")
    if values.dtype.kind in "biu":
        return values.astype(np.float64)
    if values.dtype.kind == "U":
        return values.astype(f"U{MAX_CHARACTERS}") if _width(values) > MAX_CHARACTERS else values
    if values.dtype not in (np.float32, np.float64):
        raise TypeError(f"a column of {values.dtype}: expected numbers or text")
    return values


def all_numbers(name: str, texts: Sequence[np.ndarray]) -> bool:
    """Whether the column called `name`, one array of text per split, is numbers in truth.

    It is where each text that is not missing is a number and at least one is not missing. Numbers
    with leading zeros are names, and so are all subjects.
    """
    if name == SUBJECT:
        return False
    any_number = False
    for part in texts:
        numbers = {text.strip().casefold() for text in part.tolist()}.difference(_MISSING)
        if not all(_NUMBER.fullmatch(text) for text in numbers):
            return False
        any_number |= bool(numbers)
    return any_number


def as_numbers(texts: np.ndarray) -> np.ndarray:
    """(N,) float64 of texts that `all_numbers` finds to be numbers; NaN where one is missing."""
    stripped = (text.strip().casefold() for text in texts.tolist())
    return np.array([np.nan if text in _MISSING else float(text) for text in stripped])


def _width(texts: np.ndarray) -> int:
    return texts.dtype.itemsize // np.dtype("U1").itemsize
