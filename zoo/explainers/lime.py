"""LIME for faces: which superpixels speak for and against each class.

Ribeiro, Singh and Guestrin, "Why Should I Trust You?", KDD 2016. With the same masks and the
same superpixels the numbers are lime 0.2.0.1's; what differs is that faces may be grey, that they
are predicted in large batches, that superpixels are numbered from 0 (stock lime never hides the
last of slic's, which start at 1), and that each class keeps its own R².
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError, unknown
from zoo.explainers.lime_explanation import LimeExplanation
from zoo.explainers.lime_settings import lime_settings
from zoo.explainers.sampling import hidden_face, perturbed_faces, sample_masks
from zoo.explainers.segmentation import segment
from zoo.explainers.surrogate import fit
from zoo.predictor import checked_faces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.explainers.lime_settings import LimeSettings
    from zoo.predictor import Predictor

BATCH_BYTES = 64 * 2**20
"""Most bytes of perturbed faces held at once, however large a face is."""


def lime(
    predictor: Predictor,
    face: np.ndarray,
    *,
    labels: Sequence[int | str] | None = None,
    preset: str = "default",
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> LimeExplanation:
    """Explain the predictor's probabilities for one face.

    Args:
        predictor: a classifier or an ensemble; only its `predict_proba` is called.
        face: (H, W, 1|3), uint8 or float, 0–255.
        labels: the classes to explain, by name or position; all of them if not given.
        preset: the settings to start from, one of `PRESETS`.
        progress: called with the perturbed faces seen so far and their total.
        settings: fields of `LimeSettings`, over the preset's.

    Raises:
        ZooError: a name is not known, a setting out of range, `face` not a face, or a predicted
            probability not finite.
    """
    chosen = lime_settings(preset, **settings)
    face = checked_faces(np.asarray(face)[np.newaxis])[0]
    targets = _targets(predictor.classes, labels)
    segments = segment(face, chosen.segmentation, chosen.segmentation_settings)
    masks = sample_masks(chosen.samples, int(segments.max()) + 1, chosen.seed)
    probabilities = _predicted(predictor, face, segments, masks, chosen, progress)
    fits = fit(masks, probabilities[:, targets], chosen.features, chosen.feature_selection)
    return LimeExplanation(
        maps=np.moveaxis(fits.weights.T[segments], -1, 0).astype(np.float32),
        targets=targets,
        method="lime",
        settings=dataclasses.asdict(chosen),
        face=face,
        segments=segments,
        weights=fits.weights,
        intercepts=fits.intercepts,
        r2=fits.r2,
        local_predictions=fits.local_predictions,
        probabilities=probabilities[0],
        classes=tuple(predictor.classes),
        predictor=predictor.name,
        samples=chosen.samples,
        shown=chosen.shown,
        minimum_weight=chosen.minimum_weight,
    )


def _targets(classes: Sequence[str], labels: Sequence[int | str] | None) -> np.ndarray:
    if labels is None:
        return np.arange(len(classes))
    if not len(labels):
        raise ZooError("no class to explain: name some, or none for all of them")
    targets = []
    for label in labels:
        if isinstance(label, str):
            if label not in classes:
                raise unknown("class", label, classes)
            targets.append(list(classes).index(label))
        elif 0 <= label < len(classes):
            targets.append(int(label))
        else:
            raise ZooError(f"class {label}: the predictor has 0 to {len(classes) - 1}")
    return np.array(targets)


def _predicted(
    predictor: Predictor,
    face: np.ndarray,
    segments: np.ndarray,
    masks: np.ndarray,
    settings: LimeSettings,
    progress: Callable[[int, int], None] | None,
) -> np.ndarray:
    """The predictor's probabilities, (samples, K) float32, of the perturbed faces."""
    hidden = hidden_face(face, segments, settings.hide)
    probabilities = np.empty((len(masks), len(predictor.classes)), np.float32)
    size = max(1, min(settings.batch_size, BATCH_BYTES // face.nbytes))
    for start in range(0, len(masks), size):
        batch = slice(start, start + size)
        faces = perturbed_faces(face, hidden, segments, masks[batch])
        probabilities[batch] = predictor.predict_proba(faces)
        if progress is not None:
            progress(min(start + size, len(masks)), len(masks))
    if not np.isfinite(probabilities).all():
        raise ZooError(f"{predictor.name}: predicts probabilities that are not finite")
    return probabilities
