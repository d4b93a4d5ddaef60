"""What may go wrong with a photo of a face, in five strengths each.

After the corruptions of Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to
Common Corruptions and Perturbations" (arXiv 1903.12261), with strengths of our own, which faces of
48×48 pixels survive. They are given in units of the face, so that they mean the same at any size:
grey levels, or per cent of the face's shorter side. What is drawn depends on the seed and on the
face's row, never on the strength: five strengths of one face differ in nothing else. There is no
Keras here.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GREY = 128
"""What covers the occluded square."""


@dataclass(frozen=True)
class Perturbation:
    """One way in which faces are spoiled.

    Attributes:
        name: what it is called.
        unit: of its strengths, for tables and pictures.
        strengths: five, the weakest first.
        apply: takes a face, (H, W, C) uint8, a strength, and a generator to draw with; gives
            another (H, W, C) uint8.
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def perturbed(
    faces: np.ndarray, name: str, severity: int, *, rows: Sequence[int] | np.ndarray, seed: int = 0
) -> np.ndarray:
    """Faces, each spoiled by a draw of its own.

    Args:
        faces: (N, H, W, 1|3) uint8, 0–255.
        name: one of `PERTURBATIONS`.
        severity: 1–5; 0 leaves the faces as they are.
        rows: (N,) where each face stands in its split; decides with `seed` what is drawn for it.
        seed: 0 or more.

    Returns:
        (N, H, W, C) uint8; `faces` themselves at severity 0.

    Raises:
        ZooError: there is no such perturbation or severity, or faces are not uint8.
    """
    if name not in PERTURBATIONS:
        raise unknown("perturbation", name, PERTURBATIONS)
    perturbation = PERTURBATIONS[name]
    if not 0 <= severity <= len(perturbation.strengths):
        raise ZooError(f"{name}: severity {severity}, expected 0 to {len(perturbation.strengths)}")
    if faces.dtype != np.uint8:
        raise ZooError(f"{name}: faces of type {faces.dtype}, expected uint8, 0–255")
    if severity == 0:
        return faces
    strength, place = perturbation.strengths[severity - 1], list(PERTURBATIONS).index(name)
    spoiled = np.empty_like(faces)
    for target, face, row in zip(spoiled, faces, rows, strict=True):
        target[:] = perturbation.apply(face, strength, np.random.default_rng([seed, place, row]))
    return spoiled


def noise(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """Normal noise added to every value, its standard deviation in grey levels."""
    return _as_grey_levels(face + strength * draw.standard_normal(face.shape))


def blur(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """A Gaussian blur, its standard deviation in per cent of the face's shorter side."""
    sigma = strength / 100 * min(face.shape[:2])
    smooth = cv2.GaussianBlur(face.astype(np.float64), (0, 0), sigma)
    return _as_grey_levels(smooth.reshape(face.shape))


def occlusion(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """A grey square somewhere inside the face, its side in per cent of the face's shorter."""
    height, width = face.shape[:2]
    side = max(1, round(strength / 100 * min(height, width)))
    top, left = (int(share * (room + 1)) for share, room in
                 zip(draw.random(2), (height - side, width - side), strict=True))  # fmt: skip
    covered = face.copy()
    covered[top : top + side, left : left + side] = GREY
    return covered


def brightness(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """Grey levels added to one half of the faces and taken from the other, then cut to 0–255."""
    sign = draw.choice((-1, 1))
    return _as_grey_levels(face + sign * strength)


def jpeg(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """Compressed as JPEG of a quality, 1–95, and read again."""
    grey = face.shape[-1] == 1
    file = io.BytesIO()
    Image.fromarray(face[..., 0] if grey else face).save(file, "JPEG", quality=round(strength))
    return np.asarray(Image.open(file), np.uint8).reshape(face.shape)


def shift(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """Moved in any direction by per cent of the face's shorter side, in whole pixels."""
    angle, distance = draw.uniform(0, 2 * math.pi), strength / 100 * min(face.shape[:2])
    return moved(face, round(distance * math.sin(angle)), round(distance * math.cos(angle)))


def rotation(face: np.ndarray, strength: float, draw: np.random.Generator) -> np.ndarray:
    """Turned by degrees, one half of the faces to the left and the other to the right."""
    return rotated(face, float(draw.choice((-1, 1))) * strength)


def moved(face: np.ndarray, down: int, right: int) -> np.ndarray:
    """A face moved by whole pixels; what comes in repeats its border."""
    height, width = face.shape[:2]
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return face[rows[:, None], columns]


def rotated(face: np.ndarray, degrees: float) -> np.ndarray:
    """A face turned to the left around its middle, linearly interpolated.

    What comes in repeats its border.
    """
    height, width = face.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    turned = cv2.warpAffine(
        face, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return turned.reshape(face.shape)


def _as_grey_levels(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


PERTURBATIONS = {
    one.name: one
    for one in (
        Perturbation("noise", "σ, grey levels", (8, 16, 24, 32, 48), noise),
        Perturbation("blur", "σ, % of the side", (1, 2, 3, 4.5, 6), blur),
        Perturbation("occlusion", "side, % of the side", (20, 30, 40, 50, 60), occlusion),
        Perturbation("brightness", "± grey levels", (20, 40, 60, 80, 100), brightness),
        Perturbation("JPEG", "quality", (50, 30, 20, 12, 6), jpeg),
        Perturbation("shift", "% of the side", (4, 8, 12, 16, 20), shift),
        Perturbation("rotation", "± degrees", (6, 12, 18, 24, 30), rotation),
    )
}
"""By name, in the order of tables and pictures."""
