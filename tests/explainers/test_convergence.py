"""Whether the foretold agreement of two seeds is the one that many seeds have."""

import numpy as np
import pytest

from zoo.explainers.convergence import repeatability
from zoo.explainers.sampling import paired_masks, sample_masks
from zoo.explainers.surrogate import fit

SUPERPIXELS = 30


def probabilities_behind(masks: np.ndarray, case: int) -> np.ndarray:
    """Of two classes, in a face whose superpixels also work two by two."""
    random = np.random.default_rng(case)
    own = random.exponential(0.3, SUPERPIXELS) * random.choice([-1, 1], SUPERPIXELS)
    both = random.normal(0, 0.1, (SUPERPIXELS, SUPERPIXELS))
    logits = masks @ own + np.einsum("ni,ij,nj->n", masks, both, masks * 1.0)
    share = 1 / (1 + np.exp(-logits))
    return np.stack([share, 1 - share], axis=1)


def shared(one: np.ndarray, other: np.ndarray) -> int:
    tops = [set(np.argsort(-np.abs(weights))[:5]) for weights in (one, other)]
    return len(tops[0] & tops[1])


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("case", [0, 1, 2])
def test_two_seeds_agree_as_often_as_either_foretells(case: int, pairs: bool) -> None:
    draw = paired_masks if pairs else sample_masks
    weights, foretold = [], []
    for seed in range(40):
        masks = draw(201, SUPERPIXELS, seed)
        probabilities = probabilities_behind(masks, case)
        weights.append(fit(masks, probabilities).weights[0])
        first, second = repeatability(masks, probabilities, pairs=pairs)
        assert first == pytest.approx(second, abs=0.1)  # each the other's negative
        foretold.append(first)
    agreed = [
        shared(weights[one], weights[other]) >= 4 for one in range(40) for other in range(one)
    ]
    assert np.mean(foretold) == pytest.approx(np.mean(agreed), abs=0.12)


def test_more_samples_make_it_surer() -> None:
    chances = []
    for samples in (101, 401, 3001):
        masks = paired_masks(samples, SUPERPIXELS, 0)
        (chance, _) = repeatability(masks, probabilities_behind(masks, 1), pairs=True)
        chances.append(chance)
    assert chances == sorted(chances)
    assert chances[0] < 0.9 < chances[-1]


def test_few_superpixels_always_lead_and_none_where_nothing_changes() -> None:
    masks = paired_masks(60, SUPERPIXELS, 0)
    assert np.isnan(repeatability(masks, np.full((60, 1), 0.5), pairs=True)).tolist() == [True]
    few = paired_masks(60, 3, 0)
    varied = np.random.default_rng(0).random((60, 1))
    assert repeatability(few, varied, pairs=True).tolist() == [1.0]
