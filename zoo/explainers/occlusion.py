"""Occlusion: what the probability loses when a window of the face is hidden.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014 (arXiv
1311.2901).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.explainers.base import Explanation
from zoo.explainers.black_box import ask, one_face
from zoo.explainers.sampling import check_hide, hidden_face
from zoo.explainers.settings import check_counts, check_ranges, check_seed, settings_of
from zoo.explainers.targets import ALL, check_targets, targets_of_faces

if TYPE_CHECKING:
    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.predictor import Predictor

_NOTHING = (slice(0), slice(0))
"""The window that leaves the face as it is."""


@dataclass(frozen=True, kw_only=True)
class OcclusionSettings:
    """The window, and what is seen in its place.

    Attributes:
        window: its side, as a share of the face's shorter side.
        stride: how far it moves at a time, as a share of its side.
        hide: as of superpixels; ``mean`` is that of the whole face.
        seed: of the noise that hides.
        batch_size: occluded faces per call of the predictor.
    """

    window: float = 1 / 6
    stride: float = 1 / 4
    hide: float | str = "mean"
    seed: int = 0
    batch_size: int = 1024

    def __post_init__(self) -> None:
        check_ranges(self, {"window": (0.01, 1), "stride": (0.01, 1)})
        check_hide(self.hide)
        check_seed(self.seed)
        check_counts(self, {"batch_size": 1})


def occlusion_settings(**given: Any) -> OcclusionSettings:
    """The settings of occlusion, some of them given.

    Raises:
        ZooError: one is not known, or out of range.
    """
    return settings_of(OcclusionSettings, "occlusion", given)


def occlusion(
    predictor: Predictor,
    face: np.ndarray,
    *,
    targets: Targets = ALL,
    progress: Progress | None = None,
    **settings: Any,
) -> Explanation:
    """The mean loss of probability over all windows that hide a pixel.

    Args:
        predictor: a classifier or an ensemble; only its `predict_proba` is called.
        face: (H, W, 1|3), uint8 or float, 0–255.
        targets: the classes to explain.
        progress: called with the occluded faces seen so far and their total.
        settings: fields of `OcclusionSettings`.

    Raises:
        ZooError: a name is not known, a setting out of range, `face` not a face, or what is
            predicted no probabilities.
    """
    chosen = occlusion_settings(**settings)
    check_targets(predictor.classes, targets, 1)
    face = one_face(face)
    windows = _windows(face.shape[:2], chosen)
    hidden = hidden_face(face, np.zeros(face.shape[:2], np.int64), chosen.hide, chosen.seed)
    hiding = [_NOTHING, *windows]
    probabilities = ask(
        predictor, lambda batch: _occluded(face, hidden, hiding[batch]), len(hiding),
        chosen.batch_size, progress,
    )  # fmt: skip
    (explained,) = targets_of_faces(predictor.classes, targets, probabilities[:1])
    losses = probabilities[0, explained] - probabilities[1:, explained].astype(np.float64)
    return Explanation(
        maps=_means(losses, windows, face.shape[:2]),
        targets=explained,
        method="occlusion",
        settings=asdict(chosen),
        face=face,
        probabilities=probabilities[0],
        classes=tuple(predictor.classes),
        predictor=predictor.name,
        draws=chosen.hide == "noise",
    )


def _windows(shape: tuple[int, ...], settings: OcclusionSettings) -> list[tuple[slice, slice]]:
    """Windows that together cover every pixel."""
    side = max(1, round(settings.window * min(shape)))
    step = max(1, round(settings.stride * side))
    rows, columns = (sorted({*range(0, length - side, step), length - side}) for length in shape)
    return [
        (slice(row, row + side), slice(column, column + side))
        for row in rows
        for column in columns
    ]


def _occluded(
    face: np.ndarray, hidden: np.ndarray, windows: list[tuple[slice, slice]]
) -> np.ndarray:
    """(N, H, W, C): the face behind each of N windows."""
    faces = np.repeat(face[np.newaxis], len(windows), axis=0)
    for copy, window in zip(faces, windows, strict=True):
        copy[window] = hidden[window]
    return faces


def _means(
    losses: np.ndarray, windows: list[tuple[slice, slice]], shape: tuple[int, ...]
) -> np.ndarray:
    """(L, H, W) float32: of each pixel, the mean of its windows' (windows, L) losses."""
    total, count = np.zeros((*shape, losses.shape[1])), np.zeros((*shape, 1))
    for window, loss in zip(windows, losses, strict=True):
        total[window] += loss
        count[window] += 1
    return np.moveaxis(total / count, -1, 0).astype(np.float32)
