"""The neighbourhood of a face: masks and perturbed faces against a literal loop."""

import numpy as np
import pytest

from zoo.explainers.sampling import hidden_face, paired_masks, perturbed_faces, sample_masks
from zoo.explainers.segmentation import segment


def test_the_first_mask_shows_everything_and_the_others_half() -> None:
    masks = sample_masks(400, 30, seed=0)
    assert masks.shape == (400, 30)
    assert masks[0].all()
    assert masks[1:].mean() == pytest.approx(0.5, abs=0.02)


def test_the_same_seed_gives_the_same_masks_and_another_seed_others() -> None:
    assert np.array_equal(sample_masks(50, 9, seed=3), sample_masks(50, 9, seed=3))
    assert not np.array_equal(sample_masks(50, 9, seed=3), sample_masks(50, 9, seed=4))


def test_paired_masks_show_everything_then_each_its_complement() -> None:
    masks = paired_masks(200, 30, seed=0)
    assert masks.shape == (200, 30)
    assert masks[0].all()
    np.testing.assert_array_equal(masks[1:199:2], ~masks[2:199:2])
    assert masks[199].mean() == pytest.approx(0.5, abs=0.3)
    np.testing.assert_array_equal(paired_masks(51, 30, seed=0), masks[:51])
    assert not np.array_equal(paired_masks(51, 30, seed=1), masks[:51])


@pytest.mark.parametrize("hide", ["mean", 0, 200])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_hidden_superpixels_are_replaced_and_nothing_else(
    face: np.ndarray, hide: float | str, channels: int, dtype: type
) -> None:
    face = face[..., :channels].astype(dtype)
    segments = segment(face)
    masks = sample_masks(5, int(segments.max()) + 1, seed=0)
    hidden = hidden_face(face, segments, hide)
    faces = perturbed_faces(face, hidden, segments, masks)
    assert faces.dtype == dtype
    for mask, perturbed in zip(masks, faces, strict=True):
        expected = face.copy()
        for number in np.flatnonzero(~mask):
            inside = segments == number
            expected[inside] = face[inside].mean(axis=0) if hide == "mean" else hide
        np.testing.assert_allclose(perturbed, expected, rtol=1e-5)
