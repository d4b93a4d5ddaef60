"""Keras' random layers as the zoo uses them, against SciPy and literal computations."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import scipy.stats

from zoo.preprocessing.augmentation.erasing import erase
from zoo.preprocessing.augmentation.mixing import cut_mix, mix_up
from zoo.preprocessing.augmentation.rand_augment import OPERATIONS, operate, rand_augment

HEIGHT, WIDTH = 24, 40
ROUNDED = 0.501


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def noise(count: int, channels: int = 1) -> np.ndarray:
    return chance().integers(30, 220, (count, HEIGHT, WIDTH, channels), dtype=np.uint8)


def numbered(count: int) -> np.ndarray:
    """Faces all of whose pixels are their number."""
    numbers = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return np.broadcast_to(numbers, (count, HEIGHT, WIDTH, 1))


def bounds(mask: np.ndarray) -> tuple[slice, slice]:
    """The smallest rectangle around all true pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


TECHNIQUES = {
    "erase": lambda faces, seed: (erase(faces, 0.7, chance(seed)),),
    "rand_augment": lambda faces, seed: (rand_augment(faces, 0.5, chance(seed)),),
    "mix_up": lambda faces, seed: mix_up(faces, np.eye(len(faces), dtype="f"), 0.4, chance(seed)),
    "cut_mix": lambda faces, seed: cut_mix(faces, np.eye(len(faces), dtype="f"), 1, chance(seed)),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_seed_decides_faces_and_targets_whatever_was_drawn_before(technique, channels):
    faces = noise(20, channels)
    untouched = faces.copy()
    first, other, again = (TECHNIQUES[technique](faces, seed) for seed in (1, 2, 1))
    for array, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(array, same)
    for array, different in zip(first, other, strict=True):
        assert not np.array_equal(array, different)
    assert (first[0].dtype, first[0].shape) == (np.uint8, faces.shape)
    np.testing.assert_array_equal(faces, untouched)


def test_erasing_puts_uniform_noise_into_one_rectangle_of_a_share_of_the_faces():
    faces = np.full((600, HEIGHT, WIDTH, 1), 7, np.uint8)
    changed = (erased := erase(faces, 0.3, chance())) != faces
    hit = changed.any(axis=(1, 2, 3))
    assert hit.mean() == pytest.approx(0.3, abs=0.06)
    heights, widths = [], []
    for mask in changed[hit, ..., 0]:
        inside = mask[bounds(mask)]
        assert inside.mean() > 0.9  # one pixel in 256 is 7 by chance
        heights.append(inside.shape[0] / HEIGHT)
        widths.append(inside.shape[1] / WIDTH)
    for sides, pixel in ((heights, 1 / HEIGHT), (widths, 1 / WIDTH)):
        assert np.sqrt(0.02) - pixel <= min(sides) < 0.2
        assert 0.5 < max(sides) <= np.sqrt(0.33) + pixel
    assert abs(np.corrcoef(heights, widths)[0, 1]) < 0.3
    assert scipy.stats.kstest(erased[changed], scipy.stats.randint(0, 256).cdf).statistic < 0.02


def test_all_or_none_are_erased_on_demand():
    faces = numbered(40)
    np.testing.assert_array_equal(erase(faces, 0.0, chance()), faces)
    assert (erase(faces, 1.0, chance()) != faces).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_mixup_averages_two_faces_and_their_targets_by_the_same_share(channels):
    faces, own = noise(50, channels), np.eye(50, dtype=np.float32)
    mixed, targets = mix_up(faces, own, 0.4, chance())
    literal = np.einsum("ij,jhwc->ihwc", targets, faces.astype(float))
    np.testing.assert_allclose(mixed, literal, atol=ROUNDED)
    assert ((targets > 0).sum(axis=1) <= 2).all()
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert (np.diag(targets) < 1).sum() > 40


@pytest.mark.parametrize(
    ("mix", "alpha"),
    [(mix_up, 0.01), (mix_up, 0.3), (mix_up, 1.0), (cut_mix, 0.1), (cut_mix, 1.0)],
)
def test_shares_are_drawn_from_the_beta_distribution(mix, alpha):
    own = np.eye(800, dtype=np.float32)
    faces = np.zeros((800, HEIGHT, WIDTH, 1), np.uint8)
    shares = np.array([np.diag(mix(faces, own, alpha, chance(seed))[1]) for seed in range(3)])
    beta = scipy.stats.beta(alpha, alpha)
    for edge in (0.1, 0.4, 0.6, 0.9):
        assert (shares < edge).mean() == pytest.approx(beta.cdf(edge), abs=0.04)


def test_cutmix_pastes_a_rectangle_and_shares_the_targets_by_its_pixels():
    count = 200
    mixed, targets = cut_mix(numbered(count), np.eye(count, dtype=np.float32), 1.0, chance())
    ratios, starts = [], []
    for number, (face, target) in enumerate(zip(mixed[..., 0], targets, strict=True)):
        shown, pixels = np.unique(face, return_counts=True)
        assert len(set(shown) - {number}) <= 1
        literal = np.zeros(count)
        literal[shown] = pixels / face.size
        np.testing.assert_allclose(target, literal, atol=1e-6)
        pasted = face != number
        if pasted.any():
            rows, columns = bounds(pasted)
            assert pasted[rows, columns].all()
            free = HEIGHT - (rows.stop - rows.start), WIDTH - (columns.stop - columns.start)
            if min(free) > 3:
                starts.append((rows.start / free[0], columns.start / free[1]))
                ratios.append(pasted[rows, columns].shape[0] / pasted[rows, columns].shape[1])
    assert np.median(ratios) == pytest.approx(HEIGHT / WIDTH, abs=0.05)
    assert abs(np.corrcoef(np.transpose(starts))[0, 1]) < 0.3  # not along the diagonal


def test_the_operations_are_those_of_keras():
    assert list(OPERATIONS) == keras.layers.RandAugment._AUGMENT_LAYERS
    assert keras.layers.RandAugment().num_ops == 2


def operated(faces: np.ndarray, name: str, strength: float = 0.5) -> np.ndarray:
    return operate(faces, np.full(len(faces), OPERATIONS.index(name)), strength, chance())


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_does_the_same_to_grey_faces_and_to_grey_in_three_channels(name):
    grey = noise(20)
    in_colour = operated(np.repeat(grey, 3, axis=-1), name).astype(int)
    # Keras' weights of red, green and blue sum up to 0.9999.
    np.testing.assert_allclose(in_colour, np.repeat(operated(grey, name), 3, axis=-1), atol=1)


def test_brightness_adds_up_to_strength_times_255():
    faces = np.full((300, 2, 2, 1), 60, np.uint8)
    added = operated(faces, "random_brightness").astype(int) - 60
    assert (added == added[:, :1, :1]).all()
    assert added.min() >= 0
    assert 0.47 * 255 < added.max() <= 0.5 * 255 + 1


def test_posterization_clears_the_low_bits():
    faces = noise(20)
    for face, reduced in zip(faces, operated(faces, "random_posterization"), strict=True):
        assert any(np.array_equal(reduced, face >> bits << bits) for bits in range(1, 8))


def test_equalization_spreads_each_faces_levels_by_their_ranks():
    faces = noise(20) // 3 + 40
    for face, equalized in zip(faces, operated(faces, "equalization"), strict=True):
        below = np.array([(face <= level).sum() for level in range(256)])
        darkest = (face == face.min()).sum()
        expected = 255 * (below[face] - darkest) / (face.size - darkest)
        np.testing.assert_allclose(equalized, expected, atol=ROUNDED)


def test_auto_contrast_stretches_each_face_to_0_to_255():
    faces = noise(20) // 3 + 40
    low, high = (end(faces, axis=(1, 2), keepdims=True).astype(float) for end in (np.min, np.max))
    expected = (faces - low) * 255 / (high - low)
    np.testing.assert_allclose(operated(faces, "auto_contrast"), expected, atol=1)


def test_colour_degeneration_moves_colours_towards_grey():
    faces = noise(20, 3)
    before, after = (
        np.ptp(shown.astype(int), axis=-1).mean((1, 2))
        for shown in (faces, operated(faces, "random_color_degeneration", 1.0))
    )
    assert (after < before).all()
    assert after.min() < 0.1 * before.min()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_face_is_changed_by_itself_alone(name):
    faces, others = noise(20), noise(20)
    others[10:] //= 4
    np.testing.assert_array_equal(operated(faces, name)[:10], operated(others, name)[:10])


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_blank_face_stays_blank(name):
    blank = np.full((2, HEIGHT, WIDTH, 1), 100, np.uint8)
    # Keras sharpens as if there were black beyond the border.
    inside = operated(blank, name)[:, 1:-1, 1:-1]
    assert np.ptp(inside, axis=(1, 2, 3)).tolist() == [0, 0]


def test_each_face_has_its_own_operations():
    faces = noise(60) // 3 + 40
    operations = np.arange(60) % len(OPERATIONS)
    changed = operate(faces, operations, 0.5, chance())
    of_one = operations == OPERATIONS.index("auto_contrast")
    np.testing.assert_array_equal(changed[of_one], operated(faces[of_one], "auto_contrast"))
    twice = rand_augment(np.repeat(faces[:1], 60, axis=0), 0.5, chance())
    assert len({face.tobytes() for face in twice}) > 40
