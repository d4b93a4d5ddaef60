"""Members that are made up: what they say of a face's label is drawn."""

from collections.abc import Callable

import numpy as np
import pytest

from zoo.evaluation.search.pool import Pool


def drawn(
    chance: np.random.Generator, n: int, skills: tuple[float, ...], classes: int = 3
) -> Pool:
    """Members whose errors share a part; the greater the skill, the surer of the label."""
    labels = np.arange(n) % classes
    shared = chance.normal(size=(n, classes))
    own = chance.normal(size=(len(skills), n, classes))
    logits = np.array(skills)[:, None, None] * np.eye(classes)[labels] + shared + 1.5 * own
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    names = tuple(f"m{place}" for place in range(len(skills)))
    return Pool(names, probabilities, labels, np.arange(n))


@pytest.fixture
def make_pool() -> Callable[..., Pool]:
    """Draws a pool of members: ``make_pool(seed, n, skills)``."""
    return lambda seed, n, skills, classes=3: drawn(
        np.random.default_rng(seed), n, skills, classes
    )


@pytest.fixture
def known() -> tuple[np.ndarray, np.ndarray]:
    """Members (3, N, 2) and labels whose best weights are known: ¾, ¼ and 0.

    There are two kinds of faces, 20 of each, and as many of each label as that average of the
    first two members says. By Gibbs' inequality no other probabilities have a smaller log-loss,
    and no other weights of the three members give these.
    """
    first = np.array([[0.8, 0.2]] * 20 + [[0.4, 0.6]] * 20)
    second = np.array([[0.2, 0.8]] * 20 + [[0.8, 0.2]] * 20)
    labels = np.array([0] * 13 + [1] * 7 + [0] * 10 + [1] * 10)
    return np.stack([first, second, np.full((40, 2), 0.5)]), labels
