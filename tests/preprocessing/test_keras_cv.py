"""GridMask and ChannelShuffle of keras-cv, where it is installed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zoo.preprocessing.keras_cv import grid_mask, shuffle_channels

pytest.importorskip("tensorflow")
pytest.importorskip("keras_cv")

HEIGHT, WIDTH = 48, 64


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def stretches(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the stretches of true values, those at the border left out."""
    steps = np.diff(line.astype(int))
    starts, ends = np.flatnonzero(steps == 1) + 1, np.flatnonzero(steps == -1) + 1
    if line[0]:
        ends = ends[1:]
    if line[-1]:
        starts = starts[:-1]
    return starts, ends


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grid_mask_is_a_regular_grid_of_equal_black_squares(channels):
    faces = chance().integers(1, 256, (60, HEIGHT, WIDTH, channels), dtype=np.uint8)
    masked = grid_mask(faces, 1.0, chance())
    distances, sides, offsets = [], [], []
    for face, result in zip(faces, masked, strict=True):
        black = (result == 0).all(axis=-1)
        np.testing.assert_array_equal(result, np.where(black[..., np.newaxis], 0, face))
        rows, columns = black.any(axis=1), black.any(axis=0)
        np.testing.assert_array_equal(black, np.outer(rows, columns))
        (top, bottom), (left, right) = stretches(rows), stretches(columns)
        lengths = np.concatenate([bottom - top, right - left])
        between = np.concatenate([np.diff(top), np.diff(left)])
        assert np.ptp(lengths) <= 1 if len(lengths) else True
        assert np.ptp(between) <= 1 if len(between) else True
        sides += list(lengths)
        distances += list(between)
        offsets += [(top[0], left[0])] if len(top) and len(left) else []
    assert min(WIDTH * 0.3, HEIGHT * 0.5) - 1 <= min(distances)
    assert max(distances) <= max(WIDTH * 0.3, HEIGHT * 0.5) + 2
    assert 5 < max(sides) <= 13  # at most half the distance
    assert abs(np.corrcoef(np.transpose(offsets))[0, 1]) < 0.5  # not along the diagonal


def test_a_grid_mask_covers_its_share_of_the_faces():
    faces = np.full((400, HEIGHT, WIDTH, 1), 255, np.uint8)
    covered = (grid_mask(faces, 0.3, chance()) == 0).any(axis=(1, 2, 3))
    assert covered.mean() == pytest.approx(0.3, abs=0.07)
    np.testing.assert_array_equal(grid_mask(faces, 0.0, chance()), faces)


def test_channel_shuffle_permutes_the_channels_of_each_face_on_its_own():
    faces = chance().integers(0, 256, (90, 8, 6, 3), dtype=np.uint8)
    seen = set()
    for face, result in zip(faces, shuffle_channels(faces, 3, chance()), strict=True):
        orders = [
            order
            for order in itertools.permutations(range(3))
            if np.array_equal(face[..., order], result)
        ]
        assert len(orders) == 1
        seen.add(orders[0])
    assert len(seen) == 6


def test_the_layers_need_no_global_chance_which_deterministic_training_forbids(monkeypatch):
    tensorflow = pytest.importorskip("tensorflow")
    monkeypatch.setattr(tensorflow.random, "get_global_generator", None)
    faces = np.full((4, 12, 20, 3), 255, np.uint8)
    assert (grid_mask(faces, 1.0, chance()) == 0).any()
    shuffle_channels(faces, 3, chance())


@pytest.mark.parametrize(
    "technique",
    [
        lambda faces, seed: grid_mask(faces, 0.6, chance(seed)),
        lambda faces, seed: shuffle_channels(faces, 3, chance(seed)),
    ],
    ids=["grid_mask", "channel_shuffle"],
)
def test_a_seed_decides_the_faces_whatever_was_drawn_before(technique):
    faces = chance().integers(1, 256, (20, HEIGHT, WIDTH, 3), dtype=np.uint8)
    untouched = faces.copy()
    first, other, again = (technique(faces, seed) for seed in (1, 2, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(faces, untouched)
