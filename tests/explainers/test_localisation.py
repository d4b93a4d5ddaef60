"""Maps against the truth."""

import numpy as np
import pytest

from zoo.explainers.faithfulness.floors import centred_gaussian, random_map
from zoo.explainers.faithfulness.localisation import pointing_game, relevance_inside

TRUTH = np.zeros((4, 4), bool)
TRUTH[:2, :2] = True


def test_the_peak_is_inside_or_not() -> None:
    relevance = np.zeros((4, 4))
    relevance[1, 1] = 1
    assert pointing_game(relevance, TRUTH) == 1
    assert pointing_game(relevance[::-1], TRUTH) == 0


def test_a_peak_of_several_pixels_counts_by_its_share_inside() -> None:
    relevance = np.zeros((4, 4))
    relevance[1, 1:] = 5
    assert pointing_game(relevance, TRUTH) == pytest.approx(1 / 3)


def test_only_positive_relevance_is_shared_out() -> None:
    relevance = np.zeros((4, 4))
    relevance[0, 0], relevance[3, 3], relevance[0, 1] = 3, 1, -7
    assert relevance_inside(relevance, TRUTH) == pytest.approx(0.75)
    assert relevance_inside(-np.abs(relevance), TRUTH) == 0
    assert pointing_game(np.zeros((4, 4)), TRUTH) == 0


def test_a_random_map_reaches_the_regions_share_of_the_face() -> None:
    maps = [random_map(np.zeros((4, 4, 1)), seed) for seed in range(4000)]
    assert np.mean([pointing_game(one, TRUTH) for one in maps]) == pytest.approx(0.25, abs=0.03)
    inside = [relevance_inside(one, TRUTH) for one in maps]
    assert np.mean(inside) == pytest.approx(0.25, abs=0.02)


def test_the_gaussian_peaks_in_the_middle_and_falls_to_the_edges() -> None:
    one = centred_gaussian((49, 49, 1))
    assert np.unravel_index(one.argmax(), one.shape) == (24, 24)
    assert one[24, 24] == 1
    assert one[0, 24] == pytest.approx(np.exp(-((24 / 12.25) ** 2) / 2))
    np.testing.assert_allclose(one, one.T)
