"""Trainings and predictions in a process of their own, on either backend.

``jax_process.py train RUNS ARCHITECTURE ...`` trains each architecture for an epoch;
``jax_process.py predict RUNS OUT`` loads all runs and writes their probabilities for 16 faces;
``jax_process.py memory`` asks JAX for four petabytes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from zoo.data.drawn import drawn_dataset
from zoo.runs import list_runs
from zoo.training.memory import is_out_of_memory
from zoo.training.networks import load_network
from zoo.training.recipes import load_recipe
from zoo.training.trainer import train

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset

# A few steps would leave the statistics near their start, and the network blind.
keras.layers.BatchNormalization.momentum = property(lambda _: 0.0, lambda *_: None)

SETTINGS = ("epochs=1", "batch_size=8", "init=none", "precision=float32", "phases=[]")


def dataset() -> Dataset:
    """Few drawn faces."""
    return drawn_dataset(train=32, validation=14, test=0)


def predict(runs: Path, out: Path) -> None:
    """Write what every run's network makes of the same faces."""
    faces = dataset().split("train").faces[:16]
    probabilities = {
        run.architecture: load_network(run).predict(faces, verbose=0) for run in list_runs(runs)
    }
    np.savez(out, **probabilities)


def exhaust() -> None:
    """Print the error's kind and whether it is recognised."""
    import jax

    try:
        jax.numpy.zeros(2**50).block_until_ready()
    except RuntimeError as error:
        print(type(error).__name__, is_out_of_memory(error))


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    if command == "train":
        for name in paths[1:]:
            small = ["network.input_size=32"] if name == "mobilenet_v2" else []
            recipe = load_recipe(name, settings=[*SETTINGS, *small])
            train(recipe, dataset(), runs=Path(paths[0]), quiet=True)
    elif command == "predict":
        predict(*map(Path, paths))
    else:
        exhaust()
