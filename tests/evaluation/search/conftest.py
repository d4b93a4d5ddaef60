"""Members that are made up: what they say of a face's label is drawn."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from drawn_members import drawn

from zoo.data.library import open_dataset
from zoo.evaluation.search.pool import Pool
from zoo.predictions import Predictions


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


@pytest.fixture
def made_run(home: Path, drawn_csv: Path, zoo_command: Callable[..., Result]) -> Callable:
    """Adds drawn faces as the data set "tiny" and makes a finished run of text and numbers.

    ``made_run(architecture, seed, skill)`` gives its folder; no network is behind it.
    """
    assert zoo_command("data", "add", "tiny", drawn_csv).exit_code == 0
    dataset = open_dataset("tiny")

    def make(architecture: str, seed: int, skill: float, **facts: object) -> Path:
        folder = home / "runs" / architecture / f"run-{seed}"
        labels = dataset.split("validation").labels
        logits = np.random.default_rng(seed).normal(size=(len(labels), len(dataset.classes)))
        logits[np.arange(len(labels)), labels] += skill
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        saved = Predictions.of(dataset, "validation", probabilities)
        saved.write(folder / "predictions" / "validation.npz")
        (folder / "recipe.toml").write_text(
            f'architecture = "{architecture}"\ninit = "none"\nseed = 0\n'
        )
        metrics = {
            "dataset": "tiny", "fingerprint": dataset.fingerprint, "limit": None,
            "classes": list(dataset.classes), "face_shape": list(dataset.face_shape),
            "validation": {"n": len(labels), "top1": 0.5, "log_loss": 1.0},
            "weights_sha256": f"{seed:064x}",
        }  # fmt: skip
        (folder / "metrics.json").write_text(json.dumps(metrics | facts))
        return folder

    return make
