"""What every explainer gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.files import refuse_existing, replacing, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class Explanation:
    """Relevance maps, one per (face, target) pair.

    Attributes:
        maps: (N, H, W) float32, signed: positive where the pixel speaks for the target.
        targets: (N,) int64, the class each map explains.
        method: the explainer's name.
        settings: everything that is needed to repeat it, as JSON.
    """

    maps: np.ndarray
    targets: np.ndarray
    method: str
    settings: Mapping[str, Any]

    def arrays(self) -> dict[str, np.ndarray]:
        """What `write_npz` saves, by name."""
        return {
            "maps": self.maps,
            "targets": self.targets,
            "method": np.array(self.method),
            "settings": np.array(json.dumps(dict(self.settings))),
        }

    def facts(self) -> dict[str, Any]:
        """What `write_json` saves: everything but the pixels."""
        return {
            "method": self.method,
            "settings": dict(self.settings),
            "targets": self.targets.tolist(),
        }

    def write_npz(self, path: Path, *, overwrite: bool = False) -> None:
        """Save all arrays, whole or not at all; they are read without unpickling.

        Raises:
            ZooError: `path` exists and `overwrite` is false.
        """
        refuse_existing(path, overwrite=overwrite)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **self.arrays())

    def write_json(self, path: Path, *, overwrite: bool = False) -> None:
        """Save the facts, whole or not at all.

        Raises:
            ZooError: `path` exists and `overwrite` is false.
        """
        refuse_existing(path, overwrite=overwrite)
        write_json(path, self.facts())
