"""What stands between the face and the pixels: things in front, light, blur and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from zoo.data.drawn.shapes import Shape, points, superellipse, where

if TYPE_CHECKING:
    from zoo.data.drawn.chance import Chance
    from zoo.data.drawn.person import Person, Pose

BLUR_RADIUS = 1
"""How many pixels of a 48-pixel side blurring carries a grey, at most."""


def occluders(chance: Chance) -> list[Shape]:
    """Opaque things before one face in four: something held up, a pole or strand across."""
    x, y = chance.between(-0.9, 0.9), chance.between(-0.9, 0.9)
    held = superellipse(
        0 * x, 0 * y, chance.between(0.12, 0.38), chance.between(0.12, 0.38), power=3.5
    )
    held = _turned(held, chance.between(0.0, np.pi), x, y)
    across = points(
        np.array([-3.0, 3.0, 3.0, -3.0]),
        chance.between(0.03, 0.10)[:, None] * np.array([-1, -1, 1, 1]),
    )
    across = _turned(
        across, chance.between(0.0, np.pi), chance.between(-0.8, 0.8), chance.between(-0.8, 0.8)
    )
    return [
        Shape(held, where(chance.happens(0.18), chance.between(15, 235))),
        Shape(across, where(chance.happens(0.09), chance.between(15, 235))),
    ]


def _turned(shape: np.ndarray, angle: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`shape`, (N, P, 2), turned by `angle` about the origin, then moved to `x`, `y`."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return points(
        shape[..., 0] * cos - shape[..., 1] * sin + x[:, None],
        shape[..., 0] * sin + shape[..., 1] * cos + y[:, None],
    )


def illumination(person: Person, pose: Pose, chance: Chance, size: int) -> np.ndarray:
    """(N, size, size) float32 factors: a lamp on the round head, its fall-off, a cast shadow."""
    axis = ((np.arange(size, dtype=np.float32) + 0.5) * (2.0 / size) - 1.0).astype(np.float32)
    x, y = axis[None, None, :], axis[None, :, None]

    def column(value: np.ndarray) -> np.ndarray:
        return value.astype(np.float32)[:, None, None]

    azimuth, height = chance.between(0.0, 2 * np.pi), chance.between(0.0, 0.8)
    lamp_x, lamp_y = np.sin(height) * np.cos(azimuth), np.sin(height) * np.sin(azimuth)
    across = (x - column(pose.shift_x)) / column(pose.scale * person.head_width * 1.1)
    down = (y - column(pose.shift_y)) / column(pose.scale * 1.1)
    squared = across**2 + down**2
    depth = np.sqrt((1.0 - squared).clip(0.0))
    round_head = across * column(lamp_x) + down * column(lamp_y) + depth * column(np.cos(height))
    falloff = 1.0 + 0.20 * (x * column(lamp_x) + y * column(lamp_y))
    inside = (4.0 * (1.0 - squared)).clip(0.0, 1.0)
    light = falloff * (1.0 + inside * (0.60 + 0.45 * round_head.clip(0.0) - 1.0))
    edge = chance.between(-0.6, 0.9)
    side = x * column(np.cos(4.1 * azimuth)) + y * column(np.sin(4.1 * azimuth)) - column(edge)
    shadow = where(chance.happens(0.25), chance.between(0.15, 0.45))
    return light * (1.0 - np.nan_to_num(column(shadow)) * (side * 6.0 + 0.5).clip(0.0, 1.0))


def expose(pictures: np.ndarray, chance: Chance) -> np.ndarray:
    """(N, size, size) uint8: contrast, blur and noise upon float32 pictures, 0–255.

    Every pixel depends on its neighbours within `BLUR_RADIUS` only.
    """
    size = pictures.shape[-1]
    contrast, brightness = chance.between(0.75, 1.10), chance.between(-18.0, 18.0)
    blur, noise = chance.between(0.2, 1.0) * size / 48, chance.between(1.0, 7.5)
    kernel = 2 * blur_radius(size) + 1
    exposed = np.empty_like(pictures)
    for picture, sigma, blurred in zip(pictures, blur, exposed, strict=True):
        cv2.GaussianBlur(picture, (kernel, kernel), float(sigma), dst=blurred)
    exposed -= 115.0
    exposed *= contrast.astype(np.float32)[:, None, None]
    exposed += (115.0 + brightness).astype(np.float32)[:, None, None]
    exposed += noise.astype(np.float32)[:, None, None] * chance.grain(size, size)
    return np.rint(exposed.clip(0.0, 255.0)).astype(np.uint8)


def blur_radius(size: int) -> int:
    """`BLUR_RADIUS` in pixels of pictures whose sides are `size`."""
    return max(1, round(BLUR_RADIUS * size / 48))
