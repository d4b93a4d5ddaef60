"""The studies in `benchmarks/`, as modules."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from zoo.predictions import Predictions
from zoo.runs import create_run

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def benchmark():
    """Gives the module of a script, which finds its neighbours as when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module


@pytest.fixture
def run_script(benchmark, monkeypatch):
    """Runs a script's `main` with arguments, as its command line would."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        benchmark(name).main()

    return run


@pytest.fixture
def finished_run():
    """Writes what a training leaves: recipe, environment, predictions, metrics."""

    def write(runs, recipe, right, *, limit=None, fingerprint="f", **recorded):
        """Of two classes; the label of every face is 1, and `right` says which were right."""
        environment = {"limit": limit, "fingerprint": fingerprint, **recorded}
        run = create_run(runs, recipe.architecture, recipe.seed, recipe.to_toml(), environment)
        right = np.array(right, float)
        Predictions(
            split="validation",
            classes=("no", "yes"),
            fingerprint=fingerprint,
            ids=np.arange(len(right)).astype(str),
            labels=np.ones(len(right), int),
            probabilities=np.stack([0.9 - 0.8 * right, 0.1 + 0.8 * right], axis=1),
        ).write(run.predictions_file("validation"))
        run.finish(
            {
                "dataset": "made-up", "fingerprint": fingerprint, "classes": ["no", "yes"],
                "limit": limit,
                "validation": {"n": len(right), "top1": right.mean(), "log_loss": 0.5},
            }
        )  # fmt: skip
        return run

    return write
