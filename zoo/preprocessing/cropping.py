"""Finding a face in a larger photo, and cutting a square around it.

The detector is the cascade of Haar-like features that OpenCV brings along (Viola and Jones 2001,
"Rapid object detection using a boosted cascade of simple features"; the cascade is Lienhart's): it
needs no download, and knows upright faces seen from the front. There is no Keras here.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, replace
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

LARGER = 2
"""How many times as large as a network's faces a photo must be for `cut_photo` to look for one."""

FILLED = 0.8
"""Of the photo's shorter side: a square above it is the photo of a face already."""

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


@dataclass(frozen=True)
class FacePhoto:
    """A photo that is to be shown to a network, cut to its face where that is called for.

    Attributes:
        pixels: (h, w, 1|3) uint8.
        place: the rows and columns of the photo that `pixels` are; None where they are all.
        remark: what was done, or why nothing was, in words; blank where there was no question.
        found: how many faces were found, 1 where one fills the photo; None where none was looked
            for.
    """

    pixels: np.ndarray
    place: tuple[slice, slice] | None = None
    remark: str = ""
    found: int | None = None


def cut_face(photo: np.ndarray) -> FacePhoto:
    """Cut a photo, (H, W, 1|3) uint8, to the square around the largest face found in it.

    It stays whole where there is no face, and where the face fills it already.
    """
    height, width = photo.shape[:2]
    boxes = find_faces(photo)
    if len(boxes) == 0:
        whole = f"the whole photo of {width}×{height} pixels is taken"
        return FacePhoto(photo, remark=f"no face found: {whole}", found=0)
    rows, columns = square_around(boxes[0], height, width)
    if rows.stop - rows.start > FILLED * min(height, width):
        return FacePhoto(photo, found=1)
    which = "the face" if len(boxes) == 1 else f"the largest of {len(boxes)} faces"
    remark = (
        f"cut to {which} found at columns {columns.start}–{columns.stop - 1}, rows {rows.start}–"
        f"{rows.stop - 1} of {width}×{height} pixels; --whole-image leaves the photo whole"
    )
    return FacePhoto(photo[rows, columns], (rows, columns), remark, len(boxes))


def cut_photo(photo: np.ndarray, side: int) -> FacePhoto:
    """What `cut_face` gives of a photo that is much larger than a network's faces.

    Args:
        photo: (H, W, 1|3) uint8, 0–255.
        side: of the network's faces, pixels; photos below `LARGER` times that are left alone.
    """
    return FacePhoto(photo) if min(photo.shape[:2]) < LARGER * side else cut_face(photo)


def shown_to(
    shape: tuple[int, int, int], photo: np.ndarray, *, whole_image: bool = False
) -> FacePhoto:
    """A photo as a network sees it: cut to its face (`cut_photo`), in the network's size.

    Args:
        shape: (h, w, c) of the network's faces.
        photo: (H, W, 1|3) uint8, 0–255.
        whole_image: whether it is left whole in any case.

    Returns:
        Its `pixels` are (h, w, c).
    """
    found = FacePhoto(photo) if whole_image else cut_photo(photo, max(shape[:2]))
    return in_shape(found, shape)


def in_shape(photo: FacePhoto, shape: tuple[int, int, int]) -> FacePhoto:
    """A photo, cut or not, with `pixels` of another `shape`, (h, w, c)."""
    return replace(photo, pixels=to_face_shape(photo.pixels[np.newaxis], shape)[0])
