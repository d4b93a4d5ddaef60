"""Files of weights: both formats are read; what does not fit is named by layer and shapes."""

from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from zoo.architectures.weights_file import read_weights
from zoo.errors import ZooError

Legacy = Callable[..., Path]


@keras.saving.register_keras_serializable(package="tests")
class TwoWeights(keras.layers.Layer):
    """A layer of a class that is none of Keras'."""

    def build(self, shape: tuple[int, ...]) -> None:
        self.scale = self.add_weight(shape=shape[-1:], name="scale")
        self.shift = self.add_weight(shape=shape[-1:], name="shift")

    def call(self, x):
        return x * self.scale + self.shift


def network(units: int = 3, *, more: bool = False) -> keras.Model:
    """Layers alone, in a Sequential, with a seed and with statistics."""
    faces = keras.Input((8, 8, 3), name="faces")
    x = keras.layers.Conv2D(2, 3, name="conv1")(faces)
    x = keras.Sequential([keras.layers.Conv2D(4, 3), keras.layers.Conv2D(5, 1)], name="block")(x)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    x = TwoWeights(name="two")(keras.layers.BatchNormalization(name="norm")(x))
    x = keras.layers.Dense(units, name="dense")(x)
    return keras.Model(faces, keras.layers.Dense(2, name="more")(x) if more else x)


def randomized(network: keras.Model) -> keras.Model:
    rng = np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return network


@pytest.fixture
def legacy(tmp_path: Path) -> Legacy:
    """Writes a network's weights as `keras.applications` publishes them."""

    def write(network: keras.Model, change: Callable[[h5py.File], None] | None = None) -> Path:
        path = tmp_path / "published.h5"
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [layer.name.encode() for layer in network.layers]
            for layer in network.layers:
                group = file.create_group(layer.name)
                names = [f"{layer.name}/{i}:0" for i, _ in enumerate(layer.weights)]
                group.attrs["weight_names"] = [name.encode() for name in names]
                for name, weight in zip(names, layer.get_weights(), strict=True):
                    group[name] = weight
            if change:
                change(file)
        return path

    return write


def assert_same(first: keras.Model, second: keras.Model) -> None:
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_published_file_is_read_layer_by_layer(legacy: Legacy) -> None:
    source, target = randomized(network()), network()
    read_weights(legacy(source), target, "Net")
    assert_same(source, target)


def test_a_file_that_keras_saves_is_read_and_read_as_keras_reads_it(tmp_path: Path) -> None:
    source, target, by_keras = randomized(network()), network(), network()
    source.save_weights(tmp_path / "own.weights.h5")
    read_weights(tmp_path / "own.weights.h5", target, "Net")
    by_keras.load_weights(tmp_path / "own.weights.h5")
    assert_same(source, target)
    assert_same(by_keras, target)


def test_the_weights_of_a_whole_model_in_the_old_format_are_read(tmp_path: Path) -> None:
    source, target = randomized(network()), network()
    source.save(tmp_path / "whole.h5")
    read_weights(tmp_path / "whole.h5", target, "Net")
    assert_same(source, target)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"units": 4}, r"its layer dense is \(5, 4\), the network's dense \(5, 3\)"),
        ({"more": True}, r"it goes on with layer (more|dense_1) \((2,|3, 2)\) where the network"),
    ],
)
@pytest.mark.parametrize("written", ["published", "own"])
def test_the_first_layer_that_does_not_fit_is_named_with_both_shapes(
    tmp_path: Path, legacy: Legacy, other: dict[str, int], message: str, written: str
) -> None:
    path = tmp_path / "own.weights.h5"
    if written == "own":
        network(**other).save_weights(path)
    else:
        path = legacy(network(**other))
    target = network()
    before = target.get_weights()
    with pytest.raises(ZooError, match=f"not the weights of Net: {message}"):
        read_weights(path, target, "Net")
    for one, now in zip(before, target.get_weights(), strict=True):
        np.testing.assert_array_equal(one, now)


def test_what_a_file_lacks_is_named(tmp_path: Path, legacy: Legacy) -> None:
    network().save_weights(tmp_path / "own.weights.h5")
    for path in (tmp_path / "own.weights.h5", legacy(network())):
        with pytest.raises(ZooError, match=r"nothing for the network's more \(3, 2\)"):
            read_weights(path, network(more=True), "Net")


def _not_finite(file: h5py.File) -> None:
    file["dense/dense/0:0"][0, 0] = np.nan


def _whole_numbers(file: h5py.File) -> None:
    del file["dense/dense/1:0"]
    file["dense/dense/1:0"] = np.zeros(3, np.int32)


def _a_group(file: h5py.File) -> None:
    del file["dense/dense/1:0"]
    file.create_group("dense/dense/1:0")


def _a_huge_array(file: h5py.File) -> None:
    del file["dense/dense/1:0"]
    file.create_dataset("dense/dense/1:0", (2**40,), "f4", chunks=(2**20,))


def _no_names(file: h5py.File) -> None:
    del file.attrs["layer_names"]


def _no_such_layer(file: h5py.File) -> None:
    file.attrs["layer_names"] = [b"nowhere"]


def _numbers_for_names(file: h5py.File) -> None:
    file.attrs["layer_names"] = 3


def _outside(file: h5py.File) -> None:
    del file["dense/dense/1:0"]
    file.create_dataset("dense/dense/1:0", (3,), "f4", external=[("secret.bin", 0, 12)])


def _link(file: h5py.File) -> None:
    with h5py.File(Path(file.filename).with_name("other.h5"), "w") as other:
        other["bias"] = np.zeros(3, np.float32)
    del file["dense/dense/1:0"]
    file["dense/dense/1:0"] = h5py.ExternalLink("other.h5", "bias")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_not_finite, "layer dense holds values that are not finite"),
        (_whole_numbers, "its layer dense holds int32"),
        (_a_group, "its layer dense holds no array"),
        (_a_huge_array, r"its layer dense is \(1099511627776,\)"),
        (_no_names, "holds no Keras layers"),
        (_no_such_layer, "or damaged"),
        (_numbers_for_names, "or damaged"),
        (_outside, "its layer dense points to another file"),
        (_link, "its layer dense points to another file"),
    ],
)
def test_damaged_and_made_up_files_are_refused_in_one_line(
    legacy: Legacy, change: Callable[[h5py.File], None], message: str
) -> None:
    with pytest.raises(ZooError, match=message) as refused:
        read_weights(legacy(network(), change), network(), "Net")
    assert "published.h5: " in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_such_file_is_refused_in_one_line(tmp_path: Path, legacy: Legacy) -> None:
    with pytest.raises(ZooError, match=r"none\.h5: no such weights file"):
        read_weights(tmp_path / "none.h5", network(), "Net")
    (tmp_path / "text.h5").write_text("not HDF5")
    cut = legacy(network())
    cut.write_bytes(cut.read_bytes()[:3000])
    for path in (tmp_path / "text.h5", cut):
        with pytest.raises(ZooError, match=r"not the weights of Net, or damaged") as refused:
            read_weights(path, network(), "Net")
        assert "\n" not in str(refused.value)
