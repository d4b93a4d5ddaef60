"""VGG16, pre-trained on ImageNet, with two heads (Simonyan & Zisserman, arXiv:1409.1556)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import parts
from zoo.errors import ZooError
from zoo.preprocessing.layers import ImageNetCaffe

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape

WEIGHTS_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
"""Keras' name of the ImageNet weights without the classifier, 59 MB."""


def vgg16(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "standardize",
    dropout_scale: float = 1.0,
    weights: str | os.PathLike[str] | None = None,
) -> keras.Model:
    """VGG16 of which only block 5 and a small batch-normalised head are trained.

    VGG16's thirteen convolutions; dropout 0.5; flatten; batch norm; three times dense 32
    (he_uniform), batch norm, relu, the first two with dropout 0.5; classes. 14,735,879 parameters
    at seven classes, 7,099,399 of them trainable: blocks 1–4 are frozen, whatever `weights` is.
    Who trains from scratch calls `zoo.architectures.registry.unfreeze` first.

    Source: Boston University CS523 (summer 2022), final project of team 2. Its illumination
    correction was a normalisation that was never fitted and did nothing; here it is done.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the published dropout rates; 0 switches dropout off.
        weights: what the convolutions start from: None (random), ``"imagenet"`` (downloaded by
            Keras once), or the path of an .h5 file of VGG16 without its top.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    backbone = _vgg16(x, weights)
    for layer in backbone.layers:
        if not layer.name.startswith("block5"):
            layer.trainable = False
    x = parts.dropout(backbone.output, 0.5, dropout_scale, "block5_dropout")
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
    weights: str | os.PathLike[str] | None = None,
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
        weights: what the convolutions start from: None (random), ``"imagenet"`` (downloaded by
            Keras once), or the path of an .h5 file of VGG16 without its top.

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


def _vgg16(x: Any, weights: str | os.PathLike[str] | None) -> keras.Model:
    """VGG16's convolutions over (N, 48, 48, 3) RGB, 0–255; its output is (N, 1, 1, 512)."""
    x = ImageNetCaffe(name="scale")(x)
    if weights is None:
        return keras.applications.VGG16(include_top=False, weights=None, input_tensor=x)
    if weights == "imagenet":
        return _imagenet(x)
    file = Path(weights)
    if not file.is_file():
        raise ZooError(f"{file}: no such weights file (an .h5 of VGG16 without its top)")
    try:
        return keras.applications.VGG16(include_top=False, weights=str(file), input_tensor=x)
    except (OSError, ValueError, KeyError) as error:
        raise ZooError(
            f"{file}: not the weights of VGG16 without its top ({_one_line(error)})"
        ) from None


def _imagenet(x: Any) -> keras.Model:
    try:
        return keras.applications.VGG16(include_top=False, weights="imagenet", input_tensor=x)
    except Exception as error:  # noqa: BLE001 - what Keras raises when a download fails
        folder = Path(os.environ.get("KERAS_HOME") or "~/.keras", "models")
        raise ZooError(
            f"{WEIGHTS_FILE} cannot be downloaded ({_one_line(error)}): put it into {folder}, or "
            "start without it (--set init=none)"
        ) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
