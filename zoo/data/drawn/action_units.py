"""What a face does: facial action units, and which of them make an emotion.

Units and their numbers are those of the Facial Action Coding System (Ekman and Friesen 1978);
which units show which emotion follows EMFACS (Friesen and Ekman 1983).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.emotions import FER2013_CLASSES

if TYPE_CHECKING:
    from zoo.data.drawn.chance import Chance

REGIONS = ("brows", "eyes", "nose", "mouth")
"""The parts of the face that action units move; everything else is nuisance."""


@dataclass(frozen=True)
class ActionUnits:
    """How strongly each unit is active in each face: (N,) float64 each, 0 (at rest) to 1."""

    inner_brow_raiser: np.ndarray
    outer_brow_raiser: np.ndarray
    brow_lowerer: np.ndarray
    upper_lid_raiser: np.ndarray
    cheek_raiser: np.ndarray
    lid_tightener: np.ndarray
    nose_wrinkler: np.ndarray
    lip_corner_puller: np.ndarray
    lip_corner_depressor: np.ndarray
    lower_lip_depressor: np.ndarray
    lip_stretcher: np.ndarray
    lip_tightener: np.ndarray
    lips_part: np.ndarray
    jaw_drop: np.ndarray


NUMBERS = (1, 2, 4, 5, 6, 7, 9, 12, 15, 16, 20, 23, 25, 26)
"""The units' numbers in FACS, in the order of `ActionUnits`' fields."""

_MOVED = {
    "brows": (1, 2, 4, 9),
    "eyes": (5, 6, 7),
    "nose": (9,),
    "mouth": (9, 12, 15, 16, 20, 23, 25, 26),
}

PROTOTYPES = {
    "angry": (4, 5, 7, 23),
    "disgust": (9, 15, 16),
    "fear": (1, 2, 4, 5, 20, 26),
    "happy": (6, 12, 25),
    "sad": (1, 4, 15),
    "surprise": (1, 2, 5, 26),
    "neutral": (),
}
"""The units that show an emotion."""


def _carrying_regions() -> np.ndarray:
    """(7, 4) bool: the regions that the units of each class move, in the order of `REGIONS`.

    Neutral is shown by the absence of every unit, so all regions carry it.
    """
    return np.array(
        [
            [not units or bool(set(units) & set(_MOVED[region])) for region in REGIONS]
            for units in (PROTOTYPES[name] for name in FER2013_CLASSES)
        ]
    )


CARRYING = _carrying_regions()

_PROTOTYPE_TABLE = np.array(
    [[number in PROTOTYPES[name] for number in NUMBERS] for name in FER2013_CLASSES], np.float64
)


def express(labels: np.ndarray, chance: Chance) -> ActionUnits:
    """Action units of faces that show `labels`, each in its own strength.

    The units of the prototype follow the face's intensity, each with a share of its own; any
    unit may also be weakly active for another reason (speech, sunlight, habit), in every class
    alike. Weak fear looks like surprise, weak sadness like rest: classes overlap, as on people.

    Args:
        labels: (N,) int, positions in `FER2013_CLASSES`.
        chance: the faces' random numbers.
    """
    intensity = chance.between(0.4, 1.0)
    strengths = []
    for unit in range(len(NUMBERS)):
        shown = _PROTOTYPE_TABLE[labels, unit] * intensity * chance.between(0.5, 1.15)
        stray = np.where(chance.happens(0.15), chance.between(0.0, 0.4), 0.0)
        strengths.append(np.maximum(shown, stray).clip(0.0, 1.0))
    return ActionUnits(
        **{
            field.name: strength
            for field, strength in zip(fields(ActionUnits), strengths, strict=True)
        }
    )
