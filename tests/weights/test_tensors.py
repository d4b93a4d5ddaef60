"""Weights come back as float16 has them; of a file with a fault nothing is read."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import safetensors.numpy

import zoo
from zoo.errors import ZooError
from zoo.files import file_sha256
from zoo.training.precision import dtype_policy
from zoo.weights.tensors import read_tensors, write_tensors

Tensors = dict[str, tuple[str, tuple[int, ...], bytes]]


def packed(tensors: Tensors, facts: str | None) -> bytes:
    """A safetensors file put together by hand, as its format is described."""
    header: dict[str, object] = {} if facts is None else {"__metadata__": {"facts": facts}}
    end = 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(data for *_, data in tensors.values())


def tensors_of(network: keras.Model, dtype: str = "F16") -> Tensors:
    kinds = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I32": np.int32}
    return {
        f"{layer.name}/{variable.name}": (
            dtype,
            tuple(variable.shape),
            variable.numpy().astype(kinds[dtype]).tobytes(),
        )
        for layer in network.layers
        for variable in layer.weights
    }


def rounded(network: keras.Model) -> list[np.ndarray]:
    return [weight.astype(np.float16).astype(np.float32) for weight in network.get_weights()]


def assert_has(network: keras.Model, weights: list[np.ndarray]) -> None:
    for ours, theirs in zip(network.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def randomized(network: keras.Model) -> keras.Model:
    """With other statistics than every batch normalisation starts with."""
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if "seed" not in weight.name:
            weight.assign(rng.uniform(0.01, 2, weight.shape))
    return network


@pytest.mark.parametrize("name", ["cpcpcpfff", "handcrafted"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_weights_come_back_as_float16_has_them(name, precision, facts, tmp_path):
    written = randomized(zoo.create(name))
    write_tensors(tmp_path / "a", written, facts.model_copy(update={"architecture": name}))
    with dtype_policy(precision):
        network = zoo.create(name)
    read_tensors(tmp_path / "a", network)
    assert_has(network, rounded(written))
    assert {weight.dtype for weight in network.weights} == {"float32"}


def test_a_file_holds_what_its_format_says(network, facts, tmp_path):
    write_tensors(tmp_path / "a", network, facts)
    content = (tmp_path / "a").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert json.loads(header.pop("__metadata__")["facts"]) == facts.model_dump(mode="json")
    assert header.keys() == tensors_of(network).keys()
    for name, (dtype, shape, data) in tensors_of(network).items():
        start, end = header[name]["data_offsets"]
        assert (header[name]["dtype"], header[name]["shape"]) == (dtype, list(shape))
        assert content[8 + length + start : 8 + length + end] == data


def test_the_same_weights_give_the_same_bytes(network, facts, tmp_path):
    names = ("a", "b", "c")
    for name in names:
        turned = dict(reversed(facts.options.items())) if name == "c" else facts.options
        write_tensors(tmp_path / name, network, facts.model_copy(update={"options": turned}))
    assert len({file_sha256(tmp_path / name) for name in names}) == 1


def test_float32_and_bfloat16_are_read_too(network, other_network, facts, tmp_path):
    (tmp_path / "a").write_bytes(packed(tensors_of(network, "F32"), facts.to_json()))
    read_tensors(tmp_path / "a", other_network)
    assert_has(other_network, network.get_weights())
    halves = {
        name: ("BF16", shape, np.frombuffer(data, np.uint16)[1::2].tobytes())
        for name, (_, shape, data) in tensors_of(network, "F32").items()
    }
    (tmp_path / "b").write_bytes(packed(halves, facts.to_json()))
    read_tensors(tmp_path / "b", other_network)
    for ours, theirs in zip(other_network.get_weights(), network.get_weights(), strict=True):
        assert np.abs(ours - theirs).max() <= np.abs(theirs).max() / 128


def test_the_facts_are_given_back(network, other_network, facts, tmp_path):
    write_tensors(tmp_path / "a", network, facts)
    assert read_tensors(tmp_path / "a", other_network) == facts


def changed(
    tensors: Tensors, name: str, values: np.ndarray | None = None, **new: object
) -> Tensors:
    dtype, shape, data = tensors[name]
    data = data if values is None else values.tobytes()
    new = {"dtype": dtype, "shape": shape, "data": data} | new
    return tensors | {name: (new["dtype"], new["shape"], new["data"])}


def with_value(value: float) -> Callable[[Tensors], Tensors]:
    def change(tensors: Tensors) -> Tensors:
        name = "logits/bias"
        return changed(tensors, name, np.array([0, 0, 0, value, 0, 0, 0], np.float16))

    return change


def without(name: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key: value for key, value in tensors.items() if key != name}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            without("block1_conv/bias"),
            "1 tensors of cpcpcpfff are missing, block1_conv/bias first",
        ),
        (lambda t: {}, "tensors of cpcpcpfff are missing"),
        (
            lambda t: t | {"conv9/\nkernel": ("F16", (1,), b"12")},
            r"1 tensors that cpcpcpfff does not have, 'conv9/\\nkernel' first",
        ),
        (
            lambda t: changed(t, "logits/kernel", shape=(7, 128)),
            r"shape \(7, 128\), not \(128, 7\)",
        ),
        (lambda t: changed(t, "logits/bias", shape=(7, 1)), r"shape \(7, 1\), not \(7,\)"),
        (with_value(np.nan), "logits/bias holds values that are not finite"),
        (with_value(np.inf), "logits/bias holds values that are not finite"),
        (lambda t: changed(t, "logits/bias", np.zeros(7, np.int16), dtype="I16"), "holds I16"),
        (lambda t: changed(t, "logits/bias", np.zeros(7), dtype="F64"), "holds F64"),
        (lambda t: changed(t, "logits/bias", np.zeros(8, np.float16)), "damaged"),
    ],
)
def test_other_tensors_are_refused_and_nothing_is_read(
    network, other_network, facts, tmp_path, change, fault
):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(packed(change(tensors_of(network)), facts.to_json()))
    assert_refused(path, other_network, fault)


@pytest.mark.parametrize(
    ("facts_change", "fault"),
    [
        ({"architecture": "five_layer"}, "weights of five_layer, not of cpcpcpfff"),
        ({"face_shape": (48, 48, 3)}, "for 48×48×3 faces, not for 48×48×1 faces"),
        ({"classes": ("happy", "sad")}, "for 2 classes, not for 7 classes"),
    ],
)
def test_facts_of_another_network_are_refused(
    network, other_network, facts, tmp_path, facts_change, fault
):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, network, facts.model_copy(update=facts_change))
    assert_refused(path, other_network, fault)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was run",))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "cut off, or not a safetensors file"),
        (b"\x02\0\0\0\0\0\0\0{}", "its header tells no facts"),
        (pickle.dumps(Bomb()), "cut off, or not a safetensors file"),
        (pickle.dumps([Bomb()] * 1000, protocol=0) * 10, "cut off, or not a safetensors file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(2000), "cut off, or not a safetensors file"),
        (b"PK\x03\x04" + bytes(2000), "cut off, or not a safetensors file"),
        (b"\xff" * 2000, "cut off, or not a safetensors file"),
        (bytes(2_000_000), "larger than 60,779 weights can be"),
    ],
)
def test_files_of_another_kind_are_refused(other_network, tmp_path, content, fault):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    assert_refused(path, other_network, fault)


def test_a_missing_file_and_a_folder_are_refused(other_network, tmp_path):
    assert_refused(tmp_path / "nothing", other_network, "no such weights")
    assert_refused(tmp_path, other_network, "cannot be read")


def test_a_file_cut_anywhere_is_refused(network, other_network, facts, tmp_path):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, network, facts)
    whole = path.read_bytes()
    for length in (*range(0, 2000, 61), len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert_refused(path, other_network, "cut off|damaged|facts")
    path.write_bytes(whole + b"\0")
    assert_refused(path, other_network, "damaged")


def test_a_byte_changed_anywhere_is_refused_where_the_hash_is_known(
    network, other_network, facts, tmp_path
):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, network, facts)
    sha256, whole = file_sha256(path), path.read_bytes()
    for place in (0, 7, 8, 500, len(whole) // 2, len(whole) - 1):
        content = bytearray(whole)
        content[place] ^= 1
        path.write_bytes(content)
        assert_refused(path, other_network, "changed or damaged", sha256=sha256)
    path.write_bytes(whole)
    read_tensors(path, other_network, sha256=sha256)


def test_a_byte_changed_in_the_header_is_refused_or_changes_no_weight(
    network, other_network, facts, tmp_path
):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, network, facts)
    whole = path.read_bytes()
    refused = []
    for place in range(0, 8 + int.from_bytes(whole[:8], "little"), 23):
        content = bytearray(whole)
        content[place] ^= 4
        path.write_bytes(content)
        try:
            read_tensors(path, other_network)
        except ZooError as error:
            refused.append(str(error))
        else:  # a character in the name of a data set or of the run, say
            assert_has(other_network, rounded(network))
    assert len(refused) > 20
    assert not any("\n" in message for message in refused)


def test_values_that_are_not_finite_are_not_written(other_network, facts, tmp_path):
    other_network.get_layer("logits").bias.assign(np.full(7, np.nan))
    with pytest.raises(ZooError, match="logits/bias: not all are finite"):
        write_tensors(tmp_path / "a", other_network, facts)
    assert list(tmp_path.iterdir()) == []


def test_a_tensor_that_float16_cannot_hold_stays_float32(other_network, facts, tmp_path):
    large = np.float32([-70_000.1, 1, 2, 3, 4, 5, 4.1e7])
    other_network.get_layer("logits").bias.assign(large)
    write_tensors(tmp_path / "a", other_network, facts)
    tensors = safetensors.numpy.load_file(tmp_path / "a")
    assert tensors.pop("logits/bias").dtype == np.float32
    assert {one.dtype for one in tensors.values()} == {np.dtype(np.float16)}
    other_network.get_layer("logits").bias.assign(np.zeros(7))
    read_tensors(tmp_path / "a", other_network)
    np.testing.assert_array_equal(other_network.get_layer("logits").bias, large)


def test_weights_that_would_share_a_key_are_not_written(facts, tmp_path):
    inner = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(2)], name="inner")
    faces = keras.Input((3,))
    with pytest.raises(ZooError, match="two weights are called inner/kernel"):
        write_tensors(tmp_path / "a", keras.Model(faces, inner(faces)), facts)


def assert_refused(
    path: Path, network: keras.Model, fault: str, *, sha256: str | None = None
) -> None:
    before = network.get_weights()
    with pytest.raises(ZooError, match=fault) as refusal:
        read_tensors(path, network, sha256=sha256)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)
    assert_has(network, before)
