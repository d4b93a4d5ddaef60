"""Finding a face: where it is known to be, the largest first, cut as a square inside the photo."""

import numpy as np
import pytest
from skimage import data

from zoo.preprocessing.cropping import (
    MARGIN,
    cut_face,
    cut_photo,
    find_faces,
    shown_to,
    square_around,
)
from zoo.preprocessing.faces import to_face_shape


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return data.astronaut()


def test_the_one_face_is_found_where_it_is(astronaut):
    ((left, top, width, height),) = find_faces(astronaut)
    assert left < 205 < 240 < left + width  # her eyes, by hand
    assert top < 105 < 150 < top + height  # eyes to mouth, by hand
    assert 70 < width < 130


@pytest.mark.parametrize("factor", [2, 5])
def test_a_larger_photo_gives_the_same_face_in_its_own_pixels(astronaut, factor):
    large = np.kron(astronaut, np.ones((factor, factor, 1), np.uint8))
    (box,) = find_faces(large)
    assert np.abs(box / factor - find_faces(astronaut)[0]).max() < 8


def test_the_larger_of_two_faces_comes_first(astronaut):
    face = astronaut[30:210, 130:320]
    pair = np.full((400, 700, 3), 128, np.uint8)
    pair[100:190, 20:115] = face[::2, ::2]
    pair[20:380, 250:630] = np.kron(face, np.ones((2, 2, 1), np.uint8))
    boxes = find_faces(pair)
    assert len(boxes) == 2
    assert boxes[0][0] > 250 > boxes[1][0]
    square = cut_face(pair).pixels
    assert square.shape[0] == square.shape[1] == round(boxes[0][2] * (1 + 2 * MARGIN))


def test_grey_and_colour_give_the_same_face(astronaut):
    grey = np.rint(astronaut @ [0.299, 0.587, 0.114]).astype(np.uint8)[..., np.newaxis]
    assert np.array_equal(find_faces(grey), find_faces(astronaut))
    assert cut_face(grey).pixels.shape[-1] == 1


def test_where_there_is_no_face_nothing_is_cut():
    for photo in (data.rocket(), np.zeros((5, 3, 1), np.uint8)):
        found = cut_face(photo)
        assert found.pixels is photo
        assert (found.place, found.found) == (None, 0)


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ((100, 50, 50, 50), (45, 105), (95, 155)),
        ((0, 0, 50, 50), (0, 60), (0, 60)),
        ((250, 150, 50, 50), (140, 200), (240, 300)),
        ((0, 0, 300, 200), (0, 200), (50, 250)),
    ],
    ids=["inside", "corner", "far corner", "larger than the photo"],
)
def test_the_square_has_its_margin_and_stays_inside(box, rows, columns):
    assert square_around(box, 200, 300) == (slice(*rows), slice(*columns))


def test_a_photo_is_cut_where_it_is_much_larger_than_a_face_and_shows_one(astronaut):
    found = cut_photo(astronaut, 48)
    assert np.array_equal(found.pixels, cut_face(astronaut).pixels)
    assert np.array_equal(found.pixels, astronaut[found.place])
    assert found.remark.startswith("cut to the face found at columns")
    assert "--whole-image" in found.remark
    assert found.found == 1
    left_alone = cut_photo(astronaut, 257)
    assert (left_alone.place, left_alone.remark, left_alone.found) == (None, "", None)


def test_a_face_that_fills_the_photo_already_is_left_as_it_is(astronaut):
    face = cut_face(astronaut).pixels
    for left_alone in (cut_face(face), cut_photo(face, 48)):
        assert left_alone.pixels is face
        assert (left_alone.place, left_alone.remark, left_alone.found) == (None, "", 1)


def test_a_photo_without_a_face_stays_whole_and_it_is_said():
    none = cut_photo(data.rocket(), 48)
    assert none.pixels.shape == data.rocket().shape
    assert "no face found: the whole photo of 640×427 pixels" in none.remark
    assert none.found == 0


def test_of_several_faces_the_largest_is_cut_and_it_is_said(astronaut):
    head = astronaut[:240, 100:340]
    half = np.full_like(head, 128)
    half[60:180, 60:180] = head[::2, ::2]
    two = cut_photo(np.concatenate([half, head], axis=1), 48)
    assert two.found == 2
    assert two.place[1].start > 240
    assert two.remark.startswith("cut to the largest of 2 faces found at columns")


def test_a_network_is_shown_the_face_or_the_whole_photo_in_its_own_size(astronaut):
    cut, whole = (shown_to((48, 48, 1), astronaut, whole_image=whole) for whole in (False, True))
    for shown, expected in ((cut, cut_face(astronaut).pixels), (whole, astronaut)):
        assert np.array_equal(shown.pixels, to_face_shape(expected[np.newaxis], (48, 48, 1))[0])
    assert cut.place is not None
    assert (whole.place, whole.remark) == (None, "")
