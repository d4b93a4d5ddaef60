"""Illumination correction against scikit-image and NumPy, face by face."""

from typing import Any

import keras
import numpy as np
import pytest
from skimage.exposure import equalize_hist

from zoo.errors import ZooError
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.preprocessing.illumination import IlluminationCorrection

METHODS = [method for method in ILLUMINATION_METHODS if method != "none"]
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def faces() -> np.ndarray:
    """(5, 20, 16, 1) uint8, each in its own light; the last with few grey levels."""
    rng = np.random.default_rng(3)
    levels = [rng.normal(mean, sd, (20, 16, 1)) for mean, sd in ((40, 5), (200, 20), (120, 60))]
    few = rng.choice([10.0, 11.0, 250.0], (20, 16, 1), p=[0.7, 0.2, 0.1])
    return np.clip([*levels, rng.uniform(0, 256, (20, 16, 1)), few], 0, 255).astype(np.uint8)


def corrected(method: str, faces: np.ndarray) -> np.ndarray:
    layer = IlluminationCorrection(method)
    return keras.ops.convert_to_numpy(layer(faces.astype(np.float32)))


def test_equalize_is_scikit_images(faces: np.ndarray) -> None:
    expected = [255 * equalize_hist(face) for face in faces[..., 0]]
    np.testing.assert_allclose(corrected("equalize", faces)[..., 0], expected, atol=1e-3)


def test_standardize_gives_every_face_the_same_mean_and_spread(faces: np.ndarray) -> None:
    mean = faces.mean(axis=(1, 2, 3), keepdims=True)
    sd = faces.std(axis=(1, 2, 3), keepdims=True)
    expected = np.clip(127.5 + 64 * (faces - mean) / sd, 0, 255)
    np.testing.assert_allclose(corrected("standardize", faces), expected, atol=1e-2)


def test_standardize_undoes_any_exposure(faces: np.ndarray) -> None:
    dimmed = faces[2:3] * 0.3 + 20
    np.testing.assert_allclose(
        corrected("standardize", dimmed), corrected("standardize", faces[2:3]), atol=1e-2
    )


@every_method
def test_a_face_is_corrected_by_its_own_pixels_alone(method: str, faces: np.ndarray) -> None:
    together = corrected(method, faces)
    alone = np.concatenate([corrected(method, faces[i : i + 1]) for i in range(len(faces))])
    np.testing.assert_allclose(together, alone, atol=1e-3)


@every_method
@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_constant_face_stays_constant_and_finite(method: str, level: int) -> None:
    out = corrected(method, np.full((1, 8, 8, 1), level))
    assert np.isfinite(out).all()
    assert np.ptp(out) == 0


@every_method
@pytest.mark.parametrize("channels", [1, 3])
def test_faces_stay_faces(method: str, channels: int) -> None:
    faces = np.random.default_rng(0).uniform(0, 255, (4, 12, 9, channels))
    out = corrected(method, faces)
    assert out.shape == faces.shape
    assert out.min() >= 0
    assert out.max() <= 255


@every_method
def test_grey_as_rgb_is_corrected_as_grey(method: str, faces: np.ndarray) -> None:
    rgb = corrected(method, np.repeat(faces, 3, axis=-1))
    np.testing.assert_allclose(rgb, np.repeat(corrected(method, faces), 3, -1), atol=1e-2)


def test_rgb_keeps_its_colour_differences_where_nothing_is_clipped() -> None:
    rng = np.random.default_rng(1)
    faces = rng.uniform(100, 150, (1, 10, 10, 1)) + np.array([4.0, 0.0, -4.0])
    out = corrected("standardize", faces)
    inside = ((out > 0) & (out < 255)).all(axis=-1)
    assert inside.mean() > 0.8
    np.testing.assert_allclose((out[..., 0] - out[..., 2])[inside], 8, atol=1e-3)


@every_method
def test_it_computes_in_float32_under_mixed_precision(method: str, faces: np.ndarray) -> None:
    expected = corrected(method, faces)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        np.testing.assert_array_equal(corrected(method, faces), expected)
    finally:
        keras.config.set_dtype_policy("float32")


@every_method
def test_it_is_rebuilt_from_its_settings(method: str, faces: np.ndarray) -> None:
    layer: Any = IlluminationCorrection(method, name="light")
    twin = IlluminationCorrection.from_config(layer.get_config())
    assert (twin.name, twin.method) == ("light", method)


@pytest.mark.parametrize("method", ["none", "sharpen"])
def test_a_method_it_does_not_have_is_refused(method: str) -> None:
    with pytest.raises(ZooError, match=f"unknown illumination correction '{method}'"):
        IlluminationCorrection(method)
