"""Sixteen drawn faces whose probabilities must come out again wherever weights are used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.data.emotions import FER2013_CLASSES
from zoo.errors import ZooError
from zoo.files import DAMAGED, open_npz, replacing
from zoo.predictions import Predictions

PROBE = Path(__file__).parent / "probe.npz"
"""What `make_probe` drew, kept because other versions of OpenCV may round a pixel otherwise."""

SPLIT = "probe"
"""The split of a run's predictions on these faces."""

_FACES, _SEED = 16, 16


@dataclass(frozen=True)
class Probe:
    """Drawn faces, each of the seven emotions twice or three times.

    Attributes:
        faces: (16, 48, 48, 1) uint8, 0–255.
        labels: (16,) int64, positions in `FER2013_CLASSES`.
    """

    faces: np.ndarray
    labels: np.ndarray

    @property
    def fingerprint(self) -> str:
        """Hex sha256 over faces and labels."""
        digest = hashlib.sha256(json.dumps([FER2013_CLASSES, self.faces.shape]).encode())
        digest.update(self.faces.tobytes())
        digest.update(self.labels.astype("<i8").tobytes())
        return digest.hexdigest()

    def predictions(self, probabilities: np.ndarray, classes: tuple[str, ...]) -> Predictions:
        """What a model gives on these faces, as a run keeps it.

        Args:
            probabilities: (16, K).
            classes: the names of the K columns. Where they are not the seven emotions, the labels
                mean nothing and are all 0.
        """
        known = classes == FER2013_CLASSES
        return Predictions(
            split=SPLIT,
            classes=classes,
            fingerprint=self.fingerprint,
            ids=np.array([f"{SPLIT}:{index}" for index in range(len(self.labels))]),
            labels=self.labels if known else np.zeros_like(self.labels),
            probabilities=np.asarray(probabilities, np.float32),
        )


def make_probe(path: Path) -> Probe:
    """Draw the faces and write them; this is how `PROBE` was made."""
    from zoo.data.drawn import draw_faces

    drawn = draw_faces(_FACES, seed=_SEED)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, faces=drawn.faces, labels=drawn.labels)
    return Probe(drawn.faces, drawn.labels)


def read_probe() -> Probe:
    """The faces that come with the package.

    Raises:
        ZooError: their file is missing or damaged.
    """
    try:
        with open_npz(PROBE) as file:
            return Probe(file["faces"], file["labels"])
    except DAMAGED as error:
        raise ZooError(f"{PROBE}: missing or damaged ({error}): install the zoo anew") from None
