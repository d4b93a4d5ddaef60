"""The handcrafted networks that were first explained with LIME."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import parts
from zoo.architectures.normalization import BatchNormalization

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape

L2 = 1e-4
"""The weight penalty of every convolution, as in the source."""

SQUEEZE_CHANNELS = 128
"""Of the layer that the first 1×1 convolution squeezes."""


def handcrafted(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
) -> keras.Model:
    """Four convolutions, two that squeeze the channels to 6 and 7, and a small dense head.

    conv 32, conv 64, pool, dropout 0.2; conv 128, batch norm, pool; conv 128, pool; conv 6 1×1;
    conv 7 4×4; dense 64, dropout 0.2; dense 32, linear; classes. All convolutions ``same`` with
    relu and an L2 penalty of 1e-4. 261,300 parameters at seven classes, 261,044 of them trainable.

    Source: github.com/Mahdidrm/Emotion-Recognition-CNN-LIME, the version for CK+.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the published dropout rates; 0 switches dropout off.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    x = _conv(parts.scaled(x), 32, "block1_conv1")
    x = _conv(x, 64, "block1_conv2")
    x = parts.max_pool(x, "block1_pool")
    x = parts.dropout(x, 0.2, dropout_scale, "block1_dropout")
    x = _conv(x, 128, "block2_conv")
    x = BatchNormalization(name="block2_bn")(x)
    x = parts.max_pool(x, "block2_pool")
    x = _conv(x, 128, "block3_conv")
    x = parts.max_pool(x, "block3_pool")
    x = _conv(x, 6, "squeeze1", size=1, kernel_initializer=_squeeze_start())
    x = _conv(x, 7, "squeeze2", size=4)
    x = keras.layers.Flatten(name="flatten")(x)
    x = parts.dense(x, 64, "dense1")
    x = parts.dropout(x, 0.2, dropout_scale, "dense1_dropout")
    x = keras.layers.Dense(32, name="dense2")(x)
    return keras.Model(faces, parts.dense_head(x, classes), name="handcrafted")


def handcrafted_fcn(
    *, classes: int = 7, face_shape: FaceShape = (48, 48, 1), illumination: str = "none"
) -> keras.Model:
    """The handcrafted network without dense layers: the last convolution gives the logits.

    conv 32, conv 64, pool; conv 128, pool; conv 128, pool; conv 6 1×1; conv `classes` 4×4, linear.
    All convolutions ``valid`` with an L2 penalty of 1e-4. 241,709 parameters at seven classes.

    Source: github.com/Mahdidrm/Emotion-Recognition-CNN-LIME, the version for FER2013. There the
    last convolution has a relu in front of the softmax: a logit below zero gets no gradient, and
    the network stops learning. Here it is linear.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 1).
        illumination: see `zoo.preprocessing.illumination`.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 1), illumination)
    x = _conv(parts.scaled(x), 32, "block1_conv1", padding="valid")
    x = _conv(x, 64, "block1_conv2", padding="valid")
    x = parts.max_pool(x, "block1_pool")
    for block in (2, 3):
        x = _conv(x, 128, f"block{block}_conv", padding="valid")
        x = parts.max_pool(x, f"block{block}_pool")
    x = _conv(x, 6, "squeeze1", size=1, kernel_initializer=_squeeze_start())
    x = _conv(
        x, classes, "squeeze2", size=4, padding="valid", activation=None,
        kernel_initializer="glorot_uniform", dtype="float32",
    )  # fmt: skip
    logits = keras.layers.Flatten(name="logits", dtype="float32")(x)
    return keras.Model(faces, parts.probabilities(logits), name="handcrafted_fcn")


def _squeeze_start() -> keras.initializers.Initializer:
    """How the 1×1 convolution starts: six random weighted means of the channels.

    Behind a relu a channel whose weights sum below zero is dead, as the 1×1 stem is: with He's
    start handcrafted_fcn stayed at chance on 4,000 drawn faces (13.6 % training accuracy after
    four epochs, Adam 5e-4, batch 32), and reached 54.7 % from this one.

    A fresh one for each network: an initializer keeps the seed that it drew when it was made.
    """
    return keras.initializers.RandomUniform(0, 2 / SQUEEZE_CHANNELS)


def _conv(x: Any, filters: int, name: str, **options: Any) -> Any:
    penalty = keras.regularizers.L2(L2)
    return parts.conv(x, filters, name, kernel_regularizer=penalty, **options)
