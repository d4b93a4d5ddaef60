"""Saved predictions of made-up models; no network is needed to measure them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from zoo.data.dataset import Dataset
from zoo.data.library import open_dataset
from zoo.predictions import Predictions, headline
from zoo.runs import Run, create_run

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


@pytest.fixture
def dataset(home, zoo_command, drawn_csv) -> Dataset:
    """A data set "tiny" of drawn faces."""
    result = zoo_command("data", "add", "tiny", drawn_csv)
    assert result.exit_code == 0, result.output
    return open_dataset("tiny")


@pytest.fixture
def make(dataset, home) -> Callable[..., Run]:
    """Makes a finished run, the more skilled the more often right; `predictions` are changed."""

    def run(name="a", seed=0, *, skill=2.0, recipe="", predictions=lambda same: same, **metrics):
        made = create_run(
            home / "runs", name, seed, f'architecture = "{name}"\nseed = {seed}\n{recipe}', {}
        )
        for split in ("validation", "test"):
            faces, random = dataset.split(split), np.random.default_rng([seed, len(name)])
            logits = random.normal(size=(len(faces), 7))
            logits[np.arange(len(faces)), faces.labels] += skill
            shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            saved = Predictions.of(dataset, split, shares)
            if split == "validation":
                metrics = {"validation": headline(saved)} | metrics
            predictions(saved).write(made.predictions_file(split))
        facts = {"dataset": "tiny", "fingerprint": dataset.fingerprint, "limit": None}
        # Not the data set's: so nobody asks which faces these runs have seen.
        facts |= {"face_shape": (40, 40, 1)}
        made.finish({**facts, "classes": dataset.classes, "parameters": 60_000, **metrics})
        return made

    return run
