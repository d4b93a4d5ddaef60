"""The first filters are the layer's own kernels."""

import keras
import numpy as np
import pytest

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.visualization.filters import first_filters


def test_a_stem_of_one_pixel_is_passed_over_and_said(small):
    found = first_filters(small.network)
    assert (found.layer, found.passed_over) == ("block1_conv", ("stem",))
    kernel = small.network.get_layer("block1_conv").get_weights()[0]
    assert found.kernels.shape == (10, 5, 5, 1)
    for index, shown in enumerate(found.kernels):
        np.testing.assert_array_equal(shown, kernel[..., index])


def test_colour_filters_keep_their_channels():
    network = registry.create("mobilenet_v2", input_size=32)
    found = first_filters(network)
    kernel = network.get_layer("Conv1").get_weights()[0]
    np.testing.assert_array_equal(found.kernels[7, :, :, 2], kernel[:, :, 2, 7])


def test_a_network_without_such_a_convolution_is_refused(linear):
    with pytest.raises(ZooError, match="linear: has no convolution larger than 1×1"):
        first_filters(linear)
    inputs = keras.Input((8, 8, 1))
    pointwise = keras.Model(inputs, keras.layers.Conv2D(3, 1)(inputs), name="pointwise")
    with pytest.raises(ZooError, match="pointwise: has no convolution larger than 1×1"):
        first_filters(pointwise)
