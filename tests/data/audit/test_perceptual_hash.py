"""Hashes that hardly change when a face is copied with small changes."""

import numpy as np
import pytest

from zoo.data.audit.perceptual_hash import mirrored, perceptual_hashes


def literal_hash(face):
    """The formula of the DCT-II, term by term."""
    face = face.astype(float) - face.mean()
    places = np.arange(48)
    values = []
    for down in range(4):
        for right in range(4):
            wave = np.outer(
                np.cos(np.pi * (places + 0.5) * down / 48),
                np.cos(np.pi * (places + 0.5) * right / 48),
            )
            values.append((face * wave).sum() / np.linalg.norm(wave) / np.linalg.norm(face))
    return np.array(values[1:])


def test_it_is_the_lowest_frequencies_at_unit_contrast(drawn):
    faces, _ = drawn
    expected = [literal_hash(face) for face in faces[:5]]
    assert perceptual_hashes(faces[:5]) == pytest.approx(np.array(expected), abs=1e-5)


def test_light_does_not_change_it(drawn):
    faces = drawn[0][:50]
    darker = faces // 2
    other = (darker + 70).astype(np.uint8)
    assert perceptual_hashes(other) == pytest.approx(perceptual_hashes(darker), abs=1e-6)


def test_a_mirrored_face_has_the_mirrored_hash(drawn):
    faces = drawn[0][:50]
    expected = perceptual_hashes(faces[:, :, ::-1])
    assert mirrored(perceptual_hashes(faces)) == pytest.approx(expected, abs=1e-6)


def test_an_image_of_one_grey_has_no_frequencies():
    grey = np.stack([np.full((48, 48), level, np.uint8) for level in (0, 7, 255)])
    assert perceptual_hashes(grey) == pytest.approx(np.zeros((3, 15)), abs=1e-6)
