"""Faces in pictures: as they are, in grey, or faded to show something over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.preprocessing import LUMA

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def rgb(face: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of a face of any kind."""
    pixels = np.clip(np.rint(face), 0, 255).astype(np.uint8)
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3))


def grey(face: np.ndarray) -> np.ndarray:
    """The face without its colours, (H, W, 3) uint8."""
    return rgb((rgb(face) @ np.array(LUMA))[..., np.newaxis])


def faded(face: np.ndarray, strength: float) -> np.ndarray:
    """The grey face, all but `strength` of it gone to white."""
    return (255 - (255 - grey(face)) * strength).astype(np.uint8)


def show_face(axis: Axes, image: np.ndarray, title: str) -> None:
    """Show (H, W, 3) pixels, edge by edge and without numbers, under a title."""
    axis.imshow(image, interpolation="nearest")
    axis.set_title(title, fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(True)
    axis.spines[:].set(color="#999999", linewidth=0.5)
