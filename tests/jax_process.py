"""Trainings and predictions in a process of their own: ``jax_process.py RUNS ARCHITECTURE ...``.

Trains each architecture for an epoch, prints ``trained`` and waits for a line to be given; then
loads all runs, those of other processes too, and writes their probabilities for 16 faces to
``BACKEND.npz`` beside RUNS; at last asks JAX, if it runs on JAX, for four petabytes.
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
from zoo.training import costs
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


def fit(runs: Path, name: str) -> None:
    """Train an architecture for an epoch."""
    small = ["network.input_size=32"] if name == "mobilenet_v2" else []
    train(load_recipe(name, settings=[*SETTINGS, *small]), dataset(), runs=runs, quiet=True)


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
    folder, architectures = Path(sys.argv[1]), sys.argv[2:]
    costs._TIMED_FACES, costs._ALONE = 7, 1
    for architecture in architectures:
        fit(folder, architecture)
    print("trained", flush=True)
    sys.stdin.readline()
    backend = keras.backend.backend()
    predict(folder, folder.with_name(f"{backend}.npz"))
    if backend == "jax":
        exhaust()
