"""The layers between a face and a network's first weights: size, colour, scale.

They hold no weights and compute in float32 whatever the precision: 0–255 has more levels than
bfloat16's eight bits of mantissa once a face was resized. Resizing is done here and not by
`keras.layers.Resizing`, which inside a graph puts the batch normalisations behind it into training
mode (seen with Keras 3.15).
"""

from __future__ import annotations

from typing import Any

import keras

from zoo.preprocessing import LUMA

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean blue, green and red of ImageNet, which VGG16 was trained on (Simonyan & Zisserman 2015)."""

IMAGENET_MEAN_RGB = (123.675, 116.28, 103.53)
IMAGENET_DEVIATION_RGB = (58.395, 57.12, 57.375)
"""Mean and standard deviation of ImageNet as PyTorch's models have them: 0.485 × 255 and so on."""


def luma(faces: Any) -> Any:
    """Brightness of (N, H, W, 3) RGB faces, (N, H, W, 1), on the same scale (ITU-R BT.601)."""
    weights = keras.ops.convert_to_tensor(LUMA, dtype=faces.dtype)
    return keras.ops.sum(faces * weights, axis=-1, keepdims=True)


class _Float32Layer(keras.layers.Layer):
    """A layer without weights that computes in float32, also under mixed precision."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)


@keras.saving.register_keras_serializable(package="zoo")
class Resize(_Float32Layer):
    """(N, h, w, C) → (N, height, width, C), bilinear, averaging over the area when shrinking."""

    def __init__(self, height: int, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.height = height
        self.width = width

    def call(self, faces: Any) -> Any:
        """Resize."""
        size = (self.height, self.width)
        return keras.ops.image.resize(faces, size, interpolation="bilinear", antialias=True)

    def get_config(self) -> dict[str, Any]:
        """The settings, for Keras."""
        return {**super().get_config(), "height": self.height, "width": self.width}


@keras.saving.register_keras_serializable(package="zoo")
class GreyToRGB(_Float32Layer):
    """(N, H, W, 1) → (N, H, W, 3): the same channel three times."""

    def call(self, faces: Any) -> Any:
        """Repeat the channel."""
        return keras.ops.repeat(faces, 3, axis=-1)


@keras.saving.register_keras_serializable(package="zoo")
class RGBToGrey(_Float32Layer):
    """(N, H, W, 3) → (N, H, W, 1): brightness after ITU-R BT.601."""

    def call(self, faces: Any) -> Any:
        """Weigh the channels."""
        return luma(faces)


@keras.saving.register_keras_serializable(package="zoo")
class ScaleToUnit(_Float32Layer):
    """0–255 → 0–1."""

    def call(self, faces: Any) -> Any:
        """Divide by 255."""
        return faces / 255.0


@keras.saving.register_keras_serializable(package="zoo")
class ScaleToSignedUnit(_Float32Layer):
    """0–255 → −1–1, as InceptionV3's and MobileNetV2's published weights expect it."""

    def call(self, faces: Any) -> Any:
        """Divide by 127.5 and subtract 1."""
        return faces / 127.5 - 1.0


@keras.saving.register_keras_serializable(package="zoo")
class ImageNetCaffe(_Float32Layer):
    """RGB, 0–255 → BGR minus ImageNet's means.

    As VGG16's and ResNet50's published weights expect it: the same as
    `keras.applications.vgg16.preprocess_input`, as a layer.
    """

    def call(self, faces: Any) -> Any:
        """Reverse the channels and subtract the means."""
        means = keras.ops.convert_to_tensor(IMAGENET_MEAN_BGR, dtype=faces.dtype)
        return keras.ops.flip(faces, axis=-1) - means


@keras.saving.register_keras_serializable(package="zoo")
class ImageNetTorch(_Float32Layer):
    """RGB, 0–255 → mean 0 and deviation 1 per channel of ImageNet.

    What `keras.applications` does in front of EfficientNetV2-B0 and ConvNeXt, without holding the
    numbers as weights.
    """

    def call(self, faces: Any) -> Any:
        """Subtract the means and divide by the deviations."""
        means = keras.ops.convert_to_tensor(IMAGENET_MEAN_RGB, dtype=faces.dtype)
        deviations = keras.ops.convert_to_tensor(IMAGENET_DEVIATION_RGB, dtype=faces.dtype)
        return (faces - means) / deviations
