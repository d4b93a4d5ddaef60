"""What spoils faces, against literal computations on small arrays."""

import io
import math

import numpy as np
import pytest
from PIL import Image

from zoo.errors import ZooError
from zoo.preprocessing import perturbations
from zoo.preprocessing.perturbations import GREY, PERTURBATIONS, moved, perturbed, rotated

FACE = np.random.default_rng(0).integers(0, 256, (12, 10, 1), np.uint8)
COLOUR = np.random.default_rng(1).integers(0, 256, (12, 10, 3), np.uint8)


def drawing(seed=0):
    return np.random.default_rng(seed)


def rounded(values):
    return [[[min(255, max(0, round(v))) for v in pixel] for pixel in row] for row in values]


def some(n=6, side=48, channels=1):
    return np.random.default_rng(2).integers(60, 196, (n, side, side, channels), np.uint8)


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_severity_0_is_exact_and_others_are_faces_again(name, channels):
    faces = some(channels=channels)
    rows = range(len(faces))
    assert perturbed(faces, name, 0, rows=rows) is faces
    for severity in range(1, 6):
        spoiled = perturbed(faces, name, severity, rows=rows)
        assert (spoiled.shape, spoiled.dtype) == (faces.shape, np.uint8)
        assert (spoiled != faces).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_more_strength_leaves_less_of_the_face(name):
    smooth = np.add.outer(np.arange(48) * 3, np.arange(48)).astype(np.uint8)
    smooth[10:20, 12:30] = 250
    faces = np.repeat(smooth[None, :, :, None], 40, axis=0)
    off = [
        np.abs(perturbed(faces, name, severity, rows=range(40)).astype(int) - faces).mean()
        for severity in range(6)
    ]
    assert off[0] == 0
    assert off == sorted(off)
    assert len(set(off)) == 6


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_face_is_spoiled_alike_in_whatever_company_and_differently_by_another_seed(name):
    faces = some(n=40)
    together = perturbed(faces, name, 3, rows=range(40), seed=4)
    alone = perturbed(faces[[7]], name, 3, rows=[7], seed=4)
    np.testing.assert_array_equal(together[[7]], alone)
    other = perturbed(faces, name, 3, rows=range(40), seed=5)
    assert (together != other).any() == (name not in ("blur", "JPEG"))


@pytest.mark.parametrize("face", [FACE, COLOUR], ids=["grey", "colour"])
def test_noise_adds_the_draw_times_its_deviation(face):
    normal = drawing().standard_normal(face.shape)
    expected = rounded(face.astype(float) + 24 * normal)
    np.testing.assert_array_equal(perturbations.noise(face, 24, drawing()), expected)


def test_blur_weighs_the_neighbours_by_a_gaussian():
    point = np.zeros((41, 41, 1), np.uint8)
    point[20, 20] = 255
    sigma = 0.05 * 41
    spread = perturbations.blur(point, 5, drawing())[..., 0]
    weights = [math.exp(-((x - 20) ** 2) / (2 * sigma**2)) for x in range(41)]
    total = sum(weights)
    expected = [[255 * a * b / total**2 for b in weights] for a in weights]
    np.testing.assert_allclose(spread, expected, atol=0.52)


def test_blur_leaves_an_even_face_even():
    np.testing.assert_array_equal(perturbations.blur(np.full_like(COLOUR, 90), 6, drawing()), 90)


@pytest.mark.parametrize("seed", range(5))
def test_occlusion_covers_one_square_inside_the_face(seed):
    face = np.zeros((12, 10, 3), np.uint8)
    covered = perturbations.occlusion(face, 40, drawing(seed))
    rows, columns = np.nonzero(covered[..., 0])
    assert rows.max() - rows.min() == columns.max() - columns.min() == 3  # 40 % of 10 are 4
    assert (covered == GREY).sum() == 4 * 4 * 3
    assert ((covered == GREY) | (covered == 0)).all()


def test_occlusion_reaches_every_place():
    face = np.zeros((4, 4, 1), np.uint8)
    covered = [perturbations.occlusion(face, 50, drawing(seed)) for seed in range(60)]
    assert {str(np.argwhere(one[..., 0])[0].tolist()) for one in covered} == {
        f"[{row}, {column}]" for row in range(3) for column in range(3)
    }


def test_brightness_adds_or_takes_grey_levels_and_cuts():
    face = np.array([[[0], [100], [250]]], np.uint8)
    both = {tuple(perturbations.brightness(face, 20, drawing(seed)).ravel()) for seed in range(20)}
    assert both == {(20, 120, 255), (0, 80, 230)}


@pytest.mark.parametrize("face", [FACE, COLOUR], ids=["grey", "colour"])
def test_jpeg_is_what_pillow_reads_back(face):
    file = io.BytesIO()
    Image.fromarray(face.squeeze()).save(file, format="jpeg", quality=12)
    expected = np.array(Image.open(file)).reshape(face.shape)
    np.testing.assert_array_equal(perturbations.jpeg(face, 12, drawing()), expected)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (0, -3), (-1, 4)])
def test_a_moved_face_repeats_its_border(down, right):
    height, width = FACE.shape[:2]
    expected = [
        [FACE[min(max(y - down, 0), height - 1), min(max(x - right, 0), width - 1)]
         for x in range(width)] for y in range(height)
    ]  # fmt: skip
    np.testing.assert_array_equal(moved(FACE, down, right), expected)


def test_a_shift_goes_as_far_as_it_says_in_any_direction():
    face = np.zeros((50, 50, 1), np.uint8)
    face[25, 25] = 255
    places = [
        np.argwhere(perturbations.shift(face, 20, drawing(seed))[..., 0])[0] - 25
        for seed in range(50)
    ]
    distances = [math.hypot(*place) for place in places]
    assert max(abs(distance - 10) for distance in distances) < 0.75
    assert {(y > 0, x > 0) for y, x in places} == {
        (False, False), (False, True), (True, False), (True, True),
    }  # fmt: skip


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_quarter_turns_are_exact_and_to_the_left(turns):
    square = COLOUR[:9, :9]
    np.testing.assert_array_equal(rotated(square, 90 * turns), np.rot90(square, turns))


def test_rotation_goes_either_way():
    face = some(n=1)[0]
    both = [perturbations.rotation(face, 30, drawing(seed)) for seed in range(10)]
    ways = [rotated(face, degrees) for degrees in (-30, 30)]
    found = [[np.array_equal(one, way) for way in ways] for one in both]
    assert all(sum(one) == 1 for one in found)
    assert {one.index(True) for one in found} == {0, 1}


def test_what_is_not_there_is_refused():
    with pytest.raises(ZooError, match="unknown perturbation 'nose': did you mean noise"):
        perturbed(some(), "nose", 1, rows=range(6))
    with pytest.raises(ZooError, match="noise: severity 6, expected 0 to 5"):
        perturbed(some(), "noise", 6, rows=range(6))
    with pytest.raises(ZooError, match="noise: faces of type float64, expected uint8"):
        perturbed(some() / 1.0, "noise", 1, rows=range(6))
