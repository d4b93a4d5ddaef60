"""Three deterministic training steps of convolution and batch normalisation; prints the bits.

A line for a training, for the same once more, and for the same on two virtual processors.
"""

from __future__ import annotations

import hashlib
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

from zoo.architectures.normalization import BatchNormalization


def network() -> keras.Model:
    """Its second batch normalisation sees bfloat16."""
    keras.utils.set_random_seed(0)
    faces = keras.Input((12, 12, 3))
    x = BatchNormalization()(keras.layers.Conv2D(16, 3)(faces))
    x = keras.layers.Conv2D(16, 3, dtype="mixed_bfloat16")(x)
    x = BatchNormalization(dtype="mixed_bfloat16")(x)
    x = keras.layers.Flatten()(x)
    built = keras.Model(faces, keras.layers.Dense(2, dtype="float32")(x))
    built.compile(keras.optimizers.SGD(0.01), "mse", jit_compile=False)
    return built


def bits_and_means(strategy: tf.distribute.Strategy) -> str:
    """A hash of all weights after three steps, and the first moving means."""
    with strategy.scope():
        trained = network()
    # In each batch the second half repeats the first: two devices see the same statistics as one.
    half = np.random.default_rng(0).normal(1, 2, (3, 8, 12, 12, 3)).astype(np.float32)
    faces = np.concatenate([half, half], axis=1).reshape(48, 12, 12, 3)
    trained.fit(faces, faces[:, 0, 0, :2], batch_size=16, shuffle=False, verbose=0)
    weights = np.concatenate([weight.ravel() for weight in trained.get_weights()])
    means = map(str, trained.layers[2].get_weights()[2][:4])
    return " ".join([hashlib.sha256(weights.tobytes()).hexdigest(), *means])


if __name__ == "__main__":
    (processor,) = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, two)
    tf.config.experimental.enable_op_determinism()
    for strategy in (
        tf.distribute.get_strategy(),
        tf.distribute.get_strategy(),
        tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"]),
    ):
        print(bits_and_means(strategy))
