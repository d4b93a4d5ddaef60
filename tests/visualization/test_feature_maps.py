"""Feature maps beside the outputs of a Keras model that ends at the layer."""

import keras
import numpy as np
import pytest

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.visualization.feature_maps import CHANNELS, LAYERS, feature_maps
from zoo.visualization.visualize import drawn_face


def test_each_depth_shows_what_the_layer_gives(small):
    depths = feature_maps(small.network, drawn_face())
    assert [one.layer for one in depths] == [
        "stem", "block1_conv", "block1_pool", "block2_conv", "block2_pool", "block3_conv",
        "block3_pool",
    ]  # fmt: skip
    for one in depths:
        part = keras.Model(small.network.input, small.network.get_layer(one.layer).output)
        expected = part.predict(drawn_face()[np.newaxis], verbose=0)[0]
        assert one.shape == expected.shape
        np.testing.assert_allclose(one.maps, np.moveaxis(expected, -1, 0)[one.channels], atol=1e-5)
        assert (one.low, one.high) == pytest.approx((expected.min(), expected.max()), abs=1e-5)


def test_channels_that_vary_most_come_first(small):
    for one in feature_maps(small.network, drawn_face()):
        spread = one.maps.std(axis=(1, 2))
        assert (np.diff(spread) <= 1e-7).all()
        assert len(one.channels) == min(CHANNELS, one.shape[-1])


def test_of_a_deep_network_depths_are_spread_from_the_first_to_the_last():
    network = registry.create("mobilenet_v2", input_size=64)
    depths = feature_maps(network, drawn_face())
    assert len(depths) == LAYERS
    assert (depths[0].layer, depths[-1].layer) == ("Conv1_relu", "out_relu")
    assert all(one.layer.endswith("relu") for one in depths)


def test_a_network_of_dense_layers_has_none(linear):
    with pytest.raises(ZooError, match="linear: has no activations or poolings"):
        feature_maps(linear, np.zeros((32, 32, 1), np.uint8))


def test_an_activation_that_changes_nothing_is_no_depth():
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    x = keras.layers.Activation("linear", name="identity")(x)
    x = keras.layers.ReLU(name="relu")(x)
    network = keras.Model(inputs, keras.layers.Flatten()(x))
    depths = feature_maps(network, np.zeros((8, 8, 1), np.uint8))
    assert [one.layer for one in depths] == ["relu"]
