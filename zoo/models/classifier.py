"""From a run to its network behind the `Predictor` interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.backend import import_keras

if TYPE_CHECKING:
    from zoo.predictor import Classifier, Predictor
    from zoo.runs import Run


def load_classifier(run: Run, name: str, tta: str = "none") -> Classifier:
    """The trained network of a run, with its best epoch's weights."""
    import_keras()
    from zoo.predictor import Classifier, FlipAveraged
    from zoo.training.networks import load_network

    classifier = Classifier(load_network(run), tuple(run.metrics["classes"]), name)
    return FlipAveraged(classifier, name) if tta == "flip" else classifier


def as_seen(predictor: Predictor, image: np.ndarray) -> np.ndarray:
    """One image, (H, W, 1|3), as the first member's network sees it: (1, h, w, c) uint8.

    An explanation of these pixels has the resolution that the network had.
    """
    from zoo.preprocessing.faces import to_face_shape

    return to_face_shape(image[np.newaxis], predictor.members[0].network.input_shape[1:])
