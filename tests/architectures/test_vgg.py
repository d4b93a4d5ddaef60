"""VGG16's weights: from a file like the published one."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import zoo
from zoo.data.drawn import draw_faces
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


def test_from_scratch_the_signal_reaches_the_last_block() -> None:
    keras.utils.set_random_seed(0)
    network = zoo.create("vgg16")
    faces = draw_faces(8, seed=0).faces.astype(np.float32)
    outputs = [network.get_layer(name).output for name in ("block1_conv1", "block5_conv3")]
    first, last = keras.Model(network.input, outputs)(faces, training=False)
    # From Glorot's start a hundredth is left of the first layer's, which is in the tens.
    assert 0.1 < float(keras.ops.std(first)) < 10
    assert 0.3 < float(keras.ops.std(last) / keras.ops.std(first)) < 3
    # From He's start a seventh of the last layer's signal is what faces differ in.
    between_faces = keras.ops.mean(keras.ops.std(last, axis=0))
    assert float(between_faces / keras.ops.sqrt(keras.ops.mean(last**2))) > 0.3
    for layer in network.layers:
        if layer.name.startswith("block") and layer.weights:
            kernel = layer.get_weights()[0]
            assert (
                np.abs(kernel.sum(axis=(0, 1, 2))).max()
                < 1e-3 * np.abs(kernel).sum() / kernel.shape[-1]
            )


def test_faces_are_scaled_as_keras_scales_them_for_vgg16() -> None:
    network = zoo.create("vgg16_full", face_shape=(48, 48, 3))
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3)).astype(np.float32)
    front = keras.Model(network.input, network.get_layer("scale").output)
    scaled = keras.ops.convert_to_numpy(front(faces, training=False))
    expected = keras.applications.vgg16.preprocess_input(faces.copy())
    np.testing.assert_allclose(scaled, expected, atol=1e-4)


def test_the_file_holds_as_much_as_the_published_one(notop_file: Path) -> None:
    sizes: list[int] = []
    with h5py.File(notop_file) as file:
        file.visititems(lambda _, x: sizes.append(x.size) if isinstance(x, h5py.Dataset) else None)
    # 58,889,256 bytes with 30 kilobytes of names.
    assert len(sizes) == 26
    assert 4 * sum(sizes) == 58_858_752


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    faces = keras.Input((48, 48, 3))
    keras.Model(faces, keras.layers.Conv2D(64, 5)(faces)).save_weights(path)
    with pytest.raises(ZooError, match=r"conv2d is \(5, 5, 3, 64\), the network's block1_conv1"):
        zoo.create("vgg16", weights=path)
