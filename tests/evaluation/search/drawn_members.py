"""Members of an ensemble whose errors are drawn."""

from __future__ import annotations

import numpy as np

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
