"""Superpixels that LIME can number, on faces of any kind."""

import numpy as np
import pytest
from skimage.segmentation import slic

from zoo.errors import ZooError
from zoo.explainers.segmentation import ALGORITHMS, segment


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("side", [48, 96])
def test_superpixels_suit_a_face_and_are_numbered_from_0_without_gaps(
    face: np.ndarray, algorithm: str, side: int
) -> None:
    face = face.repeat(side // 48, axis=0).repeat(side // 48, axis=1)
    segments = segment(face, algorithm)
    assert segments.shape == (side, side)
    numbers = np.unique(segments)
    assert np.array_equal(numbers, np.arange(len(numbers)))
    assert 15 <= len(numbers) <= 75


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("shape", [(24, 24, 1), (1, 1, 3), (48, 30, 3)])
def test_small_oblong_and_blank_faces_are_cut_too(algorithm: str, shape: tuple[int, ...]) -> None:
    segments = segment(np.zeros(shape, np.uint8), algorithm)
    assert segments.shape == shape[:2]
    assert set(segments.ravel()) == set(range(segments.max() + 1))


def test_slic_gives_scikit_images_superpixels(face: np.ndarray) -> None:
    ours = segment(face, "slic", {"n_segments": 100, "compactness": 1.0, "sigma": 1.0})
    theirs = slic(face, n_segments=100, compactness=1.0, sigma=1.0, start_label=0)
    assert np.array_equal(ours, theirs)


def test_superpixels_numbered_with_gaps_or_from_1_are_renumbered(face: np.ndarray) -> None:
    assert segment(face, "slic", {"start_label": 1}).min() == 0


def test_a_grey_face_is_cut_as_its_rgb_copy(face: np.ndarray) -> None:
    grey = face[..., :1]
    assert np.array_equal(segment(grey), segment(np.repeat(grey, 3, axis=-1)))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_float_face_is_cut_as_its_uint8_copy(face: np.ndarray, algorithm: str) -> None:
    assert np.array_equal(segment(face.astype(np.float32), algorithm), segment(face, algorithm))


@pytest.mark.parametrize(
    ("algorithm", "settings", "message"),
    [
        ("slick", {}, "unknown segmentation 'slick': did you mean slic"),
        ("slic", {"n_segment": 9}, "unknown setting of slic 'n_segment': did you mean n_segments"),
        ("slic", {"n_segments": 0}, "slic with {'n_segments': 0}: .*division by zero"),
        ("slic", {"n_segments": -3}, "slic: n_segments = -3: expected 0 or more"),
        ("quickshift", {"kernel_size": 0.5}, "quickshift with .*kernel_size"),
    ],
)
def test_what_cannot_be_cut_is_refused_in_one_line(
    face: np.ndarray, algorithm: str, settings: dict[str, float], message: str
) -> None:
    with pytest.raises(ZooError, match=message) as refusal:
        segment(face, algorithm, settings)
    assert "\n" not in str(refusal.value)
