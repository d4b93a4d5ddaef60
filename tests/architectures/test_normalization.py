"""Our batch normalisation against Keras': the same numbers, by the fused operation."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from zoo.architectures.flatten import flattened
from zoo.architectures.normalization import BatchNormalization

PROGRAM = Path(__file__).with_name("normalization_process.py")

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the operation is TensorFlow's"
)


def features(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(3, 2, shape).astype(np.float32)


def twins(shape: tuple[int, ...], **settings) -> list[keras.layers.BatchNormalization]:
    """Keras' layer and ours, with the same weights, none of them as they start."""
    layers = [keras.layers.BatchNormalization(**settings), BatchNormalization(**settings)]
    for layer in layers:
        layer.build(shape)
        chance = np.random.default_rng(1)
        layer.set_weights([chance.uniform(0.5, 1.5, w.shape) for w in layer.weights])
    return layers


def trained(layer: keras.layers.Layer, inputs: np.ndarray) -> list[np.ndarray]:
    """Outputs in training, gradients to inputs and weights, and the moved averages."""
    import tensorflow as tf

    given = tf.cast(inputs, layer.compute_dtype)
    with tf.GradientTape() as tape:
        tape.watch(given)
        outputs = tf.cast(layer(given, training=True), "float32")
        loss = tf.reduce_sum(outputs**3)
    wanted = [given, *(weight.value for weight in layer.trainable_weights)]
    found = [outputs, *tape.gradient(loss, wanted), layer.moving_mean, layer.moving_variance]
    return [keras.ops.convert_to_numpy(keras.ops.cast(one, "float32")) for one in found]


def assert_agree(found: list[np.ndarray], expected: list[np.ndarray], tolerance: float) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=tolerance * max(np.abs(other).max(), 1e-3))


@on_tensorflow
@pytest.mark.parametrize("shape", [(32, 12, 12, 16), (1, 6, 5, 4), (1, 1, 1, 3), (16, 5)])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"scale": False},
        {"center": False, "momentum": 0.5},
        {"epsilon": 0.1},
        {"renorm": True},
    ],
)
def test_training_gives_keras_outputs_gradients_and_averages(shape, settings):
    theirs, ours = twins(shape, **settings)
    inputs = features(*shape)
    assert_agree(trained(ours, inputs), trained(theirs, inputs), 1e-4)


@on_tensorflow
def test_under_mixed_precision_it_differs_from_keras_by_bfloat16s_rounding():
    theirs, ours = twins((32, 12, 12, 16), dtype="mixed_bfloat16")
    inputs = features(32, 12, 12, 16)
    found, expected = trained(ours, inputs), trained(theirs, inputs)
    assert_agree(found[:-2], expected[:-2], 2e-2)
    assert_agree(found[-2:], expected[-2:], 1e-5)
    assert ours(inputs, training=True).dtype == "bfloat16"


@on_tensorflow
def test_only_training_feature_maps_takes_the_fused_operation(monkeypatch):
    _, ours = twins((4, 6, 6, 3))
    fused = []
    monkeypatch.setattr(ours, "_fused", lambda inputs: fused.append(inputs.shape) or inputs)
    ours(features(4, 6, 6, 3), training=True)
    assert fused == [(4, 6, 6, 3)]
    ours(features(4, 6, 6, 3), training=True, mask=np.ones((4, 6, 6), bool))
    ours(features(4, 6, 6, 3), training=False)
    ours.trainable = False
    ours(features(4, 6, 6, 3), training=True)
    monkeypatch.setattr("zoo.architectures.normalization.gpus", lambda: ["gpu:0"])
    ours.trainable = True
    ours(features(4, 6, 6, 3), training=True)
    assert len(fused) == 1


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_frozen_and_in_inference_it_is_keras_own(training, policy):
    theirs, ours = twins((4, 6, 6, 3), dtype=policy)
    for layer in (theirs, ours):
        layer.trainable = not training
    before = ours.get_weights()
    found, expected = (layer(features(4, 6, 6, 3), training=training) for layer in (ours, theirs))
    np.testing.assert_array_equal(found, expected)
    for one, other in zip(ours.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def network(kind: type[keras.layers.BatchNormalization]) -> keras.Model:
    faces = keras.Input((6, 6, 3), name="faces")
    return keras.Model(faces, kind(name="second")(kind(name="first")(faces)))


@pytest.mark.parametrize("ours_writes", [True, False])
def test_it_reads_what_keras_layer_saved_and_the_other_way_round(tmp_path, ours_writes):
    reader, writer = network(keras.layers.BatchNormalization), network(BatchNormalization)
    if not ours_writes:
        reader, writer = writer, reader
    for weight in writer.weights:
        weight.assign(np.random.default_rng(0).uniform(0.5, 1.5, weight.shape))
    writer.save_weights(tmp_path / "best.weights.h5")
    reader.load_weights(tmp_path / "best.weights.h5")
    for one, other in zip(reader.get_weights(), writer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_saved_network_comes_back_with_it(tmp_path):
    network(BatchNormalization).save(tmp_path / "network.keras")
    back = keras.saving.load_model(tmp_path / "network.keras")
    assert [type(layer) for layer in back.layers[1:]] == [BatchNormalization] * 2


@pytest.fixture(scope="module")
def trainings() -> list[tuple[str, list[float]]]:
    """Bits and moving means of a training, of the same again, and of the same on two devices."""
    printed = subprocess.run(
        [sys.executable, str(PROGRAM)], check=True, capture_output=True, text=True
    ).stdout
    lines = (line.split() for line in printed.splitlines())
    return [(bits, [float(mean) for mean in means]) for bits, *means in lines]


@on_tensorflow
@pytest.mark.slow
def test_deterministic_training_gives_the_same_bits_twice(trainings):
    first, again, _ = trainings
    assert first == again


@on_tensorflow
@pytest.mark.slow
def test_two_devices_that_see_the_same_faces_move_the_averages_as_one_does(trainings):
    (_, one), _, (_, two) = trainings
    np.testing.assert_allclose(two, one, rtol=1e-3)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_rebuilt_network_trains_quicker_layers_in_place_of_the_slow_ones(policy, monkeypatch):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        faces = keras.Input((8, 8, 3), name="faces")
        x = keras.layers.DepthwiseConv2D(3, name="plain")(faces)
        x = keras.layers.DepthwiseConv2D(3, strides=2, name="strided")(x)
        slow = keras.Model(faces, keras.layers.BatchNormalization(name="norm")(x))
        quick = flattened(slow)
        monkeypatch.setattr("zoo.architectures.flatten.gpus", lambda: ["gpu:0"])
        on_a_gpu = flattened(slow)
    finally:
        keras.config.set_dtype_policy(before)
    computed = "float32" if policy == "float32" else "bfloat16"
    strided = "float32" if keras.backend.backend() == "tensorflow" else computed
    assert type(quick.get_layer("norm")) is BatchNormalization
    assert quick.get_layer("plain").compute_dtype == computed
    assert quick.get_layer("strided").compute_dtype == strided
    assert on_a_gpu.get_layer("strided").compute_dtype == computed
