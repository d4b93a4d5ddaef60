"""Images that show no face: blank ones, and plain ones in which no face is found.

A face fills its grey levels: on FER2013 99.7 % of the images have a histogram of more than 5.25
bits. Icons, captions and "this image was deleted" have few. Below that entropy OpenCV's Haar
cascade is asked, which costs too much, and knows too few faces, to be asked of every image.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

BLANK_CONTRAST = 5.0
"""The contrast (`zoo.data.columns`) below which an image is blank. On FER2013 14 images have 4.1
or less, all of them no face by FER+'s votes; the next, a face in the dark, has 9.1."""

PLAIN_ENTROPY = 5.25
"""Bits below which an image is nearly faceless if no face is found in it. Of the 70 images of
FER2013 for which that holds 61 are no face by FER+'s votes; with 5.75 bits it is 67 of 123."""

_CASCADE = "haarcascade_frontalface_alt2.xml"
"""Not what `zoo.preprocessing.cropping` looks with: that finds small faces in large photos, and of
400 faces of FER2013, which fill their images, 21 %; this cascade within a margin finds 80 %."""

_MARGIN = 12
"""Pixels repeated around an image: the cascade finds no face that fills the image to its edge."""


def entropies(pixels: np.ndarray) -> np.ndarray:
    """Shannon's entropy of each image's histogram of grey levels, in bits.

    Args:
        pixels: (N, H, W) uint8.

    Returns:
        (N,) float32, 0 for an image of one grey, at most 8.
    """
    offsets = 256 * np.arange(len(pixels), dtype=np.int32)[:, np.newaxis, np.newaxis]
    counts = np.bincount((pixels + offsets).ravel(), minlength=256 * len(pixels))
    shares = counts.reshape(len(pixels), 256) / max(1, pixels[0].size)
    bits = shares * np.log2(shares, where=shares > 0, out=np.zeros_like(shares))
    return np.asarray(-bits.sum(axis=1), np.float32)


def finds_face(pixels: np.ndarray) -> bool:
    """Whether OpenCV's bundled frontal Haar cascade finds a face in an image, (H, W) uint8."""
    framed = cv2.copyMakeBorder(pixels, *(_MARGIN,) * 4, cv2.BORDER_REPLICATE)
    side = min(pixels.shape) // 2
    found = _cascade().detectMultiScale(framed, 1.1, 2, minSize=(side, side))
    return len(found) > 0


@cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))
