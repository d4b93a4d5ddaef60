"""The backbones against `keras.applications`' own networks, weights handed over by file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import zoo
from zoo.architectures import registry
from zoo.errors import ZooError

Build = Callable[..., keras.Model]
Draw = Callable[..., np.ndarray]

# Keras' builder, the size we give it, its own preprocessing (those without do it inside), and the
# format the weights are handed over in.
applications = keras.applications
KERAS: dict[str, tuple[Any, int, Any, str]] = {
    "resnet50": (applications.ResNet50, 96, applications.resnet.preprocess_input, "x.h5"),
    "inception_v3": (
        applications.InceptionV3, 75, applications.inception_v3.preprocess_input, "x.h5"
    ),
    "mobilenet_v2": (
        applications.MobileNetV2, 96, applications.mobilenet_v2.preprocess_input, "x.weights.h5"
    ),
    "efficientnet_v2_b0": (applications.EfficientNetV2B0, 96, None, "x.weights.h5"),
    "convnext_tiny": (applications.ConvNeXtTiny, 96, None, "x.h5"),
}  # fmt: skip
REAL = "mobilenet_v2_1.0_notop.weights.h5"

every_backbone = pytest.mark.parametrize("name", KERAS, scope="package")


def called(network: keras.Model, faces: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(network(faces, training=False))


def pooled_features(name: str, network: keras.Model) -> keras.Model:
    end = "pool" if name != "convnext_tiny" else "convnext_tiny_head_layernorm"
    return keras.Model(network.input, network.get_layer(end).output)


def checkered(size: int) -> np.ndarray:
    """Three faces of coloured fields, 0–255."""
    coarse = np.random.default_rng(0).uniform(0, 255, (3, 6, 6, 3)).astype(np.float32)
    return np.kron(coarse, np.ones((1, 16, 16, 1), np.float32))[:, :size, :size]


def as_keras_wants_them(name: str, faces: np.ndarray) -> np.ndarray:
    preprocess = KERAS[name][2]
    return preprocess(faces.copy()) if preprocess else faces


def assert_features_are_those_of_keras(name: str, path: Path, source: keras.Model) -> None:
    size = KERAS[name][1]
    faces = checkered(size)
    expected = called(source, as_keras_wants_them(name, faces))
    ours = zoo.create(name, face_shape=(size, size, 3), weights=str(path))
    scale = np.abs(expected).max()
    assert np.abs(expected[0] - expected[1]).max() > 1e-3 * scale
    np.testing.assert_allclose(
        called(pooled_features(name, ours), faces), expected, atol=1e-5 * scale
    )


@every_backbone
def test_its_features_are_those_of_keras_network_from_a_file_of_its_weights(
    name: str, tmp_path: Path
) -> None:
    build, size, _, file = KERAS[name]
    keras.utils.set_random_seed(0)
    source = build(include_top=False, weights=None, pooling="avg", input_shape=(size, size, 3))
    # Fresh shifts, scales and statistics would hide what is left out or mixed up.
    rng = np.random.default_rng(0)
    for weight in source.weights:
        if weight.name == "gamma":
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.name in ("beta", "bias"):
            weight.assign(rng.normal(0, 0.1, weight.shape))
    for layer in source.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    source(as_keras_wants_them(name, checkered(size)), training=True)
    (source.save_weights if file.endswith(".weights.h5") else source.save)(tmp_path / file)
    assert_features_are_those_of_keras(name, tmp_path / file, source)


@pytest.mark.imagenet
@pytest.mark.skipif(
    "ZOO_TEST_IMAGENET" not in os.environ, reason=f"$ZOO_TEST_IMAGENET: a folder with {REAL}"
)
def test_real_weights_give_the_features_that_keras_gives_with_them() -> None:
    path = Path(os.environ["ZOO_TEST_IMAGENET"], REAL)
    source = keras.applications.MobileNetV2(
        include_top=False, weights=None, pooling="avg", input_shape=(96, 96, 3)
    )
    source.load_weights(path)
    assert_features_are_those_of_keras("mobilenet_v2", path, source)


@every_backbone
def test_its_head_is_all_that_comes_behind_the_end_of_the_backbone(
    name: str, network: Build
) -> None:
    built, facts = network(name), registry.architecture(name)
    end = built.get_layer(facts.backbone_output)
    backbone = keras.Model(built.input, end.output)
    head = [layer for layer in built.layers if layer not in backbone.layers]
    assert [layer.name for layer in head if layer.weights] == ["logits"]
    assert end.output.shape[-1] == built.get_layer("logits").kernel.shape[0]


@every_backbone
def test_gradcam_sees_three_by_three_places(name: str, network: Build) -> None:
    layer = network(name).get_layer(registry.architecture(name).gradcam_layer)
    assert layer.output.shape[1:3] == (3, 3)


def test_faces_are_resized_to_any_size_but_one_too_small() -> None:
    assert zoo.create("mobilenet_v2", input_size=32).get_layer("scale").output.shape[1] == 32
    for name, least in (("mobilenet_v2", 32), ("inception_v3", 75)):
        for size in (least - 1, 513):
            with pytest.raises(ZooError, match=f"of {name}: {size}, expected {least} to 512"):
                zoo.create(name, input_size=size)


@pytest.mark.parametrize("name", ["inception_v3"], scope="package")
def test_inceptions_layers_are_called_after_their_block_in_the_order_of_building(
    name: str, network: Build
) -> None:
    built = network(name)
    convolutions = [x for x in built.layers if isinstance(x, keras.layers.Conv2D)]
    assert len(convolutions) == 94
    # Of the last block: 1×1 with 320 filters first, behind the pooling with 192 last.
    last = {x.name: x for x in convolutions if x.name.startswith("mixed10_")}
    assert sorted(last) == [f"mixed10_conv2d_{number}" for number in range(1, 10)]
    assert last["mixed10_conv2d_1"].filters == 320
    assert last["mixed10_conv2d_9"].filters == 192


@pytest.mark.parametrize("name", ["efficientnet_v2_b0"], scope="package")
def test_efficientnets_blocks_drop_out_at_the_scaled_rate(name: str, network: Build) -> None:
    def rates(built: keras.Model) -> dict[str, float]:
        dropouts = (x for x in built.layers if isinstance(x, keras.layers.Dropout))
        return {x.name: x.rate for x in dropouts}

    published = rates(network(name))
    assert published.pop("pool_dropout") == pytest.approx(0.2)
    assert len(published) == 15
    assert max(published.values()) == pytest.approx(0.2 * 20 / 21)
