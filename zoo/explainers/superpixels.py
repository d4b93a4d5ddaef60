"""What the explainers that hide superpixels share: their settings, and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError, unknown
from zoo.explainers.base import Explanation
from zoo.explainers.black_box import ask
from zoo.explainers.convergence import ALIKE, LEADING
from zoo.explainers.sampling import check_hide, hidden_face, perturbed_faces
from zoo.explainers.segmentation import ALGORITHMS
from zoo.explainers.settings import check_counts, check_ranges, check_seed
from zoo.tables import rounded

if TYPE_CHECKING:
    from lime.lime_image import ImageExplanation

    from zoo.explainers.base import Progress
    from zoo.explainers.surrogate import LinearFits
    from zoo.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class SuperpixelSettings:
    """What a face is cut into, and how its parts are hidden.

    Attributes:
        segmentation: one of `ALGORITHMS`.
        segmentation_settings: scikit-image's parameters, over the defaults.
        hide: what is seen in place of a hidden superpixel, see `sampling.hidden_face`.
        minimum_weight: pictures leave out superpixels whose weight is not larger than this.
        shown: superpixels in a picture, at most.
        seed: decides the masks.
        batch_size: perturbed faces per call of the predictor.
    """

    segmentation: str = "slic"
    segmentation_settings: Mapping[str, Any] = field(default_factory=dict)
    hide: float | str = "mean"
    minimum_weight: float = 0.01
    shown: int = 5
    seed: int = 0
    batch_size: int = 1024

    def __post_init__(self) -> None:
        if self.segmentation not in ALGORITHMS:
            raise unknown("segmentation", self.segmentation, ALGORITHMS)
        check_hide(self.hide)
        check_ranges(self, {"minimum_weight": (0, 1)})
        if not isinstance(self.segmentation_settings, Mapping):
            raise ZooError(
                f"segmentation_settings = {self.segmentation_settings}: expected a table of "
                "scikit-image's parameters"
            )
        check_seed(self.seed)
        check_counts(self, {"shown": 1, "batch_size": 1})


def ask_of_masks(
    predictor: Predictor,
    face: np.ndarray,
    segments: np.ndarray,
    masks: np.ndarray,
    settings: SuperpixelSettings,
    progress: Progress | None,
) -> np.ndarray:
    """The predictor's probabilities, (N, K) float32, of a face behind (N, S) masks."""
    hidden = hidden_face(face, segments, settings.hide, settings.seed)

    def perturbed(batch: slice) -> np.ndarray:
        return perturbed_faces(face, hidden, segments, masks[batch])

    return ask(predictor, perturbed, len(masks), settings.batch_size, progress)


@dataclass(frozen=True, eq=False, kw_only=True)
class SuperpixelExplanation(Explanation):
    """A linear model over a face's S superpixels for each of L explained classes.

    `maps` are `weights` painted on the superpixels.

    Attributes:
        segments: (H, W) int64, the superpixels, numbered from 0.
        weights: (L, S) float64, the change of probability when a superpixel is shown.
        intercepts: (L,) float64.
        r2: (L,) float64, how much of the probability's variation each linear model explains.
        local_predictions: (L,) float64, the linear models' probability for the face itself.
        samples: perturbed faces seen.
        shown: superpixels in a picture, at most.
        minimum_weight: and the least weight they have.
        repeatability: (L,) float64, see `convergence.repeatability`; None where the method does
            not know it, and where all superpixels lead.
    """

    segments: np.ndarray
    weights: np.ndarray
    intercepts: np.ndarray
    r2: np.ndarray
    local_predictions: np.ndarray
    samples: int
    shown: int
    minimum_weight: float
    repeatability: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        method: str,
        settings: SuperpixelSettings,
        predictor: Predictor,
        face: np.ndarray,
        segments: np.ndarray,
        masks: np.ndarray,
        probabilities: np.ndarray,
        targets: np.ndarray,
        fits: LinearFits,
        repeatability: np.ndarray | None = None,
    ) -> SuperpixelExplanation:
        """From the fits of L classes to (N, S) masks and the (N, K) probabilities behind them."""
        explanation = cls(
            maps=np.moveaxis(fits.weights.T[segments], -1, 0).astype(np.float32),
            targets=targets,
            method=method,
            settings=asdict(settings),
            face=face,
            probabilities=probabilities[0],
            classes=tuple(predictor.classes),
            predictor=predictor.name,
            segments=segments,
            weights=fits.weights,
            intercepts=fits.intercepts,
            r2=fits.r2,
            local_predictions=fits.local_predictions,
            samples=len(masks),
            shown=settings.shown,
            minimum_weight=settings.minimum_weight,
            repeatability=repeatability,
            draws=True,
        )
        return replace(explanation, remarks=(explanation._told(probabilities),))

    def _told(self, probabilities: np.ndarray) -> str:
        """How far the map of the most probable explained class may be believed.

        Args:
            probabilities: (N, K), behind the masks.
        """
        row, superpixels = self.top, self.weights.shape[1]
        target, r2 = self.targets[row], self.r2[row]
        name, seen = self.classes[target], f"{self.samples:,} samples"
        if np.ptp(probabilities[:, target]) == 0:
            return f"{name}: its probability does not change, so there is nothing to explain"
        # Weights and an intercept, while a mask and its complement tell the weights one thing
        # between them; but nothing is wanting where all masks were seen.
        paired = self.settings.get("pairs", True)
        least = 2 * superpixels if paired else superpixels + 2
        if self.samples < least and self.samples < 2**superpixels:
            return f"{name}: {seen} of {superpixels} superpixels fit anything, R² too"
        line = f"{name}: R² {'–' if np.isnan(r2) else rounded(r2, 2)}, {seen}"
        if self.repeatability is None:
            return line
        return (
            f"{line}; as many others would agree on at least {ALIKE} of the {LEADING} leading "
            f"superpixels with probability {self.repeatability[row]:.2f}"
        )

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
        names = ["segments", "weights", "intercepts", "r2", "local_predictions"]
        names += ["repeatability"] if self.repeatability is not None else []
        return super().arrays() | {name: getattr(self, name) for name in names}

    def facts(self) -> dict[str, Any]:
        """What `write_json` saves: everything but the pixels."""
        return super().facts() | {
            "superpixels": self.weights.shape[1],
            "samples": self.samples,
        }

    def explained(self, row: int) -> dict[str, Any]:
        """What `facts` says of one explained class."""
        repeatable = (
            {} if self.repeatability is None
            else {"repeatability": _number(self.repeatability[row])}
        )  # fmt: skip
        return super().explained(row) | {
            "local_prediction": float(self.local_predictions[row]),
            "intercept": float(self.intercepts[row]),
            "r2": _number(self.r2[row]),
            **repeatable,
            "weights": self._pairs(row),
        }


def _number(value: np.floating) -> float | None:
    """As JSON has it."""
    return None if np.isnan(value) else float(value)
