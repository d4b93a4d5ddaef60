"""VGG16's weights: from a file, from ImageNet, frozen and thawed."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

import zoo
from zoo.architectures.registry import unfreeze
from zoo.errors import ZooError


@pytest.fixture(scope="session")
def notop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like Keras' own of VGG16 without its top; all weights of layer i are i / 100."""
    path = tmp_path_factory.mktemp("weights") / "notop.h5"
    layers = keras.applications.VGG16(include_top=False, weights=None).layers
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for number, layer in enumerate(layers):
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{weight.name}" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.weights, strict=True):
                group.create_dataset(name, weight.shape, "f4", fillvalue=number / 100)
    return path


@pytest.mark.parametrize("name", ["vgg16", "vgg16_full"])
def test_it_starts_from_a_file_of_vgg16_without_its_top(name: str, notop_file: Path) -> None:
    network = zoo.create(name, weights=str(notop_file), illumination="equalize")
    for number, layer in ((1, "block1_conv1"), (17, "block5_conv3")):
        kernel, bias = network.get_layer(layer).get_weights()
        np.testing.assert_allclose(kernel, number / 100, rtol=1e-6)
        np.testing.assert_allclose(bias, number / 100, rtol=1e-6)


def test_faces_are_scaled_as_keras_scales_them_for_vgg16() -> None:
    network = zoo.create("vgg16_full", face_shape=(48, 48, 3))
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3)).astype(np.float32)
    front = keras.Model(network.input, network.get_layer("scale").output)
    scaled = keras.ops.convert_to_numpy(front(faces, training=False))
    expected = keras.applications.vgg16.preprocess_input(faces.copy())
    np.testing.assert_allclose(scaled, expected, atol=1e-4)


def test_blocks_one_to_four_are_frozen_until_unfrozen() -> None:
    network = zoo.create("vgg16")
    frozen = [layer.name for layer in network.layers if layer.weights and not layer.trainable]
    assert frozen == [
        f"block{block}_conv{conv}" for block in (1, 2, 3, 4) for conv in (1, 2, 3)
        if not (block < 3 and conv == 3)
    ]  # fmt: skip
    unfreeze(network)
    trainable = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    # What is left are the moving means and variances of the head's four batch norms.
    assert network.count_params() - trainable == 2 * (512 + 3 * 32)


def test_a_missing_weights_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"none\.h5: no such weights file"):
        zoo.create("vgg16", weights=tmp_path / "none.h5")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.h5"
    path.write_text("not HDF5")
    with pytest.raises(ZooError, match=r"text\.h5: not the weights of VGG16") as refused:
        zoo.create("vgg16", weights=path)
    assert "\n" not in str(refused.value)


def test_a_failed_download_says_which_file_goes_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise Exception("URL fetch failure:\nno route to host")

    monkeypatch.setattr(file_utils, "get_file", fails)
    monkeypatch.setenv("KERAS_HOME", "somewhere")
    with pytest.raises(ZooError, match="no route to host") as refused:
        zoo.create("vgg16", weights="imagenet")
    message = str(refused.value)
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in message
    assert str(Path("somewhere/models")) in message
    assert "--set init=none" in message
    assert "\n" not in message
