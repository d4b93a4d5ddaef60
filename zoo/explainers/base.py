"""What every explainer gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.arrays import write_arrays
from zoo.explainers.methods import METHODS
from zoo.files import refuse_existing, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class Explanation:
    """What an explainer says of one face. L classes are explained, out of K.

    Attributes:
        maps: (L, H, W) float32, positive where the pixel speaks for the class.
        targets: (L,) int64, the explained classes' positions in `classes`.
        method: the explainer's name.
        settings: everything that is needed to repeat it, as JSON.
        face: (H, W, 1|3), 0–255, as it was given.
        probabilities: (K,) float32, the predictor's own.
        classes: the K names.
        predictor: its name.
        signed: whether the maps are negative where a pixel speaks against the class; others are
            never below 0.
        common_remarks: what a reader of the maps must know, whichever the face; a line each.
        remarks: all of that, and what is of this face.
        draws: whether another seed gives other maps.
    """

    maps: np.ndarray
    targets: np.ndarray
    method: str
    settings: Mapping[str, Any]
    face: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]
    predictor: str
    signed: bool = True
    common_remarks: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    draws: bool = False

    @property
    def label(self) -> str:
        """The method as people write it."""
        return METHODS[self.method].label

    @property
    def top(self) -> int:
        """The row, in `maps` and `targets`, of the most probable explained class."""
        return int(np.argmax(self.probabilities[self.targets]))

    def ranked(self) -> list[tuple[str, float]]:
        """All classes with the predictor's probability, most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return [(self.classes[index], float(self.probabilities[index])) for index in order]

    def arrays(self) -> dict[str, np.ndarray]:
        """What `write_npz` saves, by name."""
        return {
            "maps": self.maps,
            "targets": self.targets,
            "method": np.array(self.method),
            "settings": np.array(json.dumps(dict(self.settings))),
            "face": self.face,
            "probabilities": self.probabilities,
            "classes": np.array(self.classes),
            "predictor": np.array(self.predictor),
            "remarks": np.array(self.remarks, np.str_),
        }

    def facts(self) -> dict[str, Any]:
        """What `write_json` saves: everything but the pixels."""
        return {
            "method": self.method,
            "settings": dict(self.settings),
            "predictor": self.predictor,
            "probabilities": dict(zip(self.classes, self.probabilities.tolist(), strict=True)),
            "explained": [self.explained(row) for row in range(len(self.targets))],
            "remarks": list(self.remarks),
        }

    def explained(self, row: int) -> dict[str, Any]:
        """What `facts` says of one explained class."""
        target = int(self.targets[row])
        return {"class": self.classes[target], "probability": float(self.probabilities[target])}

    def write_npz(self, path: Path, *, overwrite: bool = False) -> None:
        """Save all arrays, whole or not at all.

        Raises:
            ZooError: `path` exists and `overwrite` is false.
        """
        write_arrays(path, self.arrays(), overwrite=overwrite)

    def write_json(self, path: Path, *, overwrite: bool = False) -> None:
        """Save the facts, whole or not at all.

        Raises:
            ZooError: `path` exists and `overwrite` is false.
        """
        refuse_existing(path, overwrite=overwrite)
        write_json(path, self.facts())
