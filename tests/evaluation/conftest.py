"""Saved predictions of made-up models; no network is needed to measure them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from zoo.predictions import Predictions

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture
def third_seen() -> Callable[[Predictions], Predictions]:
    """Makes the same predictions with every third face said to stand in train, too."""
    return lambda saved: replace(saved, seen=np.arange(len(saved)) % 3 == 0)


@pytest.fixture
def predict() -> Callable[..., Predictions]:
    """Makes the predictions of a model: the same faces every time, right as often as skilled."""

    def make(
        seed: int = 1,
        *,
        skill: float = 1.5,
        n: int = 60,
        split: str = "validation",
        data: str = "d",
    ) -> Predictions:
        labels = np.random.default_rng(0).integers(0, 7, n)
        labels[:8] = 3  # a majority
        logits = np.random.default_rng(seed).normal(size=(n, 7))
        logits[np.arange(n), labels] += skill
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        ids = np.array([f"{data}.csv:{row}" for row in range(n)])
        return Predictions(
            split, CLASSES, data * 64, ids, labels, probabilities.astype(np.float32)
        )

    return make
