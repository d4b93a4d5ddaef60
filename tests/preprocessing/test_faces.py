"""Faces from outside in the size and colour of a network, against OpenCV and plain NumPy."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.preprocessing.faces import to_face_shape

TYPES = [np.uint8, np.float16, np.float32, np.float64]


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 12, 16, 3), np.uint8)


def test_faces_that_fit_are_given_back_as_they_are(tmp_path: Path, rgb: np.ndarray) -> None:
    np.save(tmp_path / "faces.npy", rgb)
    mapped = np.load(tmp_path / "faces.npy", mmap_mode="r")
    assert to_face_shape(mapped, (12, 16, 3)) is mapped


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(12, 16, 1), (6, 8, 3), (24, 32, 1), (12, 8, 3), (30, 5, 1)])
def test_the_type_stays_and_the_values_stay_in_range(
    rgb: np.ndarray, dtype: type, shape: tuple[int, int, int]
) -> None:
    out = to_face_shape(rgb.astype(dtype), shape)
    assert out.shape == (3, *shape)
    assert out.dtype == dtype
    assert out.min() >= 0
    assert out.max() <= 255


def test_rgb_becomes_grey_as_in_opencv(rgb: np.ndarray) -> None:
    expected = np.stack([cv2.cvtColor(face, cv2.COLOR_RGB2GRAY) for face in rgb])
    found = to_face_shape(rgb, (12, 16, 1))[..., 0]
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.mean(found != expected) < 0.01


def test_grey_becomes_three_equal_channels(rgb: np.ndarray) -> None:
    out = to_face_shape(rgb[..., :1], (12, 16, 3))
    for channel in range(3):
        np.testing.assert_array_equal(out[..., channel], rgb[..., 0])


def test_shrinking_averages_over_the_area(rgb: np.ndarray) -> None:
    faces = rgb.astype(np.float32)
    blocks = faces.reshape(3, 3, 4, 4, 4, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(to_face_shape(faces, (3, 4, 3)), blocks, atol=1e-3)


def test_enlarging_keeps_a_ramp_a_ramp() -> None:
    ramp = np.tile(np.arange(0, 160, 10, dtype=np.float32)[None, None, :, None], (1, 4, 1, 1))
    steps = np.diff(to_face_shape(ramp, (8, 32, 1))[0, 3, 1:-1, 0])
    np.testing.assert_allclose(steps, 5, atol=1e-3)


def test_no_faces_are_no_fault(rgb: np.ndarray) -> None:
    assert to_face_shape(rgb[:0], (48, 48, 1)).shape == (0, 48, 48, 1)


@pytest.mark.parametrize("shape", [(2, 5, 5), (2, 5, 5, 2), (2, 5, 5, 4)])
def test_what_is_no_batch_of_faces_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ZooError, match="faces of shape"):
        to_face_shape(np.zeros(shape, np.uint8), (48, 48, 1))
