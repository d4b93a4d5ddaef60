"""The simple network of four blocks that was explained with LIME."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from zoo.architectures import parts
from zoo.architectures.normalization import BatchNormalization

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape


def four_block(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
) -> keras.Model:
    """Four blocks of two convolutions, batch norm, pool and dropout, and one wide dense layer.

    64, 64, 128 and 256 filters 3×3, ``same`` but for the very first; dense 2048; classes. relu
    throughout. 3,333,703 parameters at seven classes, 3,332,679 of them trainable.

    Source: a simple network for FER2013 that was explained with LIME. It describes the blocks and
    gives the counts, not the widths and rates. The widths are inferred from the counts (others fit
    too); the dropout rate is that of `five_layer`'s blocks, 0.5.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 1).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the dropout rates; 0 switches dropout off.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 1), illumination)
    x = parts.scaled(x)
    for block, filters in enumerate((64, 64, 128, 256), start=1):
        padding = "valid" if block == 1 else "same"
        x = parts.conv(x, filters, f"block{block}_conv1", padding=padding)
        x = parts.conv(x, filters, f"block{block}_conv2")
        x = BatchNormalization(name=f"block{block}_bn")(x)
        x = parts.max_pool(x, f"block{block}_pool")
        x = parts.dropout(x, 0.5, dropout_scale, f"block{block}_dropout")
    x = keras.layers.Flatten(name="flatten")(x)
    x = parts.dense(x, 2048, "dense1")
    return keras.Model(faces, parts.dense_head(x, classes), name="four_block")
