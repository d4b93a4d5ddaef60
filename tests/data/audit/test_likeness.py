"""Comparing faces pixel by pixel."""

import numpy as np
import pytest
from skimage.filters import gaussian

from zoo.data.audit.likeness import COPY, detail, likeness


def compare(first, second):
    return likeness(detail(first), detail(second))


def literal_likeness(first, second):
    """Two faces, window by window, as the text says it."""
    first, second = (
        face - gaussian(face, 1.5, mode="mirror", truncate=4) for face in (first, second)
    )
    best = (-1, -1)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            values = []
            for rows, columns in ((range(1, 47), range(1, 47)), (range(12, 42), range(10, 38))):
                one = first[np.ix_(rows, columns)]
                other = second[np.ix_([r + down for r in rows], [c + right for c in columns])]
                values.append((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))
            best = max(best, tuple(values))
    return min(best)


def test_it_is_the_correlation_of_details_at_the_best_shift(drawn):
    faces = drawn[0].astype(float)
    pairs = [(0, 1), (2, 3), (4, 4)]
    expected = [literal_likeness(faces[a], faces[b]) for a, b in pairs]
    first, second = (drawn[0][list(part)] for part in zip(*pairs, strict=True))
    assert compare(first, second) == pytest.approx(expected, abs=0.01)


def test_a_face_is_like_itself_moved_by_a_pixel(drawn):
    faces = drawn[0][:60]
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            moved = np.roll(faces, (down, right), axis=(1, 2))
            assert compare(faces, moved).min() > 0.9


def test_a_face_moved_by_three_pixels_is_less_like_itself(drawn):
    faces = drawn[0][:60]
    assert np.median(compare(faces, np.roll(faces, 3, axis=2))) < COPY


def test_light_does_not_count(drawn):
    faces = drawn[0][:60]
    assert compare(faces, (faces // 2 + 90).astype(np.uint8)).min() > 0.95


def test_different_faces_are_not_alike(drawn):
    faces = drawn[0]
    values = compare(faces[:300], faces[300:])
    assert values.max() < COPY
    assert values == pytest.approx(compare(faces[300:], faces[:300]), abs=0.15)


def test_images_of_one_grey_are_like_nothing(drawn):
    grey = np.full((1, 48, 48), 9, np.uint8)
    assert compare(grey, drawn[0][:1]) == pytest.approx(0, abs=0.01)
    assert compare(grey, grey) == pytest.approx(0, abs=0.01)
