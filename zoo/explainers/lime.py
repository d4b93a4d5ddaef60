"""LIME for faces: which superpixels speak for and against each class.

Ribeiro, Singh and Guestrin, "Why Should I Trust You?", KDD 2016. With the same masks and the
same superpixels the numbers are lime 0.2.0.1's; what differs is that faces may be grey, that they
are predicted in large batches, that superpixels are numbered from 0 (stock lime never hides the
last of slic's, which start at 1), and that each class keeps its own R².
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.explainers.black_box import one_face
from zoo.explainers.lime_settings import lime_settings
from zoo.explainers.sampling import sample_masks
from zoo.explainers.segmentation import segment
from zoo.explainers.superpixels import SuperpixelExplanation, ask_of_masks
from zoo.explainers.surrogate import fit
from zoo.explainers.targets import ALL, check_targets, targets_of_faces

if TYPE_CHECKING:
    import numpy as np

    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.predictor import Predictor


def lime(
    predictor: Predictor,
    face: np.ndarray,
    *,
    targets: Targets = ALL,
    preset: str = "default",
    progress: Progress | None = None,
    **settings: Any,
) -> SuperpixelExplanation:
    """Explain the predictor's probabilities for one face.

    Args:
        predictor: a classifier or an ensemble; only its `predict_proba` is called.
        face: (H, W, 1|3), uint8 or float, 0–255.
        targets: the classes to explain.
        preset: the settings to start from, one of `PRESETS`.
        progress: called with the perturbed faces seen so far and their total.
        settings: fields of `LimeSettings`, over the preset's.

    Raises:
        ZooError: a name is not known, a setting out of range, `face` not a face, or a predicted
            probability not finite.
    """
    chosen = lime_settings(preset, **settings)
    check_targets(predictor.classes, targets)
    face = one_face(face)
    segments = segment(face, chosen.segmentation, chosen.segmentation_settings)
    masks = sample_masks(chosen.samples, int(segments.max()) + 1, chosen.seed)
    probabilities = ask_of_masks(predictor, face, segments, masks, chosen, progress)
    (explained,) = targets_of_faces(predictor.classes, targets, probabilities[:1])
    fits = fit(masks, probabilities[:, explained], chosen.features, chosen.feature_selection)
    return SuperpixelExplanation.of(
        "lime", chosen, predictor, face, segments, fits, explained, probabilities[0], len(masks)
    )
