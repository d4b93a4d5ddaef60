"""What all architectures share: the way in, the way out, dropout and the 1×1 stem.

Networks are flat functional graphs, because Grad-CAM and relevance propagation walk them. Every
layer has an explicit name: weights are exchanged by layer name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.errors import ZooError
from zoo.preprocessing import layers
from zoo.preprocessing.illumination import IlluminationCorrection, check_method

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape


BEFORE_RELU = "he_normal"
"""How kernels in front of a relu start (He et al., arXiv 1502.01852).

Keras' default, Glorot's, halves the signal's variance at each relu, and the networks without batch
normalisation then sit on the majority class: ccpccpccpff on 8,000 faces of FER2013 (batch 64,
AdamW 3e-4) had 26 % training accuracy after four epochs, and 38 % from this start.
"""


def faces_input(face_shape: FaceShape, canonical: FaceShape, illumination: str) -> tuple[Any, Any]:
    """The way in: faces as the user has them → faces as the architecture was made for.

    Args:
        face_shape: (H, W, C) of the faces the network will be given.
        canonical: (H, W, C) its layers were made for.
        illumination: one of `zoo.preprocessing.ILLUMINATION_METHODS`.

    Returns:
        The network's input and (N, *canonical) faces, both float32, 0–255.
    """
    check_method(illumination)
    faces = keras.Input(face_shape, name="faces", dtype="float32")
    x = faces
    if face_shape[:2] != canonical[:2]:
        x = layers.Resize(*canonical[:2], name="resize")(x)
    # Before grey becomes RGB: a third of the work, and the same result.
    if illumination != "none":
        x = IlluminationCorrection(illumination, name="illumination")(x)
    if face_shape[2] < canonical[2]:
        x = layers.GreyToRGB(name="grey_to_rgb")(x)
    elif face_shape[2] > canonical[2]:
        x = layers.RGBToGrey(name="rgb_to_grey")(x)
    return faces, x


def scaled(x: Any) -> Any:
    """Faces 0–255 → 0–1, by a layer called ``scale``."""
    return layers.ScaleToUnit(name="scale")(x)


def dense_head(x: Any, classes: int) -> Any:
    """Features (N, F) → class probabilities (N, classes), by a dense layer called ``logits``."""
    return probabilities(keras.layers.Dense(classes, dtype="float32", name="logits")(x))


def probabilities(logits: Any) -> Any:
    """Logits (N, K) → probabilities (N, K).

    Softmax and the logits in front of it are float32 also under mixed precision: bfloat16 tells
    0.996 from 1 and nothing between.
    """
    return keras.layers.Activation("softmax", dtype="float32", name="probabilities")(logits)


def dropout(x: Any, rate: float, scale: float, name: str) -> Any:
    """Dropout at `rate` × `scale`; at 0 the layer stays in the graph and does nothing.

    Args:
        x: any tensor.
        rate: the published rate, in 0–1.
        scale: the factor the recipe puts on all published rates.
        name: the layer's name.

    Raises:
        ZooError: the product is negative or at least 1.
    """
    return keras.layers.Dropout(scaled_rate(rate, scale, name), name=name)(x)


def scaled_rate(rate: float, scale: float, name: str) -> float:
    """The published dropout rate of the layer called `name`, times the recipe's factor.

    Raises:
        ZooError: the product is negative or at least 1.
    """
    scaled = rate * scale
    if not 0 <= scaled < 1:
        raise ZooError(
            f"dropout_scale {scale:g} makes the published dropout rate {rate:g} of layer {name} "
            f"{scaled:g}: it must stay in 0–1, 1 excluded"
        )
    return scaled


def stem(x: Any) -> Any:
    """A 1×1 convolution to one channel with relu, starting as the mean of the channels.

    The source's random start is dead in half of all seeds: where the weights sum below zero, grey
    faces, which are never negative, leave the relu as zeros, and no gradient comes back.
    """
    start = keras.initializers.Constant(1 / x.shape[-1])
    return keras.layers.Conv2D(
        1, 1, activation="relu", kernel_initializer=start, name="stem"
    )(x)  # fmt: skip


def conv(
    x: Any, filters: int, name: str, *, size: int = 3, padding: str = "same", **options: Any
) -> Any:
    """A convolution with relu, called `name`."""
    options = {"activation": "relu", "kernel_initializer": BEFORE_RELU} | options
    return keras.layers.Conv2D(filters, size, padding=padding, name=name, **options)(x)


def dense(x: Any, units: int, name: str, **options: Any) -> Any:
    """A dense layer with relu, called `name`."""
    options = {"activation": "relu", "kernel_initializer": BEFORE_RELU} | options
    return keras.layers.Dense(units, name=name, **options)(x)


def max_pool(x: Any, name: str, *, size: int = 2, stride: int = 2) -> Any:
    """Max pooling called `name`."""
    return keras.layers.MaxPooling2D(size, stride, name=name)(x)
