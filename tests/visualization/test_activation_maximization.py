"""The pictures that classes and channels answer to most."""

import keras
import numpy as np
import pytest

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.predictor import Classifier
from zoo.visualization.activation_maximization import (
    maximize_channels,
    maximize_classes,
    most_active_channels,
)
from zoo.visualization.ascent import MID_GREY, Ascent, ascent_settings, start_pictures
from zoo.visualization.visualize import drawn_face, visualize

FEW = Ascent(steps=16)


def logits_of(network: keras.Model, faces: np.ndarray) -> np.ndarray:
    logits = keras.Model(network.input, network.get_layer("logits").output)
    return logits.predict(faces.astype("float32"), verbose=0)


def test_of_a_linear_network_the_pictures_become_its_templates(linear, templates):
    found = maximize_classes(linear, Ascent(steps=40))
    for picture, template in zip(found.pictures, np.moveaxis(templates, -1, 0), strict=True):
        assert np.corrcoef(picture.ravel(), template.ravel())[0, 1] > 0.9


def test_each_logit_beats_that_of_the_start_and_of_noise_of_the_same_norm(small):
    found = maximize_classes(small.network, FEW)
    start = start_pictures(7, (48, 48, 1), FEW)
    np.testing.assert_allclose(found.before, np.diag(logits_of(small.network, start)), atol=1e-4)
    np.testing.assert_allclose(
        found.after, np.diag(logits_of(small.network, found.pictures)), atol=1e-4
    )
    assert (found.after > found.before).all()
    random = np.random.default_rng(1).normal(size=(50, 48, 48, 1))
    random /= np.sqrt((random**2).sum(axis=(1, 2, 3), keepdims=True))
    for row, picture in enumerate(found.pictures):
        norm = np.linalg.norm(picture - MID_GREY)
        others = logits_of(small.network, np.clip(MID_GREY + norm * random, 0, 255))[:, row]
        assert found.after[row] > others.max()


def test_probabilities_are_what_the_model_says_of_the_saved_pictures(small):
    found = maximize_classes(small.network, FEW)
    assert found.pictures.dtype == np.uint8
    np.testing.assert_allclose(found.probabilities, small.predict_proba(found.pictures), atol=1e-5)


def test_the_same_seed_gives_the_same_bits_and_another_one_others(small):
    first, again = (maximize_classes(small.network, FEW) for _ in range(2))
    np.testing.assert_array_equal(first.pictures, again.pictures)
    other = maximize_classes(small.network, Ascent(steps=16, seed=1))
    assert (other.pictures != first.pictures).any()


def test_a_channel_that_its_relu_keeps_at_zero_is_raised_in_front_of_it():
    network = registry.create("cpcpcpfff")
    layer = network.get_layer("block2_conv")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, bias - 5])
    found = maximize_channels(network, "block2_conv", [0, 7], FEW)
    assert keras.Model(network.input, layer.output).predict(found.pictures, verbose=0).max() == 0
    inputs = keras.Model(network.input, layer.input).predict(found.pictures, verbose=0)
    sums = np.asarray(keras.ops.conv(inputs, kernel)) + bias - 5
    expected = [sums[0, ..., 0].mean(), sums[1, ..., 7].mean()]
    np.testing.assert_allclose(found.after, expected, rtol=1e-4)
    assert (found.after > found.before).all()


def test_of_an_activation_layer_it_is_what_goes_into_it():
    network = registry.create("mobilenet_v2", input_size=32)
    found = maximize_channels(network, "out_relu", [5], Ascent(steps=1))
    inputs = keras.Model(network.input, network.get_layer("out_relu").input)
    means = inputs.predict(found.pictures, verbose=0).mean(axis=(0, 1, 2))
    assert found.after[0] == pytest.approx(means[5], rel=1e-3, abs=1e-5)


def test_a_picture_does_not_depend_on_the_others_of_its_batch(small):
    together = maximize_channels(small.network, "block1_conv", [1, 2, 3], FEW)
    alone = maximize_channels(small.network, "block1_conv", [2], FEW)
    difference = np.abs(together.pictures[1].astype(int) - alone.pictures[0])
    assert difference.max() <= 1


def test_channels_that_a_face_excites_most_come_first(small):
    features = keras.Model(small.network.input, small.network.get_layer("block3_conv").output)
    means = features.predict(drawn_face()[np.newaxis], verbose=0).mean(axis=(0, 1, 2))
    assert most_active_channels(small.network, None, drawn_face()) == np.argsort(-means).tolist()


def test_behind_a_correction_without_a_gradient_pictures_are_of_corrected_faces():
    network = registry.create("cpcpcpfff", illumination="equalize")
    found = maximize_classes(network, FEW)
    assert (found.after > found.before).all()
    classifier = Classifier(network, tuple("abcdefg"), "corrected")
    assert visualize(classifier, settings=FEW).illumination == "equalize"


@pytest.mark.parametrize(
    ("layer", "channels", "words"),
    [
        ("block3_conf", [0], "unknown layer of cpcpcpfff 'block3_conf': did you mean block3_conv"),
        ("dense1", [0], "layer dense1 of cpcpcpfff: its output .* has no places"),
        ("block1_conv", [9, 10], "channel 10: layer block1_conv of cpcpcpfff has 0 to 9"),
        (None, [-1], "channel -1: layer block3_conv of cpcpcpfff has 0 to 9"),
    ],
)
def test_a_layer_or_channel_that_is_not_there_is_refused(small, layer, channels, words):
    with pytest.raises(ZooError, match=words):
        visualize(small, layer=layer, channels=channels, settings=FEW)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"steps": 0}, "steps = 0: expected 1 to"),
        ({"jitter": -1}, "jitter = -1"),
        ({"blur": "much"}, "blur = much: expected 0 to 50"),
        ({"decay": float("nan")}, "decay = nan: expected 0 to 1"),
        ({"noise": True}, "noise = True: expected 0 to 100"),
        ({"seed": -1}, "seed = -1"),
        ({"blurr": 1}, "unknown activation maximisation setting 'blurr': did you mean blur"),
    ],
)
def test_settings_out_of_range_are_refused(setting, words):
    with pytest.raises(ZooError, match=words):
        ascent_settings(**setting)


def test_a_network_without_logits_is_refused():
    inputs = keras.Input((16, 16, 1))
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, activation="relu", name="mine")(inputs))
    network = keras.Model(inputs, keras.layers.Dense(7, "softmax")(x), name="older")
    with pytest.raises(ZooError, match="older: has no layer called 'logits'"):
        visualize(Classifier(network, tuple("abcdefg"), "older"), layer="mine", settings=FEW)
