"""Faces per second in training: the zoo, a bare Keras fit, ImageDataGenerator, and PyTorch.

    python benchmarks/training.py [--rounds 3] [--faces N] [NAMES ...]

Four ways to train the same network from scratch, batch 128, AdamW, cross-entropy, no illumination
correction:

ours      the zoo: its batches, augmented as the recipe says, through the trainer's arguments of
          `fit` with the callbacks that act within an epoch, in the precision it chooses here
bare fit  Keras' `fit` on the same faces as prepared arrays, same network, same precision
sources   `ImageDataGenerator` with that augmentation, and `fit` in float32
PyTorch   where it is installed: the same layers (`pytorch.py`) on prepared tensors, autocast to
          the same precision, channels last, fused AdamW, no `torch.compile`

Wanted: ours at most 5 % under the bare fit, and at least level with PyTorch.

All ways take turns, after a few steps each that are not counted; of each the best round counts,
which other work on the machine disturbed least. A round is timed from the end of its first step.
Processor time, which other work hardly disturbs, stands beside the wall clock's; but PyTorch's
threads wait busily for each other, so that its own is only right on a quiet machine.
A training step counts as three forward passes, and its share of the peak is that of the largest
rate which the same framework reached in a matrix product in the same precision.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

# Keras' backend must leave PyTorch some of a GPU's memory.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import rich
from clock import PRODUCTS, Clock, Rate, best_of
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from pytorch_process import TorchTraining

from zoo.backend import gpus
from zoo.tables import Column, Table
from zoo.training.batches import Batches
from zoo.training.callbacks.reseed import Reseed
from zoo.training.callbacks.stop_on_non_finite import StopOnNonFinite
from zoo.training.environment import machine, versions
from zoo.training.networks import build_network, compile_network
from zoo.training.phases import enter_phase
from zoo.training.plan import plan_of
from zoo.training.precision import choose_precision
from zoo.training.recipes import load_recipe
from zoo.training.targets import one_hot

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.training.precision import Precision
    from zoo.training.recipe import Recipe

CLASSES, BATCH, MATRIX = 7, 128, 4096
FACES = {"handcrafted": 4096, "five_layer": 1280, "vgg16": 1024, "mobilenet_v2": 1280}
"""Per round: five to ten seconds on two cores."""
WARM_UP = 3
"""Steps."""
OURS, BARE, SOURCES, TORCH = "ours", "bare fit", "sources", "PyTorch"
WANTED = {"bare": "at least 0.95", TORCH: "at least 1", SOURCES: "at least 2 in bfloat16"}


class Stopwatch(keras.callbacks.Callback):
    """The rate of all steps but the first, by whose end everything has been set up."""

    def __init__(self, steps: int):
        super().__init__()
        self.steps = steps
        self.clock = Clock()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Start after the first step, stop after the last."""
        if batch == 0:
            float(logs["loss"])  # waits for a GPU
            self.clock.start()
        elif batch == self.steps - 1:
            float(logs["loss"])
            self.rate = self.clock.rate((self.steps - 1) * BATCH)


@dataclass(frozen=True)
class Subject:
    """A network and what it is trained on.

    Attributes:
        recipe: its own, from scratch.
        faces: (N, 48, 48, 1) uint8.
        labels: (N,).
    """

    recipe: Recipe
    faces: np.ndarray
    labels: np.ndarray

    @property
    def targets(self) -> np.ndarray:
        """(N, K) one-hot."""
        return one_hot(self.labels, CLASSES)

    def network(self, precision: Precision) -> keras.Model:
        """Built and compiled as the trainer does it."""
        network = build_network(self.recipe, CLASSES, self.faces.shape[1:], precision)
        plan = plan_of(self.recipe)
        enter_phase(network, self.recipe, plan, 0, {})
        compile_network(network, self.recipe, plan.phases[0], len(self.faces) // BATCH)
        return network


def subject(name: str, count: int) -> Subject:
    """A network of the registry and noise to train it on."""
    settings = ["init=none", "network.illumination=none", "optimizer.name=adamw"]
    recipe = load_recipe(name, settings=[*settings, f"batch_size={BATCH}"])
    chance = np.random.default_rng(0)
    faces = chance.integers(0, 256, (count, 48, 48, 1), dtype=np.uint8)
    return Subject(recipe, faces, chance.integers(0, CLASSES, count))


def train_ours(network: keras.Model, subject: Subject, batches: Batches, steps: int) -> Rate:
    """As the trainer calls `fit`; validation comes after the watch has stopped."""
    watch = Stopwatch(steps)
    network.fit(
        batches.stream(),
        steps_per_epoch=steps,
        shuffle=False,
        validation_data=(subject.faces[:BATCH], subject.targets[:BATCH]),
        callbacks=[Reseed(0), StopOnNonFinite(), watch],
        verbose=0,
    )
    return watch.rate


def train_bare(network: keras.Model, subject: Subject, steps: int) -> Rate:
    """As a person would call it who has arrays."""
    watch, shown = Stopwatch(steps), steps * BATCH
    faces, targets = subject.faces[:shown], subject.targets[:shown]
    network.fit(faces, targets, batch_size=BATCH, callbacks=[watch], verbose=0)
    return watch.rate


def train_as_the_sources(network: keras.Model, subject: Subject, steps: int) -> Rate:
    """With the recipe's augmentation, as far as `ImageDataGenerator` has it."""
    watch, settings = Stopwatch(steps), subject.recipe.augmentation
    generator = ImageDataGenerator(
        rotation_range=settings.rotation,
        shear_range=settings.shear,
        zoom_range=settings.zoom,
        width_shift_range=settings.shift,
        height_shift_range=settings.shift,
        horizontal_flip=settings.flip,
    )
    flow = generator.flow(subject.faces, subject.targets, batch_size=BATCH, seed=0)
    network.fit(flow, steps_per_epoch=steps, callbacks=[watch], verbose=0)
    return watch.rate


def multiply(precision: Precision) -> Rate:
    """Operations per second in the product of two large matrices, with Keras."""
    size = 4 * MATRIX if gpus() else MATRIX
    matrix = np.random.default_rng(0).random((size, size), np.float32)
    matrix = keras.ops.cast(matrix, precision)
    rates = []
    for _ in range(PRODUCTS):
        clock = Clock()
        clock.start()
        float(keras.ops.matmul(matrix, matrix)[0, 0])
        rates.append(clock.rate(2 * size**3))
    return best_of(rates)


def forward_operations(network: keras.Model) -> int:
    """Multiplications and additions per face in convolutions and dense layers."""
    total = 0
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            _, *places, _ = layer.output.shape  # none of a dense layer
            total += 2 * int(np.prod(layer.kernel.shape)) * int(np.prod(places))
    return total


@dataclass(frozen=True)
class Way:
    """A way to train a network, and its rates so far.

    Attributes:
        precision: what it computes in.
        train: trains so many steps and gives faces per second.
        multiply: gives the operations per second of a large matrix product.
    """

    precision: Precision
    train: Callable[[int], Rate]
    multiply: Callable[[], Rate]
    rates: list[Rate] = field(default_factory=list)
    peaks: list[Rate] = field(default_factory=list)

    @property
    def best(self) -> Rate:
        """The highest rates."""
        return best_of(self.rates)

    def row(self, name: str, operations: int) -> tuple[str | float, ...]:
        """A row of the table, for a network with so many operations per face."""
        best, peak = self.best, best_of(self.peaks)
        reached = operations * best.wall
        return name, self.precision, best.wall, best.processor, reached / 1e9, reached / peak.wall


def measure(name: str, count: int, rounds: int) -> None:
    """Time one network and print its table."""
    precision, what = choose_precision("auto"), subject(name, count)
    network, theirs = what.network(precision), what.network("float32")
    with ExitStack() as stack:
        batches = stack.enter_context(Batches(what.faces, what.labels, CLASSES, what.recipe))
        product = partial(multiply, precision)
        ways = {
            OURS: Way(precision, partial(train_ours, network, what, batches), product),
            BARE: Way(precision, partial(train_bare, network, what), product),
            SOURCES: Way(
                "float32",
                partial(train_as_the_sources, theirs, what),
                partial(multiply, "float32"),
            ),
        }
        if importlib.util.find_spec("torch"):
            other = TorchTraining(name, count, precision, network.count_params())
            stack.callback(other.close)
            ways[f"{TORCH} {other.version}"] = Way(precision, other.train, other.multiply)
        take_turns(list(ways.values()), count // BATCH, rounds)
    report(ways, name, 3 * forward_operations(network), f"best of {rounds} × {count:,} faces")


def take_turns(ways: list[Way], steps: int, rounds: int) -> None:
    """Train each way a few steps, then round by round."""
    for way in ways:
        way.train(WARM_UP)
    for _ in range(rounds):
        for way in ways:
            way.rates.append(way.train(steps))
            way.peaks.append(way.multiply())


def report(ways: dict[str, Way], name: str, operations: int, how: str) -> None:
    """Print one network's table and the ratios."""
    ours = ways[OURS].best
    rows = [way.row(title, operations) for title, way in ways.items()]
    notes = [
        f"{OURS} / {title}, wanted {WANTED[title.split()[0]]}: {ours.wall / way.best.wall:.3f} "
        f"(by processor time {ours.processor / way.best.processor:.3f})"
        for title, way in ways.items()
        if title != OURS
    ]
    title = f"{name}, {operations / 1e6:,.0f} million operations per face, {how}"
    rich.print(Table(title, COLUMNS, rows, notes).rich())


COLUMNS = (
    Column("way"),
    Column("precision"),
    Column("faces/s", 0),
    Column("per processor second", 0),
    Column("GFLOP/s", 0),
    Column("% of the matmul peak", 0, percent=True),
)


def main() -> None:
    """Parse the arguments, name the machine, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=FACES)
    parser.add_argument("--faces", type=int, help="per round, a multiple of 128")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="Your `PyDataset` class should call")
    here = machine()
    print(f"{here['processor']}, {here['cores']} cores, GPUs {here['gpus'] or 'none'}")
    print(f"{versions()}; {os.getloadavg()[0]:.1f} processes were running before")
    for name in arguments.names:
        measure(name, arguments.faces or FACES[name], arguments.rounds)


if __name__ == "__main__":
    main()
