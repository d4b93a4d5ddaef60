"""Superpixels: the parts of a face that LIME shows and hides."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from lime.wrappers.scikit_image import SegmentationAlgorithm

from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHMS = ("slic", "quickshift", "felzenszwalb")
"""scikit-image's segmentations that lime wraps."""


def default_settings(algorithm: str, side: int) -> dict[str, Any]:
    """Settings that give 20–70 superpixels on a face whose longer side is `side` pixels.

    On 48×48 faces of FER2013 they give, least and most of 50 faces of PublicTest: slic 37–59,
    quickshift 25–55, felzenszwalb 25–54. (quickshift's own defaults give 5–15, lime's for it 1–4.)
    slic's are relative to the face already; the others' lengths grow with the side.
    """
    scale = side / 48
    return {
        # lime hides superpixels 0 … n−1, and slic numbers from 1 unless told otherwise.
        "slic": {"n_segments": 64, "compactness": 5.0, "sigma": 1.0, "start_label": 0},
        "quickshift": {
            "kernel_size": max(1.0, scale),  # the least it takes
            "max_dist": 10 * scale,
            "ratio": 0.5,
            "rng": 0,  # for breaking ties
        },
        "felzenszwalb": {
            "scale": 30 * scale,
            "sigma": 0.5,
            "min_size": max(1, round(15 * scale**2)),
        },
    }[algorithm]


def segment(
    face: np.ndarray, algorithm: str = "slic", settings: Mapping[str, Any] | None = None
) -> np.ndarray:
    """Cut a face into superpixels.

    Args:
        face: (H, W, 1|3), uint8 or float, 0–255.
        algorithm: one of `ALGORITHMS`.
        settings: scikit-image's parameters, over `default_settings`.

    Returns:
        (H, W) int64, numbered from 0 without gaps.

    Raises:
        ZooError: the algorithm or one of the settings is not known or not accepted.
    """
    if algorithm not in ALGORITHMS:
        raise unknown("segmentation", algorithm, ALGORITHMS)
    chosen = default_settings(algorithm, max(face.shape[:2])) | dict(settings or {})
    wrapped = SegmentationAlgorithm(algorithm, **chosen)
    known = inspect.signature(wrapped.target_fn).parameters  # lime drops what it does not know
    for name, value in chosen.items():
        if name not in known:
            raise unknown(f"setting of {algorithm}", name, known)
        if isinstance(value, int | float) and not 0 <= value < math.inf:
            raise ZooError(f"{algorithm}: {name} = {value}: expected 0 or more, and finite")
    try:
        segments = wrapped(_rgb_uint8(face))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ZooError(f"{algorithm} with {dict(settings or {})}: {error}") from error
    _, numbers = np.unique(segments, return_inverse=True)
    return numbers.reshape(segments.shape)


def _rgb_uint8(face: np.ndarray) -> np.ndarray:
    """The face as the algorithms want it: they take floats for 0–1 and shatter 0–255."""
    pixels = np.clip(np.rint(face), 0, 255).astype(np.uint8)
    return np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels
