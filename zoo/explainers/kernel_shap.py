"""Shapley values of superpixels, estimated by the kernel method.

Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017 (arXiv
1705.07874); solved as in Covert and Lee, "Improving KernelSHAP", AISTATS 2021 (arXiv 2012.01536).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.black_box import one_face
from zoo.explainers.sampling import shapley_masks
from zoo.explainers.segmentation import segment
from zoo.explainers.settings import check_counts, settings_of
from zoo.explainers.superpixels import SuperpixelExplanation, SuperpixelSettings, ask_of_masks
from zoo.explainers.surrogate import LinearFits, r_squared
from zoo.explainers.targets import ALL, check_targets, targets_of_faces

if TYPE_CHECKING:
    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class KernelShapSettings(SuperpixelSettings):
    """How a face is explained.

    Attributes:
        samples: perturbed faces, those of everything and nothing shown included.
    """

    samples: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(self, {"samples": 2})


def kernel_shap_settings(**given: Any) -> KernelShapSettings:
    """The settings of KernelSHAP, some of them given.

    Raises:
        ZooError: one is not known, or out of range.
    """
    return settings_of(KernelShapSettings, "KernelSHAP", given)


def kernel_shap(
    predictor: Predictor,
    face: np.ndarray,
    *,
    targets: Targets = ALL,
    progress: Progress | None = None,
    **settings: Any,
) -> SuperpixelExplanation:
    """How much of the probability each superpixel brings, shared out fairly.

    The weights of a class sum to its probability for the face less that for the face with
    everything hidden.

    Args:
        predictor: a classifier or an ensemble; only its `predict_proba` is called.
        face: (H, W, 1|3), uint8 or float, 0–255.
        targets: the classes to explain.
        progress: called with the perturbed faces seen so far and their total.
        settings: fields of `KernelShapSettings`.

    Raises:
        ZooError: a name is not known, a setting out of range, `face` not a face, or what is
            predicted no probabilities.
    """
    chosen = kernel_shap_settings(**settings)
    check_targets(predictor.classes, targets, 1)
    face = one_face(face)
    segments = segment(face, chosen.segmentation, chosen.segmentation_settings)
    masks, weights = shapley_masks(chosen.samples, int(segments.max()) + 1, chosen.seed)
    probabilities = ask_of_masks(predictor, face, segments, masks, chosen, progress)
    (explained,) = targets_of_faces(predictor.classes, targets, probabilities[:1])
    fits = fit_shapley(masks, weights, probabilities[:, explained])
    return SuperpixelExplanation.of(
        "kernel_shap", chosen, predictor, face, segments, masks, probabilities, explained, fits
    )


def fit_shapley(masks: np.ndarray, weights: np.ndarray, probabilities: np.ndarray) -> LinearFits:
    """The weighted least squares whose solution are Shapley values, their sum kept exact.

    Args:
        masks: (N, S) bool, the first row all true, the second all false.
        weights: (N,), how much each counts.
        probabilities: (N, L) float, of the L classes that are explained.
    """
    shown = masks.astype(np.float64)
    risen = np.asarray(probabilities, np.float64) - probabilities[1]
    gram = (shown * weights[:, np.newaxis]).T @ shown
    products = (shown * weights[:, np.newaxis]).T @ risen
    # Too few masks leave superpixels that were never told apart: these share alike.
    tiny = len(gram) * np.finfo(gram.dtype).eps
    inverse = np.linalg.pinv(gram, rtol=tiny, hermitian=True)
    ones = np.ones(len(gram))
    free = inverse @ products
    spread = inverse @ ones if weights.any() else ones
    values = free + np.outer(spread, (risen[0] - free.sum(axis=0)) / spread.sum())
    intercepts = np.asarray(probabilities[1], np.float64)
    fitted = intercepts + shown @ values
    return LinearFits(
        weights=values.T,
        intercepts=intercepts,
        r2=r_squared(np.asarray(probabilities, np.float64), fitted, weights),
        local_predictions=fitted[0],
    )
