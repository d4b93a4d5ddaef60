"""LIME for faces: which superpixels speak for and against each class.

Ribeiro, Singh and Guestrin, "Why Should I Trust You?", KDD 2016. With the same masks and the
same superpixels the numbers are lime 0.2.0.1's; what differs is that faces may be grey, that they
are predicted in large batches, that superpixels are numbered from 0 (stock lime never hides the
last of slic's, which start at 1), and that each class keeps its own R².
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.black_box import one_face
from zoo.explainers.convergence import LEADING, repeatability
from zoo.explainers.lime_settings import AUTO, lime_settings
from zoo.explainers.sampling import paired_masks, sample_masks
from zoo.explainers.segmentation import segment
from zoo.explainers.superpixels import SuperpixelExplanation, ask_of_masks
from zoo.explainers.surrogate import fit
from zoo.explainers.targets import ALL, check_targets, targets_of_faces

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.explainers.base import Progress
    from zoo.explainers.lime_settings import LimeSettings
    from zoo.explainers.targets import Targets
    from zoo.predictor import Predictor

FIRST, STEP = 501, 250
"""Perturbed faces that `AUTO` sees before it judges for the first time, and between judgements:
the face itself, and pairs."""


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
    check_targets(predictor.classes, targets, 1)
    face = one_face(face)
    segments = segment(face, chosen.segmentation, chosen.segmentation_settings)
    masks, probabilities = _asked(predictor, face, segments, targets, chosen, progress)
    (explained,) = targets_of_faces(predictor.classes, targets, probabilities[:1])
    fits = fit(masks, probabilities[:, explained], chosen.features, chosen.feature_selection)
    repeatable = _repeatability(masks, probabilities[:, explained], chosen)
    explanation = SuperpixelExplanation.of(
        "lime", chosen, predictor, face, segments, masks, probabilities, explained, fits,
        repeatable,
    )  # fmt: skip
    return replace(explanation, remarks=(*explanation.remarks, *_given_up(len(masks), chosen)))


def _asked(
    predictor: Predictor,
    face: np.ndarray,
    segments: np.ndarray,
    targets: Targets,
    settings: LimeSettings,
    progress: Progress | None,
) -> tuple[np.ndarray, np.ndarray]:
    """As many masks, (N, S), as are wanted, and the probabilities behind them, (N, K)."""
    auto = settings.samples == AUTO
    count = settings.most_samples if auto else int(settings.samples)
    draw = paired_masks if settings.pairs else sample_masks
    masks = draw(count, int(segments.max()) + 1, settings.seed)

    def ask(batch: slice) -> np.ndarray:
        def told(done: int, _: int) -> None:
            if progress is not None:
                progress(batch.start + done, count)

        return ask_of_masks(predictor, face, segments, masks[batch], settings, told)

    if not auto:
        return masks, ask(slice(0, count))
    probabilities = _enough(ask, masks, targets, predictor, settings)
    if progress is not None and len(probabilities) < count:
        progress(count, count)
    return masks[: len(probabilities)], probabilities


def _enough(
    ask: Callable[[slice], np.ndarray],
    masks: np.ndarray,
    targets: Targets,
    predictor: Predictor,
    settings: LimeSettings,
) -> np.ndarray:
    """The probabilities, (n, K), behind as many masks as it takes, or behind all (N, S).

    The most probable of the explained classes is the one whose superpixels must lead for sure:
    others may have next to no probability, and nothing that speaks for them.
    """
    probabilities = ask(slice(0, min(FIRST, len(masks))))
    (explained,) = targets_of_faces(predictor.classes, targets, probabilities[:1])
    top = explained[[probabilities[0, explained].argmax()]]
    surely = False
    while (seen := len(probabilities)) < len(masks):
        known = repeatability(masks[:seen], probabilities[:, top], pairs=settings.pairs)
        # Stopping at the first good judgement is stopping at lucky ones: it takes two in a row.
        once, surely = surely, not known < settings.confidence
        if once and surely:
            break
        more = ask(slice(seen, min(seen + STEP, len(masks))))
        probabilities = np.concatenate([probabilities, more])
    return probabilities


def _repeatability(
    masks: np.ndarray, probabilities: np.ndarray, settings: LimeSettings
) -> np.ndarray | None:
    """How surely another seed would show the same of each class; None where it is not known."""
    superpixels = masks.shape[1]
    # Where few superpixels are selected the picture shows other weights than would be judged.
    selected = settings.features is not None and settings.features < superpixels
    if selected or superpixels <= LEADING:
        return None
    return repeatability(masks, probabilities, pairs=settings.pairs)


def _given_up(samples: int, settings: LimeSettings) -> list[str]:
    """That `AUTO` was not sure yet, where it was not."""
    if settings.samples != AUTO or samples < settings.most_samples:
        return []
    return [f"auto stopped at most_samples = {samples:,} before it was sure"]
