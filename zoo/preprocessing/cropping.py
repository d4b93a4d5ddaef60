"""Finding a face in a larger photo, and cutting a square around it.

The detector is the cascade of Haar-like features that OpenCV brings along (Viola and Jones 2001,
"Rapid object detection using a boosted cascade of simple features"; the cascade is Lienhart's): it
needs no download, and knows upright faces seen from the front. There is no Keras here.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

DETECTOR = "haarcascade_frontalface_default"

MARGIN = 0.1
"""How far the cut reaches beyond the detector's box on every side, as a share of the box's. The
box ends at brows and chin, where faces of FER2013 show some forehead."""

_LONGEST_SIDE = 640
"""Photos are searched no larger than this; the face is cut from the photo itself."""

_SCALE_STEP = 1.1
_NEIGHBOURS = 6
_SMALLEST = 0.08
"""Of the photo's shorter side: smaller boxes are more often no faces than faces."""


class _Cascade(threading.local):
    """A detector per thread: OpenCV's cannot be shared."""

    def __init__(self) -> None:
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self.detector = cv2.CascadeClassifier(os.path.join(folder, f"{DETECTOR}.xml"))


_cascade = _Cascade()


def find_faces(image: np.ndarray) -> np.ndarray:
    """The faces in a photo, the largest first.

    Args:
        image: (H, W, 1|3) uint8, 0–255.

    Returns:
        (n, 4) int64: left, top, width and height of each, in pixels of `image`.
    """
    height, width = image.shape[:2]
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    searched = max(1, round(height * scale)), max(1, round(width * scale))
    grey = to_face_shape(image[np.newaxis], (*searched, 1))[0, ..., 0]
    smallest = max(20, round(_SMALLEST * min(searched)))
    boxes: Any = _cascade.detector.detectMultiScale(
        cv2.equalizeHist(np.ascontiguousarray(grey)),
        scaleFactor=_SCALE_STEP, minNeighbors=_NEIGHBOURS, minSize=(smallest, smallest),
    )  # fmt: skip
    found = np.rint(np.reshape(boxes, (-1, 4)) / scale).astype(np.int64)
    # Ties by place, so that the same photo always gives the same face.
    return found[np.lexsort((found[:, 0], found[:, 1], -found[:, 2] * found[:, 3]))]


def square_around(box: Sequence[int] | np.ndarray, height: int, width: int) -> tuple[slice, slice]:
    """The square to cut: `box` with `MARGIN` on every side, moved inside and shrunk where needed.

    Args:
        box: left, top, width and height.
        height: of the photo.
        width: of the photo.

    Returns:
        Its rows and columns.
    """
    left, top, box_width, box_height = (int(value) for value in box)
    side = min(round(max(box_width, box_height) * (1 + 2 * MARGIN)), height, width)
    row = min(max(top + box_height // 2 - side // 2, 0), height - side)
    column = min(max(left + box_width // 2 - side // 2, 0), width - side)
    return slice(row, row + side), slice(column, column + side)


def cut_face(image: np.ndarray) -> np.ndarray | None:
    """The square around the largest face in a photo, (S, S, 1|3); None where there is no face."""
    boxes = find_faces(image)
    return image[square_around(boxes[0], *image.shape[:2])] if len(boxes) else None


def cut_face_or_whole(image: np.ndarray) -> np.ndarray:
    """What `cut_face` gives, or `image` itself where there is no face."""
    face = cut_face(image)
    return image if face is None else face
