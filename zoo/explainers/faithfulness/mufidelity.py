"""MuFidelity: whether what a map adds up to is what the probability loses.

Bhatt, Weller and Moura, "Evaluating and Aggregating Feature-based Model Explanations", IJCAI 2020
(arXiv 2005.00631), equation 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.explainers.black_box import ask
from zoo.explainers.faithfulness.parts import patches, summed
from zoo.explainers.faithfulness.perturbation import BATCH
from zoo.explainers.sampling import hidden_face, perturbed_faces

if TYPE_CHECKING:
    from zoo.predictor import Predictor

HIDDEN = 0.2
"""The share of patches that each subset hides, as in the paper's experiments on images."""


def mufidelity(
    predictor: Predictor,
    face: np.ndarray,
    relevance: np.ndarray,
    target: int,
    *,
    subsets: int = 128,
    seed: int = 0,
) -> float | None:
    """Pearson's correlation over random subsets of patches, one fifth of all at a time.

    Of the map's sum in the subset, and of the probability's loss when the subset is the face's
    mean grey.

    Args:
        predictor: only its `predict_proba` is called, for `subsets` + 1 faces.
        face: (H, W, 1|3), 0–255.
        relevance: (H, W), the map.
        target: the class's position.
        subsets: how many, at least 2.
        seed: of the draw; maps are compared on the same subsets.

    Returns:
        −1 to 1, higher is better; None where map or losses are constant.
    """
    numbers = patches(face.shape)
    scores = summed(relevance, numbers)
    hidden_at_once = max(1, round(HIDDEN * len(scores)))
    ranks = np.random.default_rng(seed).random((subsets, len(scores))).argsort(axis=1)
    shown = np.concatenate([np.ones((1, len(scores)), bool), ranks >= hidden_at_once])
    gone = hidden_face(face, np.zeros(face.shape[:2], np.int64), "mean")

    def faces(batch: slice) -> np.ndarray:
        return perturbed_faces(face, gone, numbers, shown[batch])

    probabilities = ask(predictor, faces, len(shown), BATCH, None)[:, target]
    losses = probabilities[0].astype(np.float64) - probabilities[1:]
    sums = ~shown[1:] @ scores
    if np.ptp(losses) == 0 or np.ptp(sums) == 0:
        return None
    return float(np.corrcoef(sums, losses)[0, 1])
