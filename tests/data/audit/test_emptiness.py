"""Images that show no face."""

import numpy as np
import pytest
from skimage import data, transform
from skimage.measure import shannon_entropy

from zoo.data.audit.emptiness import PLAIN_ENTROPY, entropies, finds_face


def shrunk(image):
    return np.rint(255 * transform.resize(image, (48, 48), anti_aliasing=True)).astype(np.uint8)


def test_entropy_is_shannons(drawn):
    faces = drawn[0][:20]
    expected = [shannon_entropy(face) for face in faces]
    assert entropies(faces) == pytest.approx(expected, abs=1e-4)


def test_an_image_of_one_grey_has_no_entropy_and_one_of_all_greys_eight_bits():
    images = np.stack([np.full((48, 48), 200), np.arange(48 * 48).reshape(48, 48) % 256])
    assert entropies(images.astype(np.uint8)) == pytest.approx([0, 8], abs=1e-6)


def test_drawn_faces_are_not_plain(drawn):
    assert entropies(drawn[0]).min() > PLAIN_ENTROPY


def test_a_face_is_found_and_other_things_are_not():
    """The photo of Eileen Collins that scikit-image brings along, and things."""
    face = shrunk(data.astronaut()[30:170, 155:295].mean(axis=2) / 255)
    others = [shrunk(image[:160, :160]) for image in (data.page(), data.text(), data.coins())]
    assert finds_face(face)
    assert not any(finds_face(other) for other in others)
