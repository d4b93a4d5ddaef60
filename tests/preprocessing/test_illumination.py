"""Illumination correction against scikit-image, OpenCV, SciPy and NumPy, face by face."""

import subprocess
import sys
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.exposure import equalize_hist

from zoo.architectures import registry
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


def test_equalize_undoes_any_brightening_that_keeps_the_order_of_levels() -> None:
    faces = np.random.default_rng(2).integers(0, 100, (3, 12, 12, 1))
    tone = np.cumsum(np.random.default_rng(3).integers(1, 3, 100))
    np.testing.assert_array_equal(corrected("equalize", tone[faces]), corrected("equalize", faces))


@pytest.mark.parametrize(
    "size", [(48, 48), (20, 16), (49, 50), (48, 50), (30, 47), (7, 5), (1, 1)]
)
def test_clahe_is_opencvs(size: tuple[int, int]) -> None:
    coarse = np.random.default_rng(6).uniform(0, 230, (4, 5, 5)).astype(np.float32)
    noise = np.random.default_rng(7).uniform(0, 25, (4, *size))
    smooth = np.stack([cv2.resize(face, size[::-1]) for face in coarse])
    faces = (smooth + noise).astype(np.uint8)
    opencv = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4))
    expected = np.stack([opencv.apply(face).reshape(size) for face in faces]).astype(float)
    out = corrected("clahe", faces[..., np.newaxis])[..., 0]
    assert np.abs(out - expected).max() < 0.501
    off = np.abs(np.rint(out) - expected)
    # A value halfway between two levels may be rounded otherwise where a processor fuses
    # multiplication and addition.
    assert off.max() <= 1
    assert (off > 0).mean() < 0.01


def test_clahe_rounds_levels_first(faces: np.ndarray) -> None:
    shifted = np.clip(faces + 0.4, 0, 255)
    np.testing.assert_array_equal(corrected("clahe", shifted), corrected("clahe", faces))


def test_plane_subtracts_the_least_squares_plane_and_keeps_the_mean(faces: np.ndarray) -> None:
    rows, columns = np.mgrid[:20, :16]
    basis = np.stack([rows.ravel(), columns.ravel(), np.ones(320)], axis=1)
    for face, out in zip(faces, corrected("plane", faces), strict=True):
        weights, *_ = np.linalg.lstsq(basis, face.ravel().astype(float))
        expected = face.ravel() - basis @ weights + face.mean()
        np.testing.assert_allclose(out.ravel(), np.clip(expected, 0, 255), atol=1e-3)


def test_plane_undoes_any_linear_ramp() -> None:
    faces = np.random.default_rng(4).uniform(80, 170, (2, 13, 10, 1))
    ramp = 3.0 * (np.arange(13.0) - 6)[:, None, None] - 2.0 * (np.arange(10.0) - 4.5)[:, None]
    np.testing.assert_allclose(
        corrected("plane", faces + ramp), corrected("plane", faces), atol=1e-3
    )


def tan_triggs(face: np.ndarray, floor: float) -> np.ndarray:
    """Section III of the paper, literally, on one (H, W) face; then −10…10 → 0–255."""
    face = face.astype(float) ** 0.2
    contrast = gaussian_filter(face, 1, mode="nearest") - gaussian_filter(face, 2, mode="nearest")
    magnitude = np.maximum(np.abs(contrast), floor)
    for limit in (np.inf, 10):
        mean = np.mean(np.minimum(limit, magnitude) ** 0.1) ** (1 / 0.1)
        contrast, magnitude = contrast / mean, magnitude / mean
    return 127.5 + 12.75 * (10 * np.tanh(contrast / 10))


@pytest.mark.parametrize(("floor", "tolerance"), [(1e-4, 0.01), (0, 0.5)])
def test_tan_triggs_is_the_papers_chain(faces: np.ndarray, floor: float, tolerance: float) -> None:
    expected = [tan_triggs(face, floor) for face in faces[..., 0]]
    np.testing.assert_allclose(
        corrected("tan_triggs", faces)[..., 0], expected, rtol=0, atol=tolerance
    )


def test_tan_triggs_undoes_the_strength_of_the_light() -> None:
    faces = np.random.default_rng(5).uniform(40, 250, (2, 20, 20, 1))
    dim, bright = corrected("tan_triggs", faces * 0.1), corrected("tan_triggs", faces)
    np.testing.assert_allclose(dim, bright, atol=0.1)


def test_tan_triggs_does_not_amplify_rounding_error_in_flat_patches() -> None:
    face = np.full((1, 48, 48, 1), 200.0)
    face[:, :6] = 90
    out = corrected("tan_triggs", face)
    np.testing.assert_allclose(out[:, 20:], 127.5, atol=0.1)
    assert np.ptp(out[:, :12]) > 100


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
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="takes TensorFlow's gradient")
def test_gradients_are_finite_also_of_a_constant_or_black_face(method: str) -> None:
    import tensorflow as tf

    textured = np.random.default_rng(8).uniform(0, 255, (8, 8, 1))
    black, grey, white = (np.full((8, 8, 1), level) for level in (0, 90, 255))
    faces = tf.constant(np.stack([textured, black, grey, white]), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(faces)
        loss = tf.reduce_sum(tf.square(IlluminationCorrection(method)(faces)))
    gradient = tape.gradient(loss, faces, unconnected_gradients="zero")
    assert np.isfinite(gradient).all()
    assert np.any(gradient[0] != 0) == (method not in ("equalize", "clahe"))


@every_method
@pytest.mark.parametrize("shape", [(12, 9, 1), (12, 9, 3), (1, 1, 1), (1, 7, 1), (3, 2, 3)])
def test_faces_of_any_size_stay_faces(method: str, shape: tuple[int, int, int]) -> None:
    faces = np.random.default_rng(0).uniform(0, 255, (4, *shape))
    out = corrected(method, faces)
    assert out.shape == faces.shape
    assert out.dtype == np.float32
    assert out.min() >= 0
    assert out.max() <= 255


@every_method
def test_grey_as_rgb_is_corrected_as_grey(method: str, faces: np.ndarray) -> None:
    rgb = corrected(method, np.repeat(faces, 3, axis=-1))
    np.testing.assert_allclose(rgb, np.repeat(corrected(method, faces), 3, -1), atol=1e-2)


def test_rgb_is_corrected_by_its_luma() -> None:
    faces = np.random.default_rng(10).uniform(90, 160, (2, 9, 9, 3))
    luma = np.array([0.299, 0.587, 0.114])
    expected = corrected("plane", faces @ luma[:, np.newaxis])
    np.testing.assert_allclose(corrected("plane", faces) @ luma, expected[..., 0], atol=1e-3)


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


@every_method
def test_a_networks_predictions_are_its_direct_call(method: str, faces: np.ndarray) -> None:
    network = registry.create("cpcpcpfff", face_shape=(20, 16, 1), illumination=method)
    assert network.get_layer("illumination").method == method
    direct = network(faces.astype(np.float32), training=False)
    np.testing.assert_allclose(
        network.predict(faces, verbose=0), keras.ops.convert_to_numpy(direct), atol=1e-5
    )
    without = registry.create("cpcpcpfff", face_shape=(20, 16, 1), illumination="none")
    without.set_weights(network.get_weights())
    assert np.abs(without.predict(faces, verbose=0) - direct).max() > 1e-4


@every_method
def test_compiled_it_gives_the_same(method: str) -> None:
    faces = np.random.default_rng(9).integers(0, 256, (6, 21, 18, 1)).astype(np.float32)
    inputs = keras.Input((21, 18, 1))
    compiled = keras.Model(inputs, IlluminationCorrection(method)(inputs))
    np.testing.assert_allclose(
        compiled.predict(faces, verbose=0), corrected(method, faces), atol=1e-2
    )


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a mode of TensorFlow's")
def test_tensorflows_deterministic_mode_runs_every_method() -> None:
    code = (
        "import keras, numpy as np, tensorflow as tf\n"
        "from zoo.preprocessing.illumination import IlluminationCorrection\n"
        "tf.config.experimental.enable_op_determinism()\n"
        "faces = np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 1)).astype('float32')\n"
        f"for method in {METHODS}:\n"
        "    correct = tf.function(IlluminationCorrection(method))\n"
        "    assert (correct(faces).numpy() == correct(faces).numpy()).all(), method\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("method", ["none", "sharpen"])
def test_a_method_it_does_not_have_is_refused(method: str) -> None:
    with pytest.raises(ZooError, match=f"unknown illumination correction '{method}'"):
        IlluminationCorrection(method)
