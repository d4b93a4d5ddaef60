"""Deletion and insertion: what the probability does as a map's pixels go, or come.

Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
BMVC 2018 (arXiv 1806.07421). As there, deleted pixels become a constant and inserted ones appear
in a blurred face, so that neither brings edges of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.explainers.black_box import ask
from zoo.explainers.sampling import hidden_face

if TYPE_CHECKING:
    from zoo.predictor import Predictor

BATCH = 1024


@dataclass(frozen=True, eq=False)
class Curves:
    """A class's probability as pixels are changed, the most relevant first.

    Attributes:
        shares: (P,) float64, of all pixels that are changed, from 0 to 1.
        deletion: (P,) float32, the probability when they are the face's mean grey.
        insertion: (P,) float32, the probability when they alone are sharp.
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def deletion_auc(self) -> float:
        """Area under the curve, 0–1: small where the map finds what the probability needs."""
        return float(np.trapezoid(self.deletion, self.shares))

    @property
    def insertion_auc(self) -> float:
        """Area under the curve, 0–1: large where what the map finds suffices."""
        return float(np.trapezoid(self.insertion, self.shares))


def curves(
    predictor: Predictor,
    face: np.ndarray,
    relevance: np.ndarray,
    target: int,
    *,
    steps: int = 24,
    seed: int = 0,
) -> Curves:
    """Change more and more of a face by its map, and ask.

    Args:
        predictor: only its `predict_proba` is called, for 2 (`steps` + 1) faces.
        face: (H, W, 1|3), 0–255.
        relevance: (H, W), the map.
        target: the class's position.
        steps: between nothing and everything changed.
        seed: decides the order of pixels of the same relevance.
    """
    order = np.lexsort((np.random.default_rng(seed).random(relevance.size), -relevance.ravel()))
    rank = np.empty(relevance.size, np.int64)
    rank[order] = np.arange(relevance.size)
    shares = np.arange(steps + 1) / steps
    changed = rank.reshape(relevance.shape) < (shares * relevance.size)[:, np.newaxis, np.newaxis]
    whole = np.zeros(face.shape[:2], np.int64)
    gone, blurred = (hidden_face(face, whole, hide) for hide in ("mean", "blur"))

    def faces(batch: slice) -> np.ndarray:
        """All deletions, then all insertions."""
        return np.stack(
            [
                np.where(changed[number][..., np.newaxis], gone, face)
                if number <= steps
                else np.where(changed[number - steps - 1][..., np.newaxis], face, blurred)
                for number in range(batch.start, batch.stop)
            ]
        )

    probabilities = ask(predictor, faces, 2 * (steps + 1), BATCH, None)[:, target]
    deletion, insertion = np.split(probabilities, 2)
    return Curves(shares, deletion, insertion)
