"""Networks that a process of its own compiles and trains in a second; a package adds them."""

from __future__ import annotations

import keras

from zoo.architectures import parts
from zoo.architectures.normalization import BatchNormalization


def tiny(*, classes: int = 7, face_shape: tuple[int, int, int] = (48, 48, 1)) -> keras.Model:
    """All that a resumption could lose: dropout, batch norm, a weight penalty."""
    faces, x = parts.faces_input(face_shape, (48, 48, 1), "none")
    penalty = keras.regularizers.L2(1e-4)
    x = parts.conv(parts.scaled(x), 8, "conv", strides=3, kernel_regularizer=penalty)
    x = parts.max_pool(BatchNormalization(name="bn")(x), "pool")
    x = parts.dropout(x, 0.2, 1, "pool_dropout")
    x = parts.dense(keras.layers.Flatten(name="flatten")(x), 16, "dense")
    x = parts.dropout(x, 0.2, 1, "dense_dropout")
    return keras.Model(faces, parts.dense_head(x, classes), name="tiny")


def tiny_plain(*, classes: int = 7, face_shape: tuple[int, int, int] = (48, 48, 1)) -> keras.Model:
    """None of it: several devices that share a batch compute what one does."""
    faces, x = parts.faces_input(face_shape, (48, 48, 1), "none")
    x = parts.max_pool(parts.conv(parts.scaled(x), 8, "conv", strides=3), "pool")
    x = keras.layers.Flatten(name="flatten")(x)
    return keras.Model(faces, parts.dense_head(x, classes), name="tiny_plain")
