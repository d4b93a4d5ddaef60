"""A residual network for small faces (He et al., arXiv 1512.03385)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import parts
from zoo.architectures.normalization import BatchNormalization

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape

_STAGES = ((32, 1), (64, 2), (128, 2), (160, 2))
"""Filters and blocks; every stage but the first begins by halving the side."""


def resnet16(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
) -> keras.Model:
    """A residual network of sixteen layers that begins at the faces' full resolution.

    Conv 32; one residual block of 32 filters, two of 64, two of 128, two of 160, each of two
    convolutions 3×3; global average; dropout 0.3; classes. Batch norm behind every convolution and
    relu behind that, behind a block's second one after the sum; where filters or side change, the
    shortcut is a 1×1 convolution with batch norm.

    ResNet18 and ResNet50 begin by reducing images of 224×224 pixels to 56×56; of 48×48 that would
    leave 12×12. 1,578,631 parameters at seven classes, 1,574,919 of them trainable; 226 million
    multiplications a face, where `five_layer` has 393.

    Source: the blocks are He et al.'s, the number and widths of the stages are the zoo's.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 1).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the dropout rate; 0 switches dropout off.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 1), illumination)
    x = _conv(parts.scaled(x), 32, "stem", relu=True)
    for stage, (filters, blocks) in enumerate(_STAGES, start=1):
        for block in range(1, blocks + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            x = _residual_block(x, filters, stride, f"stage{stage}_block{block}")
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    x = parts.dropout(x, 0.3, dropout_scale, "average_dropout")
    return keras.Model(faces, parts.dense_head(x, classes), name="resnet16")


def _residual_block(x: Any, filters: int, stride: int, name: str) -> Any:
    """Two convolutions and a way around them, summed, then relu."""
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = _conv(x, filters, f"{name}_shortcut", size=1, stride=stride)
    x = _conv(x, filters, f"{name}_conv1", stride=stride, relu=True)
    x = _conv(x, filters, f"{name}_conv2")
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)


def _conv(
    x: Any, filters: int, name: str, *, size: int = 3, stride: int = 1, relu: bool = False
) -> Any:
    """A convolution without bias, which batch norm would take away again, and batch norm."""
    x = keras.layers.Conv2D(
        filters, size, strides=stride, padding="same", use_bias=False,
        kernel_initializer=parts.BEFORE_RELU, name=name,
    )(x)  # fmt: skip
    x = BatchNormalization(name=f"{name}_bn")(x)
    return keras.layers.Activation("relu", name=f"{name}_act")(x) if relu else x
