"""Networks named by their layers: C a convolution, P a pooling, F a fully connected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import parts

if TYPE_CHECKING:
    from zoo.architectures.registry import FaceShape


def cpcpcpfff(
    *, classes: int = 7, face_shape: FaceShape = (48, 48, 1), illumination: str = "none"
) -> keras.Model:
    """Three small convolutions, each pooled, and two hidden dense layers: the smallest of the zoo.

    1×1 stem; conv 10 5×5, pool; conv 10 5×5, pool; conv 10 3×3, pool; dense 256; 128; classes.
    All convolutions ``valid``, relu throughout. 60,779 parameters at seven classes.

    Source: Boston University CS523 (summer 2022), final project of team 2, notebook "training".

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    x = parts.stem(parts.scaled(x))
    for block, size in enumerate((5, 5, 3), start=1):
        x = parts.conv(x, 10, f"block{block}_conv", size=size, padding="valid")
        x = parts.max_pool(x, f"block{block}_pool")
    x = keras.layers.Flatten(name="flatten")(x)
    x = parts.dense(x, 256, "dense1")
    x = parts.dense(x, 128, "dense2")
    return keras.Model(faces, parts.dense_head(x, classes), name="cpcpcpfff")


def ccpccpccpff(
    *, classes: int = 7, face_shape: FaceShape = (48, 48, 1), illumination: str = "none"
) -> keras.Model:
    """Five convolutions in three pooled groups and two wide dense layers.

    1×1 stem; conv 64 5×5, max pool 5/2; conv 64 twice, max pool 3/2; conv 128 twice, max pool 3/2;
    dense 1024; 1024; classes. All convolutions ``valid``, relu throughout. 1,485,835 parameters at
    seven classes.

    Source: Boston University CS523 (summer 2022), final project of team 2, notebook "training".

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 3).
        illumination: see `zoo.preprocessing.illumination`.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 3), illumination)
    x = parts.stem(parts.scaled(x))
    x = _features(x, keras.layers.MaxPooling2D)
    x = parts.dense(x, 1024, "dense1")
    x = parts.dense(x, 1024, "dense2")
    return keras.Model(faces, parts.dense_head(x, classes), name="ccpccpccpff")


def ccpccpccpff_avg(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
) -> keras.Model:
    """`ccpccpccpff` for grey faces: no stem, later pools average, dropout 0.2 after dense layers.

    1,485,831 parameters at seven classes.

    Source: Bharat Kammakatla, "Face Expression Recognition using Keras and CNN's" (2020),
    github.com/BharatKammakatla/Facial-Expression-Detection.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given; its layers were made for (48, 48, 1).
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the published dropout rates; 0 switches dropout off.
    """
    faces, x = parts.faces_input(face_shape, (48, 48, 1), illumination)
    x = _features(parts.scaled(x), keras.layers.AveragePooling2D)
    for layer in (1, 2):
        x = parts.dense(x, 1024, f"dense{layer}")
        x = parts.dropout(x, 0.2, dropout_scale, f"dense{layer}_dropout")
    return keras.Model(faces, parts.dense_head(x, classes), name="ccpccpccpff_avg")


def _features(x: Any, later_pooling: type[keras.layers.Layer]) -> Any:
    """(N, 48, 48, 1) → (N, 128); `later_pooling` is the second and third pool."""
    x = parts.conv(x, 64, "block1_conv1", size=5, padding="valid")
    x = parts.max_pool(x, "block1_pool", size=5)
    for block, filters in ((2, 64), (3, 128)):
        x = parts.conv(x, filters, f"block{block}_conv1", padding="valid")
        x = parts.conv(x, filters, f"block{block}_conv2", padding="valid")
        x = later_pooling(3, 2, name=f"block{block}_pool")(x)
    return keras.layers.Flatten(name="flatten")(x)
