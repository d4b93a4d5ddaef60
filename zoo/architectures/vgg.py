"""VGG16, pre-trained on ImageNet, with two heads (Simonyan & Zisserman, arXiv:1409.1556)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import imagenet, parts
from zoo.preprocessing.layers import ImageNetCaffe

if TYPE_CHECKING:
    from zoo.architectures.imagenet import Weights
    from zoo.architectures.registry import FaceShape


_PIXEL_LEVEL = 64.0
"""About the standard deviation of a face's pixels around ImageNet's mean."""

_GAIN = math.sqrt(2 / (1 - 1 / math.pi))
"""By how much the standard deviation of a relu's output is less than its normal input's."""


def vgg16(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "clahe",  # what helped most on small networks: docs/illumination.md
    dropout_scale: float = 1.0,
    weights: Weights = None,
) -> keras.Model:
    """VGG16 with a small batch-normalised head.

    VGG16's thirteen convolutions; dropout 0.5; flatten; batch norm; three times dense 32
    (he_uniform), batch norm, relu, the first two with dropout 0.5; classes. 14,735,879 parameters
    at seven classes, 7,099,399 of them in block 5 and the head, which the source trained alone.

    Source: Boston University CS523 (summer 2022), final project of team 2. Its illumination
    correction was a normalisation that was never fitted and did nothing; here it is done.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the published dropout rates; 0 switches dropout off.
        weights: what the convolutions start from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    x = parts.dropout(_vgg16(x, weights).output, 0.5, dropout_scale, "block5_dropout")
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.BatchNormalization(name="flatten_bn")(x)
    for layer in (1, 2, 3):
        x = keras.layers.Dense(32, kernel_initializer="he_uniform", name=f"dense{layer}")(x)
        x = keras.layers.BatchNormalization(name=f"dense{layer}_bn")(x)
        x = keras.layers.Activation("relu", name=f"dense{layer}_relu")(x)
        if layer < 3:
            x = parts.dropout(x, 0.5, dropout_scale, f"dense{layer}_dropout")
    return keras.Model(faces, parts.dense_head(x, classes), name="vgg16")


def vgg16_full(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
    weights: Weights = None,
) -> keras.Model:
    """VGG16 trained in all its layers, with a head of three dense layers.

    VGG16's thirteen convolutions; flatten; dense 256, dropout 0.2; 128, 0.2; 64; classes. relu
    throughout. 14,887,623 parameters at seven classes, all trainable.

    Source: Boston University CS523 (summer 2022), final project of team 2, "model5".

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the published dropout rates; 0 switches dropout off.
        weights: what the convolutions start from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    x = keras.layers.Flatten(name="flatten")(_vgg16(x, weights).output)
    x = parts.dense(x, 256, "dense1")
    x = parts.dropout(x, 0.2, dropout_scale, "dense1_dropout")
    x = parts.dense(x, 128, "dense2")
    x = parts.dropout(x, 0.2, dropout_scale, "dense2_dropout")
    x = parts.dense(x, 64, "dense3")
    return keras.Model(faces, parts.dense_head(x, classes), name="vgg16_full")


def _vgg16(x: Any, weights: Weights) -> keras.Model:
    """VGG16's convolutions over (N, 48, 48, 3) RGB, 0–255; its output is (N, 1, 1, 512)."""
    x = ImageNetCaffe(name="scale")(x)
    backbone = keras.applications.VGG16(include_top=False, weights=None, input_tensor=x)
    if weights is None:
        _start_from_scratch(backbone)
    imagenet.initialize(backbone, weights, imagenet.VGG16)
    return backbone


def _start_from_scratch(backbone: keras.Model) -> None:
    """Start every kernel so that what tells two faces apart reaches the last block.

    Kernels that sum to zero, scaled for a relu's output to vary as much as its input (Brock et al.
    2021, arXiv:2101.08692). By Keras' start, Glorot's, for weights that are read over it, a
    hundredth of the signal is left behind thirteen relus; by He's it is left, but nearly all of it
    is the mean, which no two faces differ in. The scaling in front is ImageNet's, of pixels up to
    150.
    """
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Conv2D):
            shape = layer.kernel.shape
            kernel = keras.initializers.RandomNormal(stddev=1.0)(shape)
            kernel -= keras.ops.mean(kernel, axis=(0, 1, 2))
            level = _PIXEL_LEVEL if layer.name == "block1_conv1" else 1.0
            layer.kernel.assign(_GAIN * kernel / (level * math.sqrt(math.prod(shape[:3]))))
