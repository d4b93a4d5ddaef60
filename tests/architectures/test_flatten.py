"""Rebuilding a nested network: the same answers, no Sequential, the names asked for."""

import keras
import numpy as np
import pytest

from zoo.architectures.flatten import automatic_number, flattened, keras_name


@pytest.fixture
def nested() -> keras.Model:
    """Two dense layers in a Sequential, their sum with the input, a batch normalisation."""
    faces = keras.Input((4,), name="faces")
    inner = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4, name="second")])
    x = faces + inner(faces)
    return keras.Model(faces, keras.layers.BatchNormalization()(x))


def renamed(network: keras.Model) -> keras.Model:
    inner, total, norm = network.operations[1:]
    names = {inner.layers[0].name: "first", total.name: "sum", norm.name: "norm"}
    return flattened(network, names)


def test_layers_inside_a_sequential_and_sums_become_layers_under_the_new_names(
    nested: keras.Model,
) -> None:
    flat = renamed(nested)
    assert [operation.name for operation in flat.operations] == [
        "faces", "first", "second", "sum", "norm"
    ]  # fmt: skip
    assert all(isinstance(operation, keras.layers.Layer) for operation in flat.operations)


def test_it_answers_as_before_from_weights_of_its_own(nested: keras.Model) -> None:
    rng = np.random.default_rng(0)
    for weight in nested.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    faces = rng.normal(size=(3, 4)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(nested(faces, training=False))
    flat = renamed(nested)
    for weight in nested.weights:
        weight.assign(keras.ops.zeros_like(weight))
    found = keras.ops.convert_to_numpy(flat(faces, training=False))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_keras_numbers_the_names_it_chooses_and_no_others() -> None:
    first, second = keras.layers.Conv2D(1, 1), keras.layers.Conv2D(1, 1)
    assert keras_name(first) == "conv2d"
    assert automatic_number(second) == automatic_number(first) + 1  # type: ignore[operator]
    for name in ("conv2d_a", "mixed0", "my_conv2d_1"):
        assert automatic_number(keras.layers.Conv2D(1, 1, name=name)) is None
