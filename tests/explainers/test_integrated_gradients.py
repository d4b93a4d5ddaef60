"""Integrated gradients: complete, exact over ensembles, and smoothed by a seed."""

import keras
import numpy as np
import pytest
from fake_predictors import made_face
from small_networks import classifier, ensemble

from zoo import Ensemble
from zoo.errors import ZooError
from zoo.explainers import explain
from zoo.predictor import Classifier
from zoo.preprocessing import LUMA


@pytest.fixture(scope="module")
def pair():
    return ensemble(["cpcpcpfff", "handcrafted_fcn"])


@pytest.fixture(scope="module")
def two_layers():
    """A network whose gradient can be written down."""
    keras.utils.set_random_seed(0)
    start = keras.Input((5, 4, 1))
    x = keras.layers.Dense(6, "tanh", kernel_initializer=keras.initializers.RandomNormal(0, 0.01))(
        keras.layers.Flatten()(start)
    )
    x = keras.layers.Dense(3, name="logits", kernel_initializer="random_uniform")(x)
    network = keras.Model(start, keras.layers.Softmax(name="probabilities")(x))
    return Classifier(network, ("angry", "happy", "sad"), "two layers")


def riemann_sum(network, blank, face, target, steps):
    """The gradients of a probability in the middle of each step, times the way, one by one."""
    (first, first_bias), (second, second_bias) = (
        layer.get_weights() for layer in network.layers if layer.weights
    )
    total = np.zeros(face.size)
    for step in range(steps):
        pixels = (blank + (step + 0.5) / steps * (face - blank)).ravel()
        hidden = np.tanh(pixels @ first + first_bias)
        powers = np.exp(hidden @ second + second_bias)
        shares = powers / powers.sum()
        by_logit = shares[target] * (np.eye(3)[target] - shares)
        total += first @ ((1 - hidden**2) * (second @ by_logit)) / steps
    return total.reshape(face.shape) * (face - blank)


@pytest.mark.parametrize("copies", [1, 3])
def test_maps_are_sums_of_gradients_and_means_over_noisy_copies(two_layers, copies):
    face = np.random.default_rng(0).uniform(0, 255, (5, 4, 1)).astype("float32")
    (one,) = explain(
        two_layers, face[np.newaxis], "integrated_gradients", "all", steps=5, blank=40,
        copies=copies, noise=0.2, seed=7,
    )  # fmt: skip
    noise = np.random.default_rng(7)
    ends = (
        [face + noise.normal(0, 51, face.shape) for _ in range(copies)] if copies > 1 else [face]
    )
    for target in range(3):
        sums = [riemann_sum(two_layers.network, 40, end, target, 5) for end in ends]
        expected = np.mean(sums, axis=0)[..., 0]
        scale = np.abs(expected).max()
        np.testing.assert_allclose(one.maps[target], expected, atol=1e-4 * scale, rtol=1e-3)


def test_a_face_has_one_map_whichever_others_are_explained_with_it(two_layers):
    faces = np.random.default_rng(1).uniform(0, 255, (2, 5, 4, 1)).astype("float32")
    settings = {"steps": 3, "copies": 2, "targets": [1]}
    together = explain(two_layers, faces, "integrated_gradients", **settings)
    for face, one in zip(faces, together, strict=True):
        (alone,) = explain(two_layers, face[np.newaxis], "integrated_gradients", **settings)
        np.testing.assert_allclose(one.maps, alone.maps, atol=1e-5 * np.abs(alone.maps).max())


@pytest.mark.parametrize("blank", [None, 0, 255])
def test_a_maps_sum_is_what_the_face_has_over_the_blank_one(pair, blank):
    """Of the ensemble's own probability: it is linear in its members'."""
    face = made_face()[..., :1].astype("float32")
    (one,) = explain(pair, face[np.newaxis], "integrated_gradients", "all", steps=64, blank=blank)
    grey = face.mean() if blank is None else blank
    both = pair.predict_proba(np.stack([face, np.full_like(face, grey)]))
    np.testing.assert_allclose(one.maps.sum(axis=(1, 2)), both[0] - both[1], atol=2e-3)
    assert np.abs(one.measures["gap"]).max() < 4e-3


@pytest.mark.parametrize("side", [30, 48])
def test_the_blank_face_is_one_for_members_of_any_colour_and_correction(side):
    """Of the face as it was given: to members it is grey or RGB, resized, and corrected."""
    members = [
        classifier("cpcpcpfff", 1), classifier("cpcpcpfff", 2, face_shape=(48, 48, 3)),
        classifier("cpcpcpfff", 3, illumination="tan_triggs"),
    ]  # fmt: skip
    assert len({member.network.input_shape for member in members}) == 2
    trio = Ensemble(members, [2, 1, 1])
    face = made_face()[:side, :side]
    face = np.stack([255 - face[..., 0], 255 - face[..., 1], 0 * face[..., 2]], axis=-1)
    assert (face @ LUMA).mean() - face.mean() > 25  # yellow: brighter than its values on average
    (one,) = explain(trio, face[np.newaxis], "integrated_gradients", "all", steps=64)
    blank = np.full_like(face, face.mean(), dtype=np.float32)
    gains = trio.predict_proba(face[np.newaxis])[0] - trio.predict_proba(blank[np.newaxis])[0]
    assert np.abs(gains).max() > 0.02
    np.testing.assert_allclose(one.maps.sum(axis=(1, 2)), gains, atol=2e-3)


def test_more_steps_leave_a_smaller_gap():
    predictor, face = classifier("cpcpcpfff"), made_face()[np.newaxis]
    gaps = []
    for steps in (2, 64):
        (one,) = explain(predictor, face, "integrated_gradients", "all", steps=steps)
        gaps.append(np.abs(one.measures["gap"]).max())
    assert gaps[1] < gaps[0] / 4


def test_a_pixel_as_grey_as_the_blank_face_brings_nothing():
    face = made_face()[..., :1].copy()
    face[10:20, 10:20] = 77
    (one,) = explain(
        classifier("cpcpcpfff"), face[np.newaxis], "integrated_gradients", steps=4, blank=77
    )
    assert np.abs(one.maps[0, 10:20, 10:20]).max() == 0
    assert np.ptp(one.maps) > 0


def test_noisy_copies_depend_on_the_seed_alone():
    settings = {"steps": 2, "copies": 3, "noise": 0.2}
    predictor, face = classifier("cpcpcpfff"), made_face()[np.newaxis]
    plain, first, again, other = (
        explain(predictor, face, "integrated_gradients", **chosen)[0].maps
        for chosen in (
            {"steps": 2}, settings, {**settings, "seed": 0}, {**settings, "seed": 1},
        )
    )  # fmt: skip
    np.testing.assert_allclose(first, again, atol=1e-7)
    assert not np.allclose(first, other, atol=1e-5)
    assert not np.allclose(first, plain, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps = 0: expected 1 to"),
        ({"blank": 300}, "blank = 300: expected 0 to 255"),
        ({"noise": -1}, "noise = -1"),
        ({"copies": 10**9}, "copies = 1000000000"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ZooError, match=words):
        explain(None, made_face()[np.newaxis], "integrated_gradients", **settings)
