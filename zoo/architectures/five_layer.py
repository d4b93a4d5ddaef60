"""The "5-layer" network, the best of its source's that were trained from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from zoo.architectures import parts
from zoo.architectures.normalization import BatchNormalization

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape


def five_layer(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
) -> keras.Model:
    """A stem, four blocks of two convolutions, and three hidden dense layers.

    1×1 stem; conv 64 ``valid``, conv 64, batch norm, pool, dropout 0.5; for 128, 256 and 512
    filters: conv, batch norm, conv, batch norm, pool, dropout 0.5; dense 512, dropout 0.4; 256,
    0.4; 128, 0.5; classes. Convolutions 3×3, relu throughout. 5,905,867 parameters at seven
    classes, 5,902,155 of them trainable.

    Source: Boston University CS523 (summer 2022), final project of team 2, "5-layer". The blocks'
    dropout rate is that of github.com/gitshanks/fer2013, the same layers without the stem.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the published dropout rates; 0 switches dropout off.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    x = parts.stem(parts.scaled(x))
    x = parts.conv(x, 64, "block1_conv1", padding="valid")
    x = parts.conv(x, 64, "block1_conv2")
    x = BatchNormalization(name="block1_bn")(x)
    x = parts.max_pool(x, "block1_pool")
    x = parts.dropout(x, 0.5, dropout_scale, "block1_dropout")
    for block, filters in enumerate((128, 256, 512), start=2):
        for layer in (1, 2):
            x = parts.conv(x, filters, f"block{block}_conv{layer}")
            x = BatchNormalization(name=f"block{block}_bn{layer}")(x)
        x = parts.max_pool(x, f"block{block}_pool")
        x = parts.dropout(x, 0.5, dropout_scale, f"block{block}_dropout")
    x = keras.layers.Flatten(name="flatten")(x)
    for layer, (units, rate) in enumerate(((512, 0.4), (256, 0.4), (128, 0.5)), start=1):
        x = parts.dense(x, units, f"dense{layer}")
        x = parts.dropout(x, rate, dropout_scale, f"dense{layer}_dropout")
    return keras.Model(faces, parts.dense_head(x, classes), name="five_layer")
