"""What a network gives on the probe's faces, in numbers that come out again on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from zoo.preprocessing.faces import to_face_shape
from zoo.weights.probe import read_probe

if TYPE_CHECKING:
    from zoo.predictions import Predictions

TOLERANCE = 1e-4
"""Largest difference of a probability that another machine or backend may make in float32."""


def processor() -> keras.device:
    """Where probes are computed: GPUs multiply float32 with fewer digits unless told otherwise."""
    return keras.device("cpu:0")


def probe_predictions(network: keras.Model, classes: tuple[str, ...]) -> Predictions:
    """Probabilities of the probe's faces, resized and converted as a classifier does it.

    Args:
        network: computes in float32.
        classes: the names of its outputs.
    """
    probe = read_probe()
    faces = to_face_shape(probe.faces, network.input_shape[1:])
    with processor():
        probabilities = network.predict_on_batch(faces)
    return probe.predictions(np.asarray(probabilities), classes)
