"""The neighbourhood of a face: masks and perturbed faces against a literal loop."""

from collections.abc import Callable

import numpy as np
import pytest
from fake_predictors import FakePredictor
from scipy.ndimage import gaussian_filter

from zoo.explainers.kernel_shap import kernel_shap
from zoo.explainers.lime import lime
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


def seen_instead(
    face: np.ndarray, inside: np.ndarray, hide: float | str, seed: int
) -> np.ndarray | float:
    """What is to be seen of some pixels that are hidden, by other means than the zoo's."""
    if hide == "mean":
        return face[inside].mean(axis=0)
    if hide == "blur":
        return gaussian_filter(face.astype(float), 6, axes=(0, 1), mode="mirror")[inside]
    if hide == "noise":
        return np.random.default_rng(seed).uniform(0, 256, face.shape).clip(0, 255)[inside]
    return hide


@pytest.mark.parametrize("hide", ["mean", "blur", "noise", 0, 200])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_hidden_superpixels_are_replaced_and_nothing_else(
    face: np.ndarray, hide: float | str, channels: int, dtype: type
) -> None:
    face = face[..., :channels].astype(dtype)
    segments = segment(face)
    masks = sample_masks(5, int(segments.max()) + 1, seed=0)
    hidden = hidden_face(face, segments, hide, seed=3)
    faces = perturbed_faces(face, hidden, segments, masks)
    assert faces.dtype == dtype
    for mask, perturbed in zip(masks, faces, strict=True):
        expected = face.copy()
        for number in np.flatnonzero(~mask):
            inside = segments == number
            expected[inside] = seen_instead(face, inside, hide, seed=3)
        rounding = 1 if hide == "blur" and dtype == np.uint8 else 0.02
        np.testing.assert_allclose(perturbed.astype(float), expected, rtol=1e-5, atol=rounding)


@pytest.mark.parametrize("hide", ["blur", "noise"])
@pytest.mark.parametrize("explain", [lime, kernel_shap])
def test_the_setting_and_the_seed_say_what_is_seen_instead(
    face: np.ndarray, predictor: FakePredictor, explain: Callable[..., object], hide: str
) -> None:
    explain(predictor, face, samples=60, hide=hide, seed=5)
    (faces,) = predictor.batches
    hidden = hidden_face(face, segment(face), hide, seed=5)
    assert ((faces == face) | (faces == hidden)).all()
    assert (faces != face).any()
    if hide == "noise":
        assert (hidden != hidden_face(face, segment(face), hide, seed=6)).mean() > 0.9
