"""Who is in the picture and how the head is held: drawn independently of the emotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from zoo.data.drawn.chance import Chance


@dataclass(frozen=True)
class Person:
    """Looks of N people: (N,) each. Lengths in half picture sides, greys 0–255.

    The face frame has x to the right and y down, its origin between eyes and nose tip.
    """

    head_width: np.ndarray
    chin: np.ndarray
    jaw: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    hairline: np.ndarray
    hair_wave: np.ndarray
    hair_volume: np.ndarray
    parting: np.ndarray
    long_hair: np.ndarray
    bald: np.ndarray
    beard: np.ndarray
    glasses: np.ndarray
    eye_x: np.ndarray
    eye_y: np.ndarray
    eye_size: np.ndarray
    eyelids: np.ndarray
    iris: np.ndarray
    gaze_x: np.ndarray
    gaze_y: np.ndarray
    brow_height: np.ndarray
    brow_slant: np.ndarray
    brow_weight: np.ndarray
    nose_y: np.ndarray
    nose_width: np.ndarray
    mouth_y: np.ndarray
    mouth_width: np.ndarray
    mouth_curve: np.ndarray
    lip_weight: np.ndarray
    lopsided: np.ndarray


def meet(chance: Chance) -> Person:
    """People, one per face."""
    skin = chance.between(130, 225)
    long_hair = chance.happens(0.35)
    return Person(
        head_width=chance.around(0.70, 0.035),
        chin=chance.around(0.95, 0.025),
        jaw=chance.between(0.55, 0.95),
        skin=skin,
        hair=np.where(chance.happens(0.2), chance.between(150, 210), chance.between(15, 90)),
        hairline=chance.around(-0.68, 0.05),
        hair_wave=chance.between(-0.06, 0.06),
        hair_volume=chance.between(1.02, 1.20),
        parting=chance.between(-0.7, 0.7),
        long_hair=long_hair,
        bald=chance.happens(0.10),
        beard=chance.happens(0.2) & ~long_hair,
        glasses=chance.happens(0.12),
        eye_x=chance.around(0.31, 0.015),
        eye_y=chance.around(-0.10, 0.015),
        eye_size=chance.around(1.0, 0.08),
        eyelids=chance.around(0.95, 0.10),
        iris=chance.between(20, 90),
        gaze_x=chance.around(0.0, 0.03),
        gaze_y=chance.around(0.0, 0.01),
        brow_height=chance.around(0.22, 0.02),
        brow_slant=chance.around(0.0, 0.02),
        brow_weight=chance.around(0.066, 0.010),
        nose_y=chance.around(0.23, 0.02),
        nose_width=chance.around(0.13, 0.015),
        mouth_y=chance.around(0.52, 0.02),
        mouth_width=chance.around(0.265, 0.02),
        mouth_curve=chance.around(0.0, 0.015),
        lip_weight=chance.around(1.0, 0.18),
        lopsided=chance.around(0.0, 0.12),
    )


@dataclass(frozen=True)
class Pose:
    """How N heads are held: (N,) each, angles in radians, shifts in half picture sides."""

    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    scale: np.ndarray
    shift_x: np.ndarray
    shift_y: np.ndarray
    head_width: np.ndarray

    def place(self, points: np.ndarray, *, protrusion: float = 0.0) -> np.ndarray:
        """Points of the face frame in the picture's frame (−1 to 1, x right, y down).

        The head is half an ellipsoid: turning it moves what lies in its middle the most.

        Args:
            points: (N, P, 2).
            protrusion: how far the points stand out of the ellipsoid (a nose's tip).
        """
        x, y = points[..., 0], points[..., 1]
        across = x / self.head_width[:, None]
        depth = 0.75 * np.sqrt((1.0 - across**2 - (y / 1.05) ** 2).clip(0.0)) + protrusion
        x = x * np.cos(self.yaw)[:, None] + depth * np.sin(self.yaw)[:, None]
        y = y * np.cos(self.pitch)[:, None] + depth * np.sin(self.pitch)[:, None]
        cos = (self.scale * np.cos(self.roll))[:, None]
        sin = (self.scale * np.sin(self.roll))[:, None]
        return np.stack(
            [
                x * cos - y * sin + self.shift_x[:, None],
                x * sin + y * cos + self.shift_y[:, None],
            ],
            axis=-1,
        )


def hold(person: Person, chance: Chance) -> Pose:
    """Poses of heads that look at the camera, more or less."""
    return Pose(
        yaw=chance.around(0.0, 0.12),
        pitch=chance.around(0.0, 0.06),
        roll=chance.around(0.0, 0.08),
        scale=chance.around(0.97, 0.045),
        shift_x=chance.around(0.0, 0.035),
        shift_y=chance.around(0.02, 0.03),
        head_width=person.head_width,
    )
