"""Faces that are predicted or validated on come part by part, and nothing else changes."""

import keras
import numpy as np
import pytest

from zoo.predictor import probabilities_of
from zoo.training.devices import spread
from zoo.training.targets import one_hot
from zoo.training.validation import validation_of


class Watched(np.ndarray):
    """Faces that keep the largest part of them that was asked for."""

    most = 0

    def __getitem__(self, rows: slice) -> np.ndarray:
        part = self.view(np.ndarray)[rows]
        Watched.most = max(Watched.most, len(part))
        return part


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    faces = keras.Input((8, 8, 3))
    values = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(faces))
    network = keras.Model(faces, keras.layers.Dense(7, activation="softmax")(values))
    network.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return network


FACES = np.random.default_rng(0).integers(0, 256, (75, 8, 8, 1), np.uint8)


def test_predicting_batch_by_batch_changes_nothing(network: keras.Model) -> None:
    whole = network.predict(np.repeat(FACES, 3, axis=-1), batch_size=10, verbose=0)
    Watched.most = 0
    assert np.array_equal(probabilities_of(network, FACES.view(Watched), 10), whole)
    assert Watched.most == 10
    assert probabilities_of(network, FACES[:0], 10).shape == (0, 7)


def test_validating_in_batches_gives_the_same_numbers(network: keras.Model) -> None:
    faces = np.repeat(FACES, 3, axis=-1)
    targets = one_hot(np.arange(75) % 7, 7)
    Watched.most = 0
    fed = validation_of(faces.view(Watched), targets, 16, spread(1))
    whole = {"validation_data": (faces, targets), "validation_batch_size": 16}
    start = network.get_weights()
    found = []
    for validation in (fed, whole):
        network.set_weights(start)
        history = network.fit(
            faces, targets, batch_size=75, epochs=2, shuffle=False, verbose=0, **validation
        )
        found.append({k: v for k, v in history.history.items() if k.startswith("val")})
    assert found[0] == found[1]
    assert Watched.most == 16
