"""From a run to its network behind the `Predictor` interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.backend import import_keras

if TYPE_CHECKING:
    from zoo.predictor import Classifier
    from zoo.runs import Run


def load_classifier(run: Run, name: str, tta: str = "none") -> Classifier:
    """The trained network of a run, with its best epoch's weights."""
    import_keras()
    from zoo.predictor import Classifier, FlipAveraged
    from zoo.training.networks import load_network

    classifier = Classifier(load_network(run), tuple(run.metrics["classes"]), name)
    return FlipAveraged(classifier, name) if tta == "flip" else classifier
