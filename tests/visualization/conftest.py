"""One small network, and one whose best picture is known."""

import keras
import numpy as np
import pytest

from zoo.architectures import registry
from zoo.predictor import Classifier

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture(scope="session")
def small() -> Classifier:
    """The smallest architecture, untrained."""
    keras.utils.set_random_seed(0)
    return Classifier(registry.create("cpcpcpfff"), CLASSES, "small")


@pytest.fixture(scope="session")
def templates() -> np.ndarray:
    """(32, 32, 3) float32 of three smooth patterns around 0."""
    y, x = np.mgrid[:32, :32] / 31 - 0.5
    ring = np.hypot(x, y) - 0.3
    patterns = [np.exp(-(ring**2) / 0.01), np.sin(9 * x), np.sin(6 * (x + y))]
    return np.stack([one - one.mean() for one in patterns], axis=-1).astype(np.float32)


@pytest.fixture(scope="session")
def linear(templates: np.ndarray) -> keras.Model:
    """A network whose logits are the products of face and templates, so that those are optimal."""
    inputs = keras.Input((32, 32, 1))
    x = keras.layers.Flatten()(inputs)
    logits = keras.layers.Dense(3, use_bias=False, name="logits")
    outputs = keras.layers.Softmax()(logits(x))
    logits.set_weights([templates.reshape(-1, 3) / 255])
    return keras.Model(inputs, outputs, name="linear")
