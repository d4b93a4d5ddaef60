"""Five networks pre-trained on ImageNet, each under the same small head.

The backbones are `keras.applications`' own, flat and with layer names that stay the same. All five
halve the picture five times, which leaves one or two places along each side of a 48×48 face. So
faces are enlarged in the graph: to 96×96, which leaves three and costs about as much as VGG16 on
48×48 in ResNet50 and ConvNeXt, less in the others; InceptionV3 to its minimum of 75. The head
averages over the places: dropout 0.2, classes.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import keras

from zoo.architectures import imagenet, parts
from zoo.architectures.flatten import automatic_number, flattened, keras_name
from zoo.errors import ZooError
from zoo.preprocessing.layers import ImageNetCaffe, ImageNetTorch, ScaleToSignedUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.architectures.imagenet import Weights
    from zoo.architectures.registry import FaceShape


_LARGEST_SIZE = 512
"""Side of the faces inside of a network, at most: their number decides what a network allocates,
which no tensor of a stranger's file would tell."""


def resnet50(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
    input_size: int = 96,
    weights: Weights = None,
) -> keras.Model:
    """ResNet50: 16 residual blocks of three convolutions (He et al., arXiv:1512.03385).

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given.
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the head's dropout rate; 0 switches dropout off.
        input_size: height and width faces are resized to, 32 to 512.
        weights: what the backbone starts from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    x = _way_in("resnet50", face_shape, input_size, illumination, least=32)
    x = ImageNetCaffe(name="scale")(x)
    backbone = keras.applications.ResNet50(include_top=False, weights=None, input_tensor=x)
    imagenet.initialize(backbone, weights, imagenet.RESNET50)
    return _with_head(flattened(backbone), classes, dropout_scale, "resnet50")


def inception_v3(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
    input_size: int = 75,
    weights: Weights = None,
) -> keras.Model:
    """InceptionV3: 94 convolutions in eleven mixed blocks (Szegedy et al., arXiv:1512.00567).

    Its layers are called after the block they belong to: ``mixed10_conv2d_1``. The stem counts as
    part of the first block.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given.
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the head's dropout rate; 0 switches dropout off.
        input_size: height and width faces are resized to, 75 to 512.
        weights: what the backbone starts from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    x = _way_in("inception_v3", face_shape, input_size, illumination, least=75)
    x = ScaleToSignedUnit(name="scale")(x)
    backbone = keras.applications.InceptionV3(include_top=False, weights=None, input_tensor=x)
    imagenet.initialize(backbone, weights, imagenet.INCEPTION_V3)
    backbone = flattened(backbone, _inception_names(backbone))
    return _with_head(backbone, classes, dropout_scale, "inception_v3")


def mobilenet_v2(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
    input_size: int = 96,
    weights: Weights = None,
) -> keras.Model:
    """MobileNetV2 1.0: 17 inverted residual blocks (Sandler et al., arXiv:1801.04381).

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given.
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the head's dropout rate; 0 switches dropout off.
        input_size: height and width faces are resized to, 32 to 512. ImageNet weights were
            published for 96, 128, 160, 192 and 224; for other sizes those for 224 are taken.
        weights: what the backbone starts from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    x = _way_in("mobilenet_v2", face_shape, input_size, illumination, least=32)
    x = ScaleToSignedUnit(name="scale")(x)
    backbone = keras.applications.MobileNetV2(include_top=False, weights=None, input_tensor=x)
    imagenet.initialize(backbone, weights, imagenet.mobilenet_v2(input_size))
    return _with_head(flattened(backbone), classes, dropout_scale, "mobilenet_v2")


def efficientnet_v2_b0(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
    input_size: int = 96,
    weights: Weights = None,
) -> keras.Model:
    """EfficientNetV2-B0: fused and squeezed-excited blocks (Tan & Le, arXiv:2104.00298).

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given.
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the dropout rates of the head and of the blocks, which drop
            themselves out as wholes (stochastic depth, 0 in the first to 0.19 in the last); 0
            switches both off.
        input_size: height and width faces are resized to, 32 to 512.
        weights: what the backbone starts from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    x = _way_in("efficientnet_v2_b0", face_shape, input_size, illumination, least=32)
    x = ImageNetTorch(name="scale")(x)
    backbone = keras.applications.EfficientNetV2B0(
        include_top=False, weights=None, input_tensor=x, include_preprocessing=False
    )
    imagenet.initialize(backbone, weights, imagenet.EFFICIENTNET_V2_B0)
    backbone = flattened(backbone)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = parts.scaled_rate(layer.rate, dropout_scale, layer.name)
    return _with_head(backbone, classes, dropout_scale, "efficientnet_v2_b0")


def convnext_tiny(
    *,
    classes: int = 7,
    face_shape: FaceShape = (48, 48, 1),
    illumination: str = "none",
    dropout_scale: float = 1.0,
    input_size: int = 96,
    weights: Weights = None,
) -> keras.Model:
    """ConvNeXt-Tiny: 18 blocks of 7×7 depthwise convolutions (Liu et al., arXiv:2201.03545).

    As in the paper its features are averaged first and normalised then; that normalisation
    belongs to the backbone, its weights are published with it.

    Args:
        classes: how many classes it tells apart.
        face_shape: (H, W, C) of the faces it is given.
        illumination: see `zoo.preprocessing.illumination`.
        dropout_scale: factor on the head's dropout rate; 0 switches dropout off.
        input_size: height and width faces are resized to, 32 to 512.
        weights: what the backbone starts from, see `zoo.architectures.imagenet`.

    Raises:
        ZooError: the weights cannot be downloaded, found or read.
    """
    x = _way_in("convnext_tiny", face_shape, input_size, illumination, least=32)
    x = ImageNetTorch(name="scale")(x)
    backbone = keras.applications.ConvNeXtTiny(
        include_top=False,
        weights=None,
        input_tensor=x,
        pooling="avg",
        include_preprocessing=False,
    )
    imagenet.initialize(backbone, weights, imagenet.CONVNEXT_TINY)
    backbone = flattened(backbone, _convnext_names(backbone))
    return _with_head(backbone, classes, dropout_scale, "convnext_tiny")


def _way_in(name: str, face_shape: FaceShape, size: int, illumination: str, *, least: int) -> Any:
    """RGB faces of `size` × `size`, 0–255."""
    if not least <= size <= _LARGEST_SIZE:
        raise ZooError(f"option input_size of {name}: {size}, expected {least} to {_LARGEST_SIZE}")
    _, x = parts.faces_input(face_shape, (size, size, 3), illumination)
    return x


def _with_head(
    backbone: keras.Model, classes: int, dropout_scale: float, name: str
) -> keras.Model:
    """The network from faces through the backbone's features to probabilities (N, classes)."""
    x = backbone.output
    if len(x.shape) == 4:  # ConvNeXt has averaged over the places itself
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = parts.dropout(x, 0.2, dropout_scale, "pool_dropout")
    return keras.Model(backbone.inputs[0], parts.dense_head(x, classes), name=name)


def _inception_names(backbone: keras.Model) -> dict[str, str]:
    """New names for the layers that Keras numbered: block, kind, number of the kind in the block.

    All ways into a block and out of it lead through ``mixed<n>`` layers, so that in the order of
    the graph a block's layers stand between two of them.
    """
    names: dict[str, str] = {}
    block: list[tuple[int, Any]] = []
    for layer in _behind_scale(backbone.layers):
        number = automatic_number(layer)
        if number is not None:
            block.append((number, layer))
        elif re.fullmatch(r"mixed\d+", layer.name):
            kinds: Counter[str] = Counter()
            for _, one in sorted(block, key=lambda pair: pair[0]):
                kind = keras_name(one)
                kinds[kind] += 1
                names[one.name] = f"{layer.name}_{kind}_{kinds[kind]}"
            block = []
    return names


def _convnext_names(backbone: keras.Model) -> dict[str, str]:
    """Names for the sums at the blocks' ends, and for the two last layers."""
    *blocks, pool, norm = _behind_scale(backbone.operations)
    names = {pool.name: "pool", norm.name: "convnext_tiny_head_layernorm"}
    for before, operation in pairwise(blocks):
        if keras_name(operation) == "add":
            names[operation.name] = before.name.removesuffix("identity") + "add"
    return names


def _behind_scale(operations: Sequence[Any]) -> Sequence[Any]:
    """The backbone's own part of a graph."""
    return operations[[operation.name for operation in operations].index("scale") + 1 :]
