"""The weights of every architecture can be exchanged: each has a key of its own."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from zoo.architectures.registry import list_architectures
from zoo.weights.facts import LARGEST_HEADER, Facts, read_facts
from zoo.weights.tensors import write_tensors


@pytest.mark.parametrize("name", list_architectures(), scope="package")
def test_all_weights_of_an_architecture_are_in_its_file_as_float16(name, network, tmp_path):
    built = network(name)
    facts = Facts(
        architecture=name,
        options={},
        classes=tuple("abcdefg"),
        face_shape=(48, 48, 1),
        dataset="drawn",
        fingerprint="0" * 64,
        run=f"{name}/run",
        versions={},
    )
    path = tmp_path / "weights.safetensors"
    write_tensors(path, built, facts)
    stored = load_file(path)
    assert len(stored) == len(built.weights)
    assert sum(array.size for array in stored.values()) == built.count_params()
    for layer in built.layers:
        for variable in layer.weights:
            halves = variable.numpy().astype(np.float16)
            np.testing.assert_array_equal(stored[f"{layer.name}/{variable.name}"], halves)
    assert read_facts(path) == facts
    assert int.from_bytes(path.read_bytes()[:8], "little") < LARGEST_HEADER / 10
