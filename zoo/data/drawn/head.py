"""The head without its expression: what stays as it is whatever the face shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.drawn.shapes import Shape, mirrored, points, superellipse, where

if TYPE_CHECKING:
    from zoo.data.drawn.chance import Chance
    from zoo.data.drawn.person import Person, Pose

_TOP = 1.02


def _outline(person: Person) -> np.ndarray:
    """(N, P, 2): the head's outline in the face frame; a dropping jaw leaves it as it is."""
    angle = np.linspace(0.0, 2 * np.pi, 40, endpoint=False)
    down = np.sin(angle)
    taper = 0.40 * (1.0 - person.jaw)[:, None] * down.clip(0.0) ** 1.5
    x = person.head_width[:, None] * np.cos(angle) * (1.0 - taper)
    return points(x, np.where(down > 0, person.chin[:, None], _TOP) * down)


def _hair(person: Person) -> np.ndarray:
    """(N, P, 2): from one temple along the hairline to the other, and back over the top."""
    t = np.linspace(-1.0, 1.0, 21)
    from_parting = np.abs(t - person.parting[:, None] * (1 - t**2))
    line = person.hairline[:, None] + 0.42 * from_parting**2.2 + 0.25 * t**8
    line = line + person.hair_wave[:, None] * np.sin(9.0 * t)
    hairline = points(1.02 * person.head_width[:, None] * t, line)
    angle = np.linspace(0.0, np.pi, 21)
    volume = person.hair_volume[:, None]
    top = points(
        volume * person.head_width[:, None] * np.cos(angle),
        -0.05 - (volume * _TOP - 0.07) * np.sin(angle) ** 0.9,
    )
    return np.concatenate([hairline, top], axis=1)


def behind(person: Person, pose: Pose, chance: Chance) -> list[Shape]:
    """What the head covers: two things in the background, long hair, shoulders and neck."""
    things = [
        Shape(
            superellipse(
                chance.between(-1, 1), chance.between(-1, 1),
                chance.between(0.1, 0.8), chance.between(0.1, 0.8), power=power,
            ),
            chance.between(20, 235),
        )
        for power in (2.0, 8.0)
    ]  # fmt: skip
    mane = superellipse(
        0 * person.skin, 0.15 + 0 * person.skin, person.head_width + 0.17, 1.25 + 0 * person.skin,
        power=2.6,
    )  # fmt: skip
    neck = superellipse(0 * person.skin, person.chin + 0.1, 0.6 * person.head_width, 0.4, power=6)
    shoulders = superellipse(0 * person.skin, person.chin + 0.65, 1.4, 0.55, power=4)
    return [
        *things,
        Shape(pose.place(mane), where(person.long_hair & ~person.bald, 0.85 * person.hair)),
        Shape(pose.place(shoulders), chance.between(20, 220)),
        Shape(pose.place(neck), 0.72 * person.skin),
    ]


def bare_head(person: Person, pose: Pose) -> list[Shape]:
    """Ears, head, beard and hair."""
    shapes = []
    for side in (-1, 1):
        ear = superellipse(person.head_width + 0.03, person.eye_y + 0.12, 0.09, 0.17)
        shapes.append(Shape(pose.place(mirrored(ear, side)), 0.85 * person.skin))
    outline = pose.place(_outline(person))
    shapes.append(Shape(outline, person.skin))
    beard = _outline(person)
    cheek = np.abs(beard[..., 0] / person.head_width[:, None]) ** 6
    beard[..., 1] = np.maximum(beard[..., 1], (person.mouth_y - 0.08)[:, None] - 0.5 * cheek)
    stubble = 0.55 * person.skin + 0.45 * np.minimum(person.hair, 0.7 * person.skin)
    shapes.append(Shape(pose.place(beard), where(person.beard, stubble)))
    shapes.append(Shape(outline, 0.62 * person.skin, stroke=0.02))
    shapes.append(Shape(pose.place(_hair(person)), where(~person.bald, person.hair)))
    return shapes


def glasses(person: Person, pose: Pose) -> list[Shape]:
    """Rims, bridge and temples of those who wear them; they hide little of the eyes."""
    grey = where(person.glasses, 35.0)
    shapes = []
    for side in (-1, 1):
        rim = superellipse(person.eye_x, person.eye_y + 0.02, 0.225, 0.165, power=3.2)
        rim = np.concatenate([rim, rim[:, :1]], axis=1)
        temple = points(
            np.stack([person.eye_x + 0.225, person.head_width], -1), person.eye_y[:, None]
        )
        shapes += [
            Shape(pose.place(mirrored(line, side)), grey, stroke=0.03) for line in (rim, temple)
        ]
    bridge = points(np.array([-0.08, 0.0, 0.08]), person.eye_y[:, None])
    return [*shapes, Shape(pose.place(bridge, protrusion=0.05), grey, stroke=0.03)]
