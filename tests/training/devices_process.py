"""A training on N of two virtual processors: ``devices_process.py N FACES BATCH_SIZE``.

Prints, as JSON, the losses and accuracies of two epochs and how many faces each device was given
of a batch of 6.
"""

from __future__ import annotations

import json
import os
import sys

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
from barred import barred_faces

from zoo.architectures import registry
from zoo.errors import ZooError
from zoo.training.batches import Batches
from zoo.training.devices import Spread, spread
from zoo.training.recipes import load_recipe
from zoo.training.targets import one_hot


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


if __name__ == "__main__":
    count, faces, batch_size = map(int, sys.argv[1:])
    dataset = barred_faces(faces, 23)
    train, validation = dataset.split("train"), dataset.split("validation")
    recipe = load_recipe("cpcpcpfff", settings=[f"batch_size={batch_size}"])
    try:
        shared = spread(count)
        keras.utils.set_random_seed(0)
        with Batches(train.faces, train.labels, 7, recipe) as batches:
            with shared.scope():
                network = registry.create("cpcpcpfff")
                network.compile(
                    keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
                    keras.losses.CategoricalCrossentropy(),
                    metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
                    jit_compile=keras.backend.backend() == "jax",
                )
            with shared.scope():
                history = network.fit(
                    shared.feed(batches.stream),
                    steps_per_epoch=batches.steps_per_epoch,
                    shuffle=False,
                    epochs=2,
                    validation_data=(validation.faces, one_hot(validation.labels, 7)),
                    validation_batch_size=shared.batch_size(23, 11),
                    verbose=0,
                )
                shares = parts(shared, network, train.faces[:6])
    except ZooError as refusal:
        sys.exit(f"ZooError: {refusal}")
    print(json.dumps(history.history | {"parts": shares}))
