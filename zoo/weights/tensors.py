"""Weights as safetensors: float16, keyed by layer and variable, written and read.

Files of strangers are read here, so nothing is unpickled, no HDF5 parsed, no graph loaded: the
registry builds the network, and every tensor is checked before the first one is assigned.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy

from zoo.errors import ZooError
from zoo.files import replacing
from zoo.weights.facts import AGAIN, LARGEST_HEADER, METADATA_KEY, changed, facts_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras

    from zoo.weights.facts import Facts

_WIDEST = 4
"""Bytes of a number in a file of weights, at most."""


def write_tensors(path: Path, network: keras.Model, facts: Facts) -> None:
    """Write a network's weights as float16, whole or not at all.

    A tensor with a number that float16 cannot hold, as the statistics of a batch normalisation may
    be, stays float32. The same weights and facts give the same bytes.

    Args:
        path: the file; one that is there is replaced.
        network: what `facts` describe.
        facts: for the header.

    Raises:
        ZooError: two weights would get the same key, or a value is not finite; the layer is named.
            The disk is full, or the place cannot be written.
    """
    tensors = {key: _stored(key, variable.numpy()) for key, variable in _keyed(network).items()}
    content = safetensors.numpy.save(tensors, {METADATA_KEY: facts.to_json()})
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read_tensors(path: Path, network: keras.Model, *, sha256: str | None = None) -> Facts:
    """Give `network` the weights in a file; it is left alone if anything about the file is wrong.

    Args:
        path: a file that `write_tensors` wrote; or somebody claims it did.
        network: as `zoo.architectures.registry.create` builds it; it may compute in any precision.
        sha256: the file's, where it is known.

    Returns:
        The file's facts. That the classes stand in the expected order is for the caller to see.

    Raises:
        ZooError: the file is missing, damaged, changed, of another format or network, or holds
            values that are not finite.
    """
    wanted = _keyed(network)
    content = _content(path, sum(int(np.prod(one.shape)) for one in wanted.values()))
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise changed(path)
    facts = facts_in(path, content)
    _refuse_other_network(path, facts, network)
    try:
        tensors = dict(safetensors.deserialize(content))  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ZooError(f"{path}: damaged ({error}): {AGAIN}") from None
    _refuse_other_keys(path, tensors, wanted, network.name)
    arrays = {
        key: _array(f"{path}: damaged: tensor {key}", tensors[key], tuple(variable.shape))
        for key, variable in wanted.items()
    }
    for key, variable in wanted.items():
        variable.assign(arrays[key])
    return facts


def _keyed(network: keras.Model) -> dict[str, Any]:
    """The network's weights as ``layer.name/variable.name``; states of random numbers are none."""
    keyed: dict[str, Any] = {}
    for layer in network.layers:
        for variable in layer.weights:
            key = f"{layer.name}/{variable.name}"
            if key in keyed:
                raise ZooError(
                    f"{network.name}: two weights are called {key}: layers within layers cannot "
                    "be written, make the network a flat graph"
                )
            keyed[key] = variable
    return keyed


def _stored(key: str, values: np.ndarray) -> np.ndarray:
    """The values as float16, if that can hold them all."""
    if not np.isfinite(values).all():
        raise ZooError(f"weights {key}: not all are finite: train anew")
    with np.errstate(over="ignore"):
        halves = values.astype(np.float16)
    return halves if np.isfinite(halves).all() else values


def _content(path: Path, parameters: int) -> bytes:
    """The file's bytes, unless there are more than so many parameters can take."""
    most = 8 + LARGEST_HEADER + _WIDEST * parameters
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise ZooError(f"{path}: no such weights") from None
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > most:
        raise ZooError(
            f"{path}: larger than {parameters:,} weights can be: other weights than expected: "
            "get the file that belongs here"
        )
    return content


def _refuse_other_network(path: Path, facts: Facts, network: keras.Model) -> None:
    height, width, channels = network.input_shape[1:]
    for found, wanted in (
        (f"of {facts.architecture}", f"of {network.name}"),
        ("for {}×{}×{} faces".format(*facts.face_shape), f"for {height}×{width}×{channels} faces"),
        (f"for {len(facts.classes)} classes", f"for {network.output_shape[-1]} classes"),
    ):
        if found != wanted:
            raise ZooError(
                f"{path}: weights {found}, not {wanted}: get the file that belongs here"
            )


def _refuse_other_keys(
    path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any], name: str
) -> None:
    if missing := sorted(wanted.keys() - found.keys()):
        raise ZooError(
            f"{path}: {len(missing)} tensors of {name} are missing, {missing[0]} first: {AGAIN}"
        )
    if more := sorted(found.keys() - wanted.keys()):
        raise ZooError(
            f"{path}: {len(more)} tensors that {name} does not have, {more[0][:100]!r} first: "
            f"{AGAIN}"
        )


def _array(place: str, tensor: Mapping[str, Any], shape: tuple[int, ...]) -> np.ndarray:
    """A tensor's values as float32, checked."""
    if tuple(tensor["shape"]) != shape:
        raise ZooError(f"{place} has shape {tuple(tensor['shape'])}, not {shape}: {AGAIN}")
    data, kind = tensor["data"], tensor["dtype"]
    if kind == "BF16":  # the upper half of a float32
        values = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif kind in ("F16", "F32"):
        values = np.frombuffer(data, "<f2" if kind == "F16" else "<f4")
    else:
        raise ZooError(f"{place} holds {kind}, not floating-point numbers: {AGAIN}")
    if not np.isfinite(values).all():
        raise ZooError(f"{place} holds values that are not finite: {AGAIN}")
    return values.astype(np.float32).reshape(shape)
