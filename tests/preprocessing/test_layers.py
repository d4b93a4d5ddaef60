"""The layers in front of a network's first weights, against OpenCV and Keras' own functions."""

from typing import Any

import cv2
import keras
import numpy as np
import pytest
from keras.applications import imagenet_utils

from zoo.preprocessing import layers


def applied(layer: keras.layers.Layer, faces: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer(faces))


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 10, 12, 3)).astype(np.float32)


def test_grey_becomes_three_equal_channels(rgb: np.ndarray) -> None:
    grey = rgb[..., :1]
    np.testing.assert_array_equal(
        applied(layers.GreyToRGB(), grey), np.concatenate([grey, grey, grey], axis=-1)
    )


def test_rgb_becomes_grey_as_in_opencv(rgb: np.ndarray) -> None:
    expected = [cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)[..., None] for face in rgb]
    np.testing.assert_allclose(applied(layers.RGBToGrey(), rgb), expected, atol=1e-3)


def test_enlarging_is_opencvs_linear_interpolation(rgb: np.ndarray) -> None:
    expected = [cv2.resize(face, (24, 20), interpolation=cv2.INTER_LINEAR) for face in rgb]
    np.testing.assert_allclose(applied(layers.Resize(20, 24), rgb), expected, atol=1e-3)


def test_shrinking_averages_instead_of_leaving_pixels_out() -> None:
    # Interpolating between the two pixels nearest to each new centre would see the 255s alone.
    stripes = np.tile(np.array([0, 255, 255, 0], np.float32), (32, 8))
    small = applied(layers.Resize(8, 8), stripes[None, :, :, None])
    np.testing.assert_allclose(small[0, :, 1:-1], 127.5, atol=10)


def test_unit_scale_ends_at_zero_and_one() -> None:
    faces = np.array([0.0, 51.0, 255.0], np.float32).reshape(1, 1, 3, 1)
    np.testing.assert_allclose(applied(layers.ScaleToUnit(), faces).ravel(), [0, 0.2, 1])


@pytest.mark.parametrize(
    ("layer", "mode"),
    [
        (layers.ImageNetCaffe(), "caffe"),
        (layers.ImageNetTorch(), "torch"),
        (layers.ScaleToSignedUnit(), "tf"),
    ],
)
def test_the_scales_of_backbones_are_keras_preprocessing(
    rgb: np.ndarray, layer: keras.layers.Layer, mode: str
) -> None:
    expected = imagenet_utils.preprocess_input(rgb.copy(), mode=mode)
    np.testing.assert_allclose(applied(layer, rgb), expected, atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Resize(6, 7, name="x"),
        layers.GreyToRGB(name="x"),
        layers.RGBToGrey(name="x"),
        layers.ScaleToUnit(name="x"),
        layers.ScaleToSignedUnit(name="x"),
        layers.ImageNetCaffe(name="x"),
        layers.ImageNetTorch(name="x"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_each_is_float32_weightless_and_rebuilt_from_its_settings(layer: Any) -> None:
    faces = np.random.default_rng(0).uniform(0, 255, (2, 9, 9, 3)).astype(np.float32)
    faces = faces[..., :1] if isinstance(layer, layers.GreyToRGB) else faces
    twin = keras.layers.deserialize(keras.layers.serialize(layer))
    assert (twin.name, twin.compute_dtype, twin.weights) == ("x", "float32", [])
    np.testing.assert_array_equal(applied(twin, faces), applied(layer, faces))
