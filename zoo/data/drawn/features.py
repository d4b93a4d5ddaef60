"""The expression: brows, eyes, nose and mouth as the action units move them.

Lengths are in half picture sides, in the face frame of `Person`. Every region's shapes are
painted through a stencil of that region, which depends on the person and the pose and never on
the expression; each shape is under the region that `action_units` says its units move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.drawn.shapes import Shape, mirrored, points, superellipse, through, where

if TYPE_CHECKING:
    from zoo.data.drawn.action_units import ActionUnits
    from zoo.data.drawn.person import Person, Pose

_ACROSS = np.linspace(-1.0, 1.0, 11)


@dataclass(frozen=True)
class _Face:
    """What every feature needs to know."""

    units: ActionUnits
    person: Person
    pose: Pose

    def wrinkle(self, line: np.ndarray, strength: np.ndarray, stroke: float = 0.03) -> Shape:
        """A crease in the skin, the darker the stronger, unseen below a tenth."""
        grey = where(strength > 0.1, self.person.skin * (1.0 - 0.5 * strength.clip(0.0, 1.0)))
        return Shape(self.pose.place(line), grey, stroke=stroke)


def regions(person: Person, pose: Pose) -> dict[str, list[np.ndarray]]:
    """The outlines of each of `REGIONS` in the picture's frame: lists of (N, P, 2)."""
    middle = 0 * person.eye_x
    brows = superellipse(middle, person.eye_y - 0.27, person.eye_x + 0.25, 0.20, power=5)
    eyes = superellipse(person.eye_x, person.eye_y + 0.02, 0.26, 0.20, power=3)
    nose = superellipse(middle, 0.5 * (person.eye_y + person.nose_y) - 0.01, 0.21, 0.25, power=3)
    mouth = superellipse(middle, person.mouth_y + 0.04, 0.42, 0.35, power=3)
    return {
        "brows": [pose.place(brows)],
        "eyes": [pose.place(mirrored(eyes, side)) for side in (-1, 1)],
        "nose": [pose.place(nose, protrusion=0.04)],
        "mouth": [pose.place(mouth)],
    }


def expression(units: ActionUnits, person: Person, pose: Pose) -> dict[str, list[Shape]]:
    """The shapes of each of `REGIONS`, in the order in which they cover each other."""
    face = _Face(units, person, pose)
    sides = (-1, 1)
    return {
        "brows": _forehead(face) + [_brow(face, side) for side in sides],
        "eyes": [shape for side in sides for shape in _eye(face, side)],
        "nose": _nose(face),
        "mouth": [_nasolabial_fold(face, side) for side in sides] + _mouth(face),
    }


def _forehead(face: _Face) -> list[Shape]:
    """Long creases over raised brows (1 + 2), short upright ones between lowered brows (4)."""
    units, person = face.units, face.person
    raised = 0.9 * np.minimum(units.inner_brow_raiser + 0.3, 1) * units.inner_brow_raiser
    outer = 0.9 * units.outer_brow_raiser
    height = person.eye_y - person.brow_height
    shapes = []
    for up, width in ((0.16, 0.28), (0.22, 0.22)):
        strength = 0.6 * np.maximum(raised, outer)
        bow = through(height - up + 0.02, height - up, height - up + 0.02)
        x = np.linspace(-width, width, bow.shape[-1])
        shapes.append(face.wrinkle(points(x, bow), strength, stroke=0.02))
    for side in (-1, 1):
        x = np.array([0.05, 0.06, 0.05]) * side
        y = (height + 0.05)[:, None] + np.array([-0.09, 0.0, 0.07])
        shapes.append(face.wrinkle(points(x, y), 0.9 * units.brow_lowerer))
    return shapes


def _brow(face: _Face, side: int) -> Shape:
    """A band, thick inside and thin outside."""
    units, person = face.units, face.person
    uneven = 1.0 + side * person.lopsided
    inner_up, outer_up = units.inner_brow_raiser * uneven, units.outer_brow_raiser * uneven
    lowered, wrinkled = units.brow_lowerer * uneven, units.nose_wrinkler
    base = person.eye_y - person.brow_height
    inner = base + 0.01 - 0.14 * inner_up + 0.14 * lowered * (1 - 0.8 * inner_up)
    inner = inner + 0.05 * wrinkled - person.brow_slant
    middle = base - 0.035 - 0.05 * inner_up - 0.07 * outer_up + 0.075 * lowered
    outer = base + 0.045 - 0.12 * outer_up + 0.02 * lowered + person.brow_slant
    y = through(inner, middle + 0.02 * wrinkled, outer)
    start = person.eye_x - 0.19 - 0.035 * lowered
    x = start[:, None] + np.linspace(0.0, 0.40, y.shape[-1])
    half = 0.5 * person.brow_weight[:, None] * np.linspace(1.15, 0.5, y.shape[-1])
    band = np.concatenate([points(x, y - half), points(x, y + half)[:, ::-1]], axis=1)
    grey = np.minimum(person.hair, 0.55 * person.skin)
    return Shape(face.pose.place(mirrored(band, side)), grey)


def _lids(face: _Face) -> tuple[np.ndarray, np.ndarray]:
    """(N, 1) heights of the upper lid over, and of the lower lid under, the eye's corners."""
    units, person = face.units, face.person
    upper = 1.0 + 0.65 * units.upper_lid_raiser - 0.30 * units.lid_tightener
    upper = upper - 0.20 * units.cheek_raiser
    lower = 1.0 + 0.15 * units.upper_lid_raiser - 0.55 * units.lid_tightener
    lower = lower - 0.75 * units.cheek_raiser
    size = person.eye_size * person.eyelids
    return (0.112 * size * upper.clip(0.15))[:, None], (0.066 * size * lower.clip(0.05))[:, None]


def _eye(face: _Face, side: int) -> list[Shape]:
    """White, iris, pupil and glint between the lids; creases of raised cheeks (6)."""
    units, person, place = face.units, face.person, face.pose.place
    half_width = (0.170 * person.eye_size)[:, None]
    x0, y0 = person.eye_x[:, None], person.eye_y[:, None]
    over, under = _lids(face)

    def between_lids(outline: np.ndarray) -> np.ndarray:
        bow = (1.0 - ((outline[..., 0] - x0) / half_width) ** 2).clip(0.0) ** 0.8
        return points(outline[..., 0], outline[..., 1].clip(y0 - over * bow, y0 + under * bow))

    x = x0 + half_width * _ACROSS
    upper = between_lids(points(x, y0 - 1.0))
    lower = between_lids(points(x, y0 + 1.0))
    gaze_x, gaze_y = person.eye_x + side * person.gaze_x, person.eye_y - 0.02 + person.gaze_y
    iris = between_lids(superellipse(gaze_x, gaze_y, 0.090 * person.eye_size, 0.098))
    pupil = between_lids(superellipse(gaze_x, gaze_y, 0.046, 0.050, count=12))
    glint = between_lids(superellipse(gaze_x + 0.03 * side, gaze_y - 0.035, 0.022, 0.022, count=8))
    bag = points(
        x0 + 0.15 * _ACROSS,
        y0 + 0.13 + 0.035 * (1 - _ACROSS**2) - 0.03 * units.cheek_raiser[:, None],
    )
    white = 0.35 * person.skin + 165.0
    dark = 0.25 * person.skin
    shapes = [
        Shape(place(mirrored(np.concatenate([upper, lower[:, ::-1]], 1), side)), white),
        Shape(place(mirrored(iris, side)), person.iris),
        Shape(place(mirrored(pupil, side)), 0.3 * person.iris),
        Shape(place(mirrored(glint, side)), white),
        Shape(place(mirrored(lower, side)), 0.7 * person.skin, stroke=0.02),
        Shape(place(mirrored(upper, side)), dark, stroke=0.04),
        face.wrinkle(mirrored(bag, side), 0.8 * units.cheek_raiser + 0.3 * units.lid_tightener),
    ]
    for slope in (-0.05, 0.05):
        start = person.eye_x + 0.17
        foot = points(
            np.stack([start, start + 0.07], -1), y0 + 0.01 + np.array([slope * 0.4, slope * 1.4])
        )
        shapes.append(face.wrinkle(mirrored(foot, side), 0.8 * units.cheek_raiser, stroke=0.02))
    return shapes


def _nose(face: _Face) -> list[Shape]:
    """Bridge, wings and nostrils; wrinkled (9) it rises, widens and folds at its root."""
    units, person = face.units, face.person
    wrinkled = units.nose_wrinkler
    tip = person.nose_y - 0.055 * wrinkled
    width = (person.nose_width * (1 + 0.25 * wrinkled))[:, None]
    skin, place = person.skin, face.pose.place
    bridge = points(
        through(0.05, 0.035, 0.075, 6), through(person.eye_y + 0.06, 0.5 * tip, tip - 0.06, 6)
    )
    base = points(
        width * np.array([-0.9, -1.0, -0.6, 0.0, 0.6, 1.0, 0.9]),
        tip[:, None] + np.array([-0.07, -0.02, 0.02, 0.035, 0.02, -0.02, -0.07]),
    )
    shapes = [
        Shape(place(bridge, protrusion=0.08), 0.8 * skin, stroke=0.035),
        Shape(place(base, protrusion=0.08), 0.62 * skin, stroke=0.03),
    ]
    for side in (-1, 1):
        nostril = superellipse(0.5 * width[:, 0], tip - 0.003, 0.03, 0.018, count=10)
        shapes.append(Shape(place(mirrored(nostril, side), protrusion=0.08), 0.35 * skin))
        wing = points(
            side * (width + 0.04 * np.array([0.3, 0.6, -0.4])),
            tip[:, None] - np.array([0.0, 0.09, 0.17]),
        )
        shapes.append(face.wrinkle(wing, wrinkled))
    for down in (0.02, 0.085):
        y = (person.eye_y + down)[:, None] + 0.03 * np.abs(_ACROSS[::2])
        shapes.append(face.wrinkle(points(0.09 * _ACROSS[::2], y), 1.1 * wrinkled))
    return shapes


def _nasolabial_fold(face: _Face, side: int) -> Shape:
    """From the nose's wing around the corner of the mouth (9, 12)."""
    units, person = face.units, face.person
    pulled = units.lip_corner_puller
    top = person.nose_width + 0.06
    x = through(top, top + 0.09 + 0.07 * pulled, person.mouth_width + 0.10 + 0.06 * pulled)
    y = through(person.nose_y - 0.01, person.nose_y + 0.08, person.mouth_y - 0.03)
    strength = np.maximum(0.75 * pulled, 0.75 * units.nose_wrinkler)
    return face.wrinkle(mirrored(points(x, y), side), strength)


def _mouth(face: _Face) -> list[Shape]:
    """Lips around the opening, teeth in it, the furrow over the chin under it."""
    units, person, place = face.units, face.person, face.pose.place
    pulled, stretched, dropped = units.lip_corner_puller, units.lip_stretcher, units.jaw_drop
    width = 1 + 0.28 * pulled + 0.30 * stretched - 0.18 * units.lip_tightener - 0.30 * dropped
    x = (person.mouth_width * (width + 0.15 * dropped * stretched))[:, None] * _ACROSS
    # The corners move; half of the move bends the line between them.
    raised = person.mouth_curve + 0.12 * pulled - 0.10 * units.lip_corner_depressor
    corner = (person.mouth_y - 0.75 * raised + 0.06 * dropped + 0.05 * stretched)[:, None]
    corner = corner + 0.25 * (person.lopsided * raised)[:, None] * _ACROSS
    rest = person.mouth_y + 0.55 * raised
    rise = 0.03 * dropped + 0.05 * units.nose_wrinkler + 0.02 * pulled
    opening = 0.28 * dropped + (0.09 + 0.09 * pulled) * units.lips_part
    opening = opening + 0.04 * units.lower_lip_depressor
    # A round mouth drops from its corners, a stretched one is nearly a slot.
    bow = 1 - np.abs(_ACROSS) ** (2 + 1.5 * dropped + 3 * dropped * stretched)[:, None]
    upper = corner + ((rest - rise)[:, None] - corner) * bow
    lower = corner + ((rest - rise + opening + rise * dropped)[:, None] - corner) * bow
    weight = person.lip_weight * (1 - 0.65 * units.lip_tightener) * (1 - 0.25 * pulled)
    cupid = (0.048 * weight)[:, None] * bow * (1 - 0.25 * np.exp(-((_ACROSS / 0.12) ** 2)))
    pout = 0.060 * weight + 0.02 * units.lower_lip_depressor
    lips = np.concatenate(
        [points(x, upper - cupid), points(x, lower + pout[:, None] * bow)[:, ::-1]], axis=1
    )
    gap = np.concatenate([points(x, upper), points(x, lower)[:, ::-1]], axis=1)
    bite = np.minimum(lower, upper + 0.075 * bow)
    teeth = np.concatenate([points(x, upper), points(x, bite)[:, ::-1]], axis=1)[:, 1:-1]
    skin = person.skin
    under = (rest + opening + pout + 0.075)[:, None] + 0.025 * _ACROSS[2:-2] ** 2
    strength = 0.35 + 0.4 * np.maximum(units.lip_corner_depressor, units.lip_tightener)
    return [
        face.wrinkle(points(0.16 * _ACROSS[2:-2], under), strength),
        Shape(place(lips), 0.68 * skin),
        Shape(place(gap), 0.16 * skin),
        Shape(place(teeth), where(opening > 0.03, 0.3 * skin + 165)),
        Shape(place(points(x, upper)), 0.25 * skin, stroke=0.025),
    ]
