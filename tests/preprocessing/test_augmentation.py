"""Augmentation against SciPy, scikit-image and literal computations."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import skimage.transform
from pydantic import ValidationError

from zoo.preprocessing.augmentation import Augmentation, augment
from zoo.preprocessing.augmentation.affine import Pose, affine_matrices, draw_pose, warp
from zoo.preprocessing.augmentation.lighting import relight

HEIGHT, WIDTH = 40, 48
CENTRE = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
OFF = {
    "rotation": 0.0,
    "shear": 0.0,
    "zoom": 0.0,
    "shift": 0.0,
    "flip": False,
    "contrast": 0.0,
    "brightness": 0.0,
    "rand_augment": 0.0,
    "erasing": 0.0,
    "grid_mask": 0.0,
    "channel_shuffle": 0,
    "mixup": 0.0,
    "cutmix": 0.0,
}
GREY_LEVELS = 1.5
"""OpenCV places a sample to 1/32 pixel and rounds to whole grey levels."""


def settings(**changes: float) -> Augmentation:
    return Augmentation(**OFF | changes)


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A smooth asymmetric picture, (H, W, 1) uint8."""
    noise = np.random.default_rng(0).normal(size=(HEIGHT, WIDTH))
    smooth = scipy.ndimage.gaussian_filter(noise, 3)
    scaled = 255 * (smooth - smooth.min()) / np.ptp(smooth)
    return scaled.round().astype(np.uint8)[..., np.newaxis]


def posed(face: np.ndarray, *, flip=False, zoom=1.0, shear=0.0, rotation=0.0, shift=(0, 0)):
    """One face after one pose change, (H, W) float."""
    pose = Pose(
        flip=np.array([flip]),
        zoom=np.array([zoom]),
        shear=np.array([shear]),
        rotation=np.array([rotation]),
        shift=np.array([shift], float),
    )
    return warp(face[np.newaxis], affine_matrices(pose, *face.shape[:2]))[0, ..., 0].astype(float)


def test_everything_off_returns_the_same_array(face):
    faces = face[np.newaxis]
    assert augment(faces, settings(), np.random.default_rng(0)) is faces


def test_a_pose_that_changes_nothing_returns_every_bit(face):
    np.testing.assert_array_equal(posed(face), face[..., 0])


def test_flip_mirrors_left_to_right(face):
    np.testing.assert_array_equal(posed(face, flip=True), face[:, ::-1, 0])


def test_shift_moves_right_and_down_and_repeats_the_border(face):
    expected = scipy.ndimage.shift(
        face[..., 0].astype(float), (2.5, -3.75), order=1, mode="nearest"
    )
    np.testing.assert_allclose(posed(face, shift=(-3.75, 2.5)), expected, atol=GREY_LEVELS)


def test_a_quarter_turn_is_anticlockwise(face):
    square = face[:, :HEIGHT]
    np.testing.assert_array_equal(posed(square, rotation=90), np.rot90(square[..., 0]))


@pytest.mark.parametrize("degrees", [-25.0, 10.0])
def test_rotation_agrees_with_scipy(face, degrees):
    expected = scipy.ndimage.rotate(
        face[..., 0].astype(float), degrees, reshape=False, order=1, mode="nearest"
    )
    np.testing.assert_allclose(posed(face, rotation=degrees), expected, atol=GREY_LEVELS)


@pytest.mark.parametrize("zoom", [0.8, 1.3])
def test_zoom_above_one_magnifies_about_the_centre(face, zoom):
    expected = face[..., 0].astype(float)
    for axis, size in enumerate(expected.shape):
        places = np.arange(size)
        middle = (size - 1) / 2
        sampled = (places - middle) / zoom + middle
        expected = np.apply_along_axis(
            lambda line, at=sampled, of=places: np.interp(at, of, line), axis, expected
        )
    np.testing.assert_allclose(posed(face, zoom=zoom), expected, atol=GREY_LEVELS)


def test_shear_moves_rows_below_the_centre_to_the_left(face):
    places = np.arange(WIDTH)
    slope = np.tan(np.radians(20))
    expected = [
        np.interp(places + slope * (y - CENTRE[1]), places, face[y, :, 0]) for y in range(HEIGHT)
    ]
    np.testing.assert_allclose(posed(face, shear=20), expected, atol=GREY_LEVELS)


def test_all_changes_compose_into_one_affine_map(face):
    def about_centre(matrix: np.ndarray) -> np.ndarray:
        here = skimage.transform.AffineTransform(translation=CENTRE).params
        return here @ matrix @ np.linalg.inv(here)

    angle, slope = np.radians(12), np.tan(np.radians(-15))
    mirror = np.diag([-1.0, 1, 1])
    zoomed = np.diag([0.9, 0.9, 1])
    sheared = np.array([[1, -slope, 0], [0, 1, 0], [0, 0, 1]])
    turned = np.array(
        [[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    shifted = skimage.transform.AffineTransform(translation=(4, -3)).params
    forward = shifted @ about_centre(turned @ sheared @ zoomed @ mirror)
    expected = skimage.transform.warp(
        face[..., 0].astype(float), np.linalg.inv(forward), order=1, mode="edge"
    )
    ours = posed(face, flip=True, zoom=0.9, shear=-15, rotation=12, shift=(4, -3))
    np.testing.assert_allclose(ours, expected, atol=GREY_LEVELS)


def test_every_face_of_a_batch_gets_its_own_pose(face):
    pose = Pose(
        flip=np.array([False, True]),
        zoom=np.ones(2),
        shear=np.zeros(2),
        rotation=np.zeros(2),
        shift=np.zeros((2, 2)),
    )
    both = warp(np.stack([face, face]), affine_matrices(pose, HEIGHT, WIDTH))
    np.testing.assert_array_equal(both, [face, face[:, ::-1]])


def test_draws_fill_their_ranges_and_no_more():
    limits = settings(rotation=10.0, shear=5.0, zoom=0.2, shift=0.1, flip=True)
    pose = draw_pose(20_000, HEIGHT, WIDTH, limits, np.random.default_rng(0))
    centred = (
        (pose.rotation, 10),
        (pose.shear, 5),
        (pose.zoom - 1, 0.2),
        (pose.shift[:, 0], 0.1 * WIDTH),
        (pose.shift[:, 1], 0.1 * HEIGHT),
    )
    for drawn, limit in centred:
        assert np.abs(drawn).max() <= limit
        assert drawn.min() < -0.99 * limit
        assert drawn.max() > 0.99 * limit
        assert abs(drawn.mean()) < 0.03 * limit
    assert pose.flip.mean() == pytest.approx(0.5, abs=0.02)


def test_contrast_spreads_about_the_mean_and_brightness_adds():
    faces = np.random.default_rng(0).integers(0, 256, (3, 8, 6, 3), dtype=np.uint8)
    contrast, brightness = np.array([1.0, 1.5, 0.4]), np.array([0.0, -20.0, 90.0])
    for face, c, b, ours in zip(
        faces, contrast, brightness, relight(faces, contrast, brightness), strict=True
    ):
        literal = (face - face.mean()) * c + face.mean() + b
        np.testing.assert_array_equal(ours, np.clip(np.rint(literal), 0, 255))


@pytest.mark.parametrize("channels", [1, 3])
def test_faces_keep_their_shape_and_type_in_grey_and_colour(face, channels):
    faces = np.repeat(np.repeat(face[np.newaxis], 2, axis=0), channels, axis=-1)
    strong = settings(
        rotation=30.0, shear=10.0, zoom=0.3, shift=0.2, flip=True, contrast=0.5, brightness=0.3
    )
    changed = augment(faces, strong, np.random.default_rng(0))
    assert (changed.shape, changed.dtype) == (faces.shape, np.uint8)
    assert (changed == changed[..., :1]).all()
    assert not np.array_equal(changed[0], changed[1])


def test_the_same_seed_gives_the_same_faces_and_another_seed_others(face):
    strong = settings(rotation=30.0, brightness=0.2)
    first, again, other = (
        augment(face[np.newaxis], strong, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_originals_are_left_alone(face):
    faces = face[np.newaxis].copy()
    augment(faces, settings(rotation=30.0, contrast=0.5), np.random.default_rng(0))
    np.testing.assert_array_equal(faces[0], face)


@pytest.mark.parametrize(
    "wrong", [{"rotation": -1.0}, {"zoom": 1.0}, {"shear": 90.0}, {"shift": float("nan")}]
)
def test_settings_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        settings(**wrong)
