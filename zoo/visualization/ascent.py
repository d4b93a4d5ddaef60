"""Gradient ascent on pixels: the picture that a unit answers to most, if it is to look natural.

Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2013 (arXiv 1312.6034): the
picture of a class, by its logit and an L2 norm. Yosinski et al., "Understanding Neural Networks
Through Deep Visualization", 2015 (arXiv 1506.06579): norm decay and Gaussian blur. Olah,
Mordvintsev and Schubert, "Feature Visualization", Distill 2017 (doi 10.23915/distill.00007):
jitter, and smoothing the gradient, which is another way uphill, and not the picture, which would
lose again what it has won (blurred every fourth step, those of the shipped networks stayed grey).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import keras
import numpy as np

from zoo.explainers.gradients import compiled, value_and_pullback
from zoo.explainers.settings import check_counts, check_ranges, check_seed, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.explainers.base import Progress

MID_GREY = 127.5


@dataclass(frozen=True)
class Ascent:
    """How a picture is changed until it excites a unit, and what keeps it from being noise.

    Attributes:
        steps: of gradient ascent.
        learning_rate: grey levels by which a step moves the pixels, root mean square: the gradient
            is scaled to that, so that networks of any steepness need the same settings.
        jitter: by how many pixels, at most, the picture is shifted in each direction before a
            step, so that nothing depends on where exactly it is.
        blur: standard deviation in pixels of the Gaussian under which the first step's gradient is
            smoothed; it falls linearly to a third, so that the coarse comes first. 0 for none.
        decay: share of its distance from mid-grey that each pixel loses in a step: what the unit
            does not care for fades.
        noise: standard deviation, in grey levels, of the start around mid-grey.
        seed: of start and jitter.
    """

    steps: int = 128
    learning_rate: float = 4.0
    jitter: int = 3
    blur: float = 3.0
    decay: float = 0.01
    noise: float = 8.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_counts(self, {"steps": 1, "jitter": 0})
        check_seed(self.seed)
        check_ranges(
            self,
            {"learning_rate": (0.01, 255), "blur": (0, 50), "decay": (0, 1), "noise": (0, 100)},
        )


def ascent_settings(**given: Any) -> Ascent:
    """The settings of activation maximisation, some of them given.

    Raises:
        ZooError: one is not known, or out of range.
    """
    return settings_of(Ascent, "activation maximisation", given)


def start_pictures(count: int, shape: tuple[int, int, int], settings: Ascent) -> np.ndarray:
    """Where the ascent begins: `count` times the same noise, (count, h, w, C) float32, 0–255.

    It is the same, so that pictures differ for no reason but the units they excite.
    """
    noise = np.random.default_rng(settings.seed).normal(0, settings.noise, shape)
    picture = np.clip(MID_GREY + noise, 0, 255).astype(np.float32)
    return np.repeat(picture[np.newaxis], count, axis=0)


def ascend(
    units: Callable[[Any], Any],
    columns: np.ndarray,
    shape: tuple[int, int, int],
    settings: Ascent,
    progress: Progress | None = None,
) -> np.ndarray:
    """Pictures that excite some units, one each, all in one batch.

    Args:
        units: pictures (N, h, w, C), 0–255 → the units' values, (N, M), differentiable.
        columns: (N,) which of the M units each picture is to excite.
        shape: (h, w, C) of the pictures.
        settings: how.
        progress: called with the steps done and their total.

    Returns:
        (N, h, w, C) uint8, 0–255: in whole grey levels, so that what is measured of a picture is
        also true of its file.
    """
    uphill = _gradient(units, columns)
    pictures = start_pictures(len(columns), shape, settings)
    shifts = np.random.default_rng([settings.seed, 1]).integers(
        -settings.jitter, settings.jitter, (settings.steps, 2), endpoint=True
    )
    for step, (down, right) in enumerate(shifts):
        shifted = np.roll(pictures, (down, right), axis=(1, 2))
        gradient = np.roll(np.asarray(uphill(shifted)), (-down, -right), axis=(1, 2))
        gradient = _blurred(gradient, settings.blur * (1 - 2 / 3 * step / settings.steps))
        pictures = pictures + settings.learning_rate * _unit_rms(gradient)
        pictures = MID_GREY + (1 - settings.decay) * (pictures - MID_GREY)
        pictures = np.clip(pictures, 0, 255).astype(np.float32)
        if progress is not None:
            progress(step + 1, settings.steps)
    return np.rint(pictures).astype(np.uint8)


def _gradient(units: Callable[[Any], Any], columns: np.ndarray) -> Callable[[Any], Any]:
    """What gives the gradient, (N, h, w, C), of each picture's own unit."""

    def gradient(pictures: Any) -> Any:
        values, pullback = value_and_pullback(units, pictures)
        return pullback(keras.ops.one_hot(columns, values.shape[1], dtype="float32"))

    return compiled(gradient)


def _unit_rms(gradient: np.ndarray) -> np.ndarray:
    """Each picture's gradient at a root mean square of 1; of zeros stays zeros."""
    rms = np.sqrt(np.mean(gradient**2, axis=(1, 2, 3), keepdims=True))
    return gradient / np.where(rms == 0, 1, rms)


def _blurred(gradient: np.ndarray, deviation: float) -> np.ndarray:
    """Each of (N, h, w, C) under a Gaussian of a standard deviation in pixels, 0 for none."""
    if deviation == 0:
        return gradient
    smooth = [
        cv2.GaussianBlur(one, (0, 0), deviation, borderType=cv2.BORDER_REFLECT) for one in gradient
    ]
    return np.stack(smooth).reshape(gradient.shape)
