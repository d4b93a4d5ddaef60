"""What LIME gives for one face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.base import Explanation

if TYPE_CHECKING:
    from lime.lime_image import ImageExplanation


@dataclass(frozen=True, eq=False)
class LimeExplanation(Explanation):
    """LIME of one face: a linear model over its superpixels for each explained class.

    `maps` are `weights` painted on the superpixels. L classes are explained, out of K.

    Attributes:
        face: (H, W, 1|3), 0–255, as it was given.
        segments: (H, W) int64, the superpixels, numbered from 0.
        weights: (L, S) float64, the change of probability when a superpixel is shown.
        intercepts: (L,) float64.
        r2: (L,) float64, how much of the probability's variation each linear model explains.
        local_predictions: (L,) float64, the linear models' probability for the face itself.
        probabilities: (K,) float32, the predictor's own.
        classes: the K names.
        predictor: its name.
        samples: perturbed faces seen.
        shown: superpixels in a picture, at most.
        minimum_weight: and the least weight they have.
    """

    face: np.ndarray
    segments: np.ndarray
    weights: np.ndarray
    intercepts: np.ndarray
    r2: np.ndarray
    local_predictions: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]
    predictor: str
    samples: int
    shown: int
    minimum_weight: float

    @property
    def top(self) -> int:
        """The row, in `weights` and `targets`, of the most probable explained class."""
        return int(np.argmax(self.probabilities[self.targets]))

    def ranked(self) -> list[tuple[str, float]]:
        """All classes with the predictor's probability, most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return [(self.classes[index], float(self.probabilities[index])) for index in order]

    def supporting(self, row: int) -> np.ndarray:
        """The superpixels a picture shows as speaking for a class, strongest first.

        Args:
            row: the class's row in `weights` and `targets`.
        """
        return self._strongest(self.weights[row])

    def opposing(self, row: int) -> np.ndarray:
        """The superpixels a picture shows as speaking against a class, strongest first."""
        return self._strongest(-self.weights[row])

    def _strongest(self, weights: np.ndarray) -> np.ndarray:
        order = np.argsort(-weights, kind="stable")
        return order[weights[order] > self.minimum_weight][: self.shown]

    def as_lime(self) -> ImageExplanation:
        """The same as lime's own result, for code written for it; grey faces become RGB."""
        from lime.lime_image import ImageExplanation

        face = np.repeat(self.face, 3, axis=-1) if self.face.shape[-1] == 1 else self.face
        explanation = ImageExplanation(face, self.segments)
        order = np.argsort(-self.probabilities[self.targets], kind="stable")
        explanation.top_labels = [int(target) for target in self.targets[order]]
        for row, target in enumerate(self.targets.tolist()):
            explanation.intercept[target] = self.intercepts[row]
            explanation.local_exp[target] = self._pairs(row)
        return explanation

    def _pairs(self, row: int) -> list[tuple[int, float]]:
        """The superpixels of one linear model with their weights, strongest first."""
        weights = self.weights[row]
        order = np.argsort(-np.abs(weights), kind="stable")
        return [(int(number), float(weights[number])) for number in order if weights[number]]

    def arrays(self) -> dict[str, np.ndarray]:
        """What `write_npz` saves, by name."""
        names = ("face", "segments", "weights", "intercepts", "r2", "local_predictions")
        return {
            **super().arrays(),
            **{name: getattr(self, name) for name in names},
            "probabilities": self.probabilities,
            "classes": np.array(self.classes),
            "predictor": np.array(self.predictor),
        }

    def facts(self) -> dict[str, Any]:
        """What `write_json` saves: everything but the pixels."""
        probabilities = self.probabilities.tolist()
        explained = [
            {
                "class": self.classes[target],
                "probability": probabilities[target],
                "local_prediction": float(self.local_predictions[row]),
                "intercept": float(self.intercepts[row]),
                "r2": float(self.r2[row]),
                "weights": self._pairs(row),
            }
            for row, target in enumerate(self.targets.tolist())
        ]
        return {
            **super().facts(),
            "predictor": self.predictor,
            "probabilities": dict(zip(self.classes, probabilities, strict=True)),
            "superpixels": self.weights.shape[1],
            "explained": explained,
        }
