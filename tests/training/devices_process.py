"""Trainings on N of two virtual processors: ``devices_process.py RUNS N,FACES,BATCH_SIZE ...``.

Prints for each, as a line of JSON, figures of two epochs with averaged weights, how many devices
the run recorded, and how many faces each device is given of a batch of 6.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
if os.environ.get("KERAS_BACKEND") == "jax":
    import jax

    jax.config.update("jax_num_cpu_devices", 2)
else:
    import tensorflow as tf

    (processor,) = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, two)

import keras
import numpy as np
from barred import barred_faces

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.training import costs
from zoo.training.devices import Spread, spread
from zoo.training.recipes import load_recipe
from zoo.training.trainer import train


def parts(shared: Spread, network: keras.Model, faces) -> list[int]:
    """How many faces each device gives probabilities for."""
    if keras.backend.backend() == "jax":
        probabilities = jax.jit(lambda faces: network(faces, training=False))(faces)
        return [len(part.data) for part in probabilities.addressable_shards]
    given = shared.feed(lambda: iter([(faces,)]))
    if len(shared.devices) == 1:
        return [len(faces) for (faces,) in given]
    strategy = tf.distribute.get_strategy()
    (batch,) = strategy.experimental_distribute_dataset(given)
    out = strategy.run(lambda faces: network(faces, training=False), args=batch)
    return [len(part) for part in strategy.experimental_local_results(out)]


def outcome(runs: Path, count: int, faces: int, batch_size: int) -> dict[str, Any]:
    """What is printed of one training."""
    dataset = barred_faces(faces, 23)
    settings = ["epochs=2", f"batch_size={batch_size}", "precision=float32", "ema=0.5"]
    recipe = load_recipe("tiny_plain", settings=settings)
    run = train(recipe, dataset, runs=runs, devices=count, quiet=True)
    shared = spread(count)
    with shared.scope():
        given = parts(shared, registry.create("tiny_plain"), dataset.split("train").faces[:6])
    history = np.genfromtxt(run.folder / "history.csv", delimiter=",", names=True)
    columns = {name: list(history[name]) for name in ("loss", "accuracy", "val_loss")}
    return columns | {"parts": given, "devices": run.environment["devices"]}


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).with_name("tiny")))
    sys.modules["tensorboard"] = None  # nothing is logged
    costs._TIMED_FACES, costs._ALONE = 7, 1
    costs._seconds = lambda predict: (predict(), 0.001)[1]
    try:
        for training in sys.argv[2:]:
            print(json.dumps(outcome(Path(sys.argv[1]), *map(int, training.split(",")))))
    except ZooError as refusal:
        sys.exit(f"ZooError: {refusal}")
