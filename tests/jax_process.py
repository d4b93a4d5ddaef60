"""Trainings and predictions in a process of their own: ``jax_process.py RUNS ARCHITECTURE ...``.

Trains each architecture for an epoch; TensorFlow also makes up weights of mobilenet_v2, whose
training would take longest. Prints ``trained`` and waits for a line to be given; then loads all of
it, other processes' too, and writes the probabilities for 16 faces to ``BACKEND.npz`` beside RUNS;
at last asks JAX, if it runs on JAX, for four petabytes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from zoo.architectures import registry
from zoo.data.drawn import drawn_dataset
from zoo.predictor import probabilities_of
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
    train(load_recipe(name, settings=SETTINGS), dataset(), runs=runs, quiet=True)


def backbone() -> keras.Model:
    """A network with depthwise convolutions, at its smallest."""
    return registry.create("mobilenet_v2", input_size=32)


def make_up(path: Path) -> None:
    """Write weights whose statistics are those of faces, by which these are told apart."""
    network = backbone()
    network(dataset().split("train").faces, training=True)
    network.save_weights(path)


def predict(runs: Path, out: Path) -> None:
    """Write what every run's network makes of the same faces."""
    faces = dataset().split("train").faces[:16]
    networks = {run.architecture: load_network(run) for run in list_runs(runs)}
    networks["mobilenet_v2"] = backbone()
    networks["mobilenet_v2"].load_weights(made_up_file(runs))
    # In batches of 7, 7 and 2.
    np.savez(out, **{name: probabilities_of(one, faces, 7) for name, one in networks.items()})


def made_up_file(runs: Path) -> Path:
    """Where mobilenet_v2's weights are, beside the runs."""
    return runs.with_name("mobilenet_v2.weights.h5")


def exhaust() -> None:
    """Print the error's kind and whether it is recognised."""
    import jax

    try:
        jax.numpy.zeros(2**50).block_until_ready()
    except RuntimeError as error:
        print(type(error).__name__, is_out_of_memory(error))


if __name__ == "__main__":
    folder, architectures = Path(sys.argv[1]), sys.argv[2:]
    sys.modules["tensorboard"] = None  # nothing is logged
    costs._TIMED_FACES, costs._ALONE = 7, 1
    costs._seconds = lambda predict: (predict(), 0.001)[1]
    backend = keras.backend.backend()
    for architecture in architectures:
        fit(folder, architecture)
    if backend == "tensorflow":
        make_up(made_up_file(folder))
    print("trained", flush=True)
    sys.stdin.readline()
    predict(folder, folder.with_name(f"{backend}.npz"))
    if backend == "jax":
        exhaust()
