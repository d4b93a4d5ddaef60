"""One small network and what its file says of it."""

import keras
import pytest

import zoo
from zoo.weights.facts import Facts

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture(scope="session")
def network() -> keras.Model:
    """Untrained weights. Do not change it."""
    keras.utils.set_random_seed(0)
    return zoo.create("cpcpcpfff")


@pytest.fixture
def other_network() -> keras.Model:
    """The same graph with other weights, to be read into."""
    keras.utils.set_random_seed(1)
    return zoo.create("cpcpcpfff")


@pytest.fixture(scope="session")
def facts() -> Facts:
    return Facts(
        architecture="cpcpcpfff",
        options={"dropout_scale": 0.5, "illumination": "none"},
        classes=CLASSES,
        face_shape=(48, 48, 1),
        dataset="fer2013",
        fingerprint="f" * 64,
        run="cpcpcpfff/20261120-204512-s0-3f9a",
        versions={"keras": "3.15.1"},
    )
