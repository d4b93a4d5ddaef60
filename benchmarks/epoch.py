"""How quick a trained epoch is: augmentation against none, the zoo against ImageDataGenerator.

    python benchmarks/epoch.py [--faces 4096] [--rounds 3] [NAMES ...]

(a) One epoch with augmentation, over one on the same faces prepared as arrays and given to `fit`:
    at most 1.1 is wanted.
(b) Faces per second of the zoo, in the precision it chooses here, over `ImageDataGenerator` with a
    float32 `fit`: at least 2 is wanted where the processor has bfloat16 matrix units.

All kinds of epoch are timed in turn in one process, after one epoch each that is not counted. A
ratio compares the quickest rounds, which other work on the machine disturbed least; processor
seconds, which it hardly disturbs, stand beside the wall clock's.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator

from zoo.training.batches import Batches
from zoo.training.environment import machine, versions
from zoo.training.networks import build_network, compile_network
from zoo.training.precision import choose_precision
from zoo.training.recipes import load_recipe
from zoo.training.targets import one_hot

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from zoo.training.precision import Precision
    from zoo.training.recipe import Recipe

CLASSES = 7
NETWORKS = ("cpcpcpfff", "handcrafted", "five_layer")
AUGMENTATION = ("rotation=10", "shear=10", "zoom=0.1", "shift=0.1", "flip=true")


def epochs_of(recipe: Recipe, faces: np.ndarray, labels: np.ndarray) -> dict[str, Callable]:
    """Each kind of epoch as a function that trains one."""
    batches = Batches(faces, labels, CLASSES, recipe)
    steps, targets = batches.steps_per_epoch, one_hot(labels, CLASSES)
    ours = network_of(recipe, choose_precision("auto"), steps)
    theirs = network_of(recipe, "float32", steps)
    settings = recipe.augmentation
    flow = ImageDataGenerator(
        rotation_range=settings.rotation,
        shear_range=settings.shear,
        zoom_range=settings.zoom,
        width_shift_range=settings.shift,
        height_shift_range=settings.shift,
        horizontal_flip=settings.flip,
    ).flow(faces, targets, batch_size=recipe.batch_size, seed=0)
    return {
        "augmented": lambda: ours.fit(
            batches.stream(), steps_per_epoch=steps, shuffle=False, verbose=0
        ),
        "prepared": lambda: ours.fit(faces, targets, batch_size=recipe.batch_size, verbose=0),
        "generator": lambda: theirs.fit(flow, steps_per_epoch=steps, verbose=0),
    }


def network_of(recipe: Recipe, precision: Precision, steps: int) -> keras.Model:
    """A compiled network in the given precision."""
    network = build_network(recipe, CLASSES, (48, 48, 1), precision)
    compile_network(network, recipe, steps)
    return network


def measure(name: str, count: int, rounds: int) -> None:
    """Time one network and print a line."""
    settings = [f"augmentation.{setting}" for setting in AUGMENTATION]
    recipe = load_recipe(name, settings=["batch_size=128", *settings])
    chance = np.random.default_rng(0)
    faces = chance.integers(0, 256, (count, 48, 48, 1), dtype=np.uint8)
    epochs = epochs_of(recipe, faces, chance.integers(0, CLASSES, count))
    for train in epochs.values():
        train()
    wall: dict[str, list[float]] = {kind: [] for kind in epochs}
    processor: dict[str, list[float]] = {kind: [] for kind in epochs}
    for _ in range(rounds):
        for kind, train in epochs.items():
            started, computed = time.perf_counter(), time.process_time()
            train()
            wall[kind].append(time.perf_counter() - started)
            processor[kind].append(time.process_time() - computed)
    print(f"{name}: " + ", ".join(f"{k} {count / min(t):,.0f} faces/s" for k, t in wall.items()))
    for label, above, below in (
        ("(a) augmented / prepared, wanted ≤ 1.1", "augmented", "prepared"),
        ("(b) generator / augmented, wanted ≥ 2 with bfloat16 units", "generator", "augmented"),
    ):
        by_wall = min(wall[above]) / min(wall[below])
        by_processor = min(processor[above]) / min(processor[below])
        print(f"  {label}: {by_wall:.3f} (processor seconds {by_processor:.3f})", flush=True)


def main() -> None:
    """Parse the arguments, name the machine, measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=NETWORKS)
    parser.add_argument("--faces", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="Your `PyDataset` class should call")
    here = machine()
    print(
        f"{here['processor']}, {here['cores']} cores, GPUs {here['gpus'] or 'none'}; {versions()}"
    )
    print(f"precision {choose_precision('auto')}, {arguments.faces:,} faces, batch 128")
    for name in arguments.names:
        measure(name, arguments.faces, arguments.rounds)


if __name__ == "__main__":
    main()
