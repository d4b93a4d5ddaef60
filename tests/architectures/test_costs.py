"""Multiply-adds, against published counts and a literal computation."""

import keras
import pytest

from zoo.architectures.costs import multiply_adds
from zoo.architectures.registry import create


def test_mobilenets_are_the_papers():
    # Howard et al. 2017, table 8: "1.0 MobileNet-224", 569 million multiply-adds.
    network = keras.applications.MobileNet(weights=None)
    assert multiply_adds(network) / 1e6 == pytest.approx(569, abs=0.5)


def test_every_kernel_meets_every_place_of_its_output():
    # handcrafted_fcn: 3×3 valid convolutions over 48×48, then 6×1×1, then 7×4×4.
    counts = (
        46 * 46 * 9 * 1 * 32, 44 * 44 * 9 * 32 * 64, 20 * 20 * 9 * 64 * 128,
        8 * 8 * 9 * 128 * 128, 4 * 4 * 128 * 6, 1 * 16 * 6 * 7,
    )  # fmt: skip
    assert multiply_adds(create("handcrafted_fcn")) == sum(counts)


def test_groups_and_dense_layers_over_places_are_counted():
    inputs = keras.Input((8, 8, 6))
    outputs = keras.layers.Conv2D(4, 3, strides=2, groups=2, padding="same")(inputs)
    outputs = keras.layers.BatchNormalization()(outputs)
    outputs = keras.layers.Dense(5)(outputs)
    assert multiply_adds(keras.Model(inputs, outputs)) == 16 * 9 * 3 * 4 + 16 * 4 * 5


def test_a_network_with_unknown_matrices_has_no_count():
    inputs = keras.Input((8, 8, 6))
    outputs = keras.layers.SeparableConv2D(4, 3)(inputs)
    assert multiply_adds(keras.Model(inputs, outputs)) is None
