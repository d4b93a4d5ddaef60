"""The corrections side by side, on drawn faces under four lights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from zoo.data.drawn import draw_faces
from zoo.figures.illumination import illumination_figure
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.preprocessing.illumination.layer import IlluminationCorrection

if TYPE_CHECKING:
    from pathlib import Path

LIGHTS = {
    "even": (1.0, 0.0, 0.0),
    "from the left": (0.65, -1.1, 0.0),
    "from above": (0.65, 0.0, -1.1),
    "dim": (0.2, 0.0, 0.0),
}
"""What a pixel is multiplied by: at the centre, and how much more at the right and lower edge than
at the left and upper one."""

_SEED = 3
_CHOSEN = (37, 49)
"""Two drawn faces, one surprised and one happy, in fairly even light themselves."""


def draw_picture(path: Path, *, overwrite: bool = False) -> None:
    """Draw every method's answer to every light.

    Args:
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    faces = draw_faces(max(_CHOSEN) + 1, _SEED).faces[list(_CHOSEN)]
    lit = np.stack([under_light(faces, *light) for light in LIGHTS.values()])
    corrected = np.stack([_corrected(lit, method) for method in ILLUMINATION_METHODS], axis=1)
    illumination_figure(
        corrected,
        lights=list(LIGHTS),
        methods=ILLUMINATION_METHODS,
        source="drawn faces",
        path=path,
        overwrite=overwrite,
    )


def under_light(faces: np.ndarray, centre: float, across: float, down: float) -> np.ndarray:
    """Faces (N, H, W, 1) uint8 in another light: multiplied pixel by pixel, rounded, cut at 255.

    Args:
        faces: in even light.
        centre: the factor at the faces' centre.
        across: how much larger it is at the right edge than at the left one.
        down: how much larger it is at the lower edge than at the upper one.
    """
    height, width = faces.shape[1:3]
    rows = np.linspace(-0.5, 0.5, height)[:, np.newaxis, np.newaxis]
    columns = np.linspace(-0.5, 0.5, width)[:, np.newaxis]
    factor = centre + down * rows + across * columns
    return np.clip(np.rint(faces * factor), 0, 255).astype(np.uint8)


def _corrected(lit: np.ndarray, method: str) -> np.ndarray:
    """(lights, N, H, W, 1) uint8 → (lights, N, H, W) float32."""
    if method == "none":
        return lit[..., 0].astype(np.float32)
    batch = lit.reshape(-1, *lit.shape[2:]).astype(np.float32)
    answer = IlluminationCorrection(method)(batch)
    return keras.ops.convert_to_numpy(answer).reshape(lit.shape[:-1])
