"""Reading a file of weights that Keras saved into a network.

Both formats that such files come in: the ``.h5`` that `keras.applications` publishes, layers in
order, and the ``.weights.h5`` that `keras.Model.save_weights` writes, layers by kind and number.
Keras' own readers say of a wrong file only how many layers it has, or which of Keras' objects
failed; here every array's shape is compared before the first one is read.
"""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import h5py
import keras
import numpy as np

from zoo.architectures.flatten import keras_name
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class _Stored(NamedTuple):
    """An array in a file, not yet read, and the layer it belongs to there."""

    layer: str
    data: h5py.Dataset


class _Wanted(NamedTuple):
    """A variable of the network, its layer, and where a ``.weights.h5`` has it."""

    layer: str
    variable: Any
    place: str


def read_weights(path: Path, network: keras.Model, title: str, *, spare: str = "") -> bool:
    """Give `network` the weights in a file; it is left alone if the file does not fit.

    Args:
        path: an HDF5 file in one of the two formats.
        network: the one that was saved, in whatever graph; layers without weights in front of it
            do not matter.
        title: what the file should hold, for people, e.g. ``"VGG16 without its top"``.
        spare: a layer that is left alone where its shapes alone differ.

    Returns:
        Whether all layers were read, the spare one too.

    Raises:
        ZooError: the file is missing, damaged, or of another network; then the first layer that
            does not fit is named, with both shapes.
    """
    if not path.is_file():
        raise ZooError(f"{path}: no such weights file (an .h5 of {title})")
    refusal = f"{path}: not the weights of {title}"
    wanted = list(_wanted(network.layers))
    try:
        with h5py.File(path, "r") as file:
            fitting = _fitting(file, wanted, spare)
            arrays = [stored.data[()] if stored else None for stored in fitting]
    except _MisfitError as misfit:
        raise ZooError(f"{refusal}: {misfit}") from None
    # What h5py raises where a file is cut off, overwritten or made up.
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise ZooError(f"{refusal}, or damaged ({' '.join(str(error).split())})") from None
    for one, array in zip(wanted, arrays, strict=True):
        if array is not None and not np.isfinite(array).all():
            raise ZooError(f"{path}: damaged: layer {one.layer} holds values that are not finite")
    read = not any(array is None for array in arrays)
    for one, array in zip(wanted, arrays, strict=True):
        if array is not None and (read or one.layer != spare):
            one.variable.assign(array)
    return read


class _MisfitError(Exception):
    """What in a file is not as the network has it."""


def _wanted(layers: Sequence[keras.layers.Layer], folder: str = "layers") -> Iterator[_Wanted]:
    """The variables of all layers, those inside Sequentials too, in Keras' order."""
    seen: Counter[str] = Counter()
    for layer in layers:
        kind = keras_name(layer)
        place = f"{folder}/{kind}_{seen[kind]}" if seen[kind] else f"{folder}/{kind}"
        seen[kind] += 1
        if isinstance(layer, keras.Sequential):
            yield from _wanted(layer.layers, f"{place}/layers")
        else:
            for number, variable in enumerate(layer.weights):
                yield _Wanted(layer.name, variable, f"{place}/vars/{number}")


def _fitting(file: h5py.File, wanted: Sequence[_Wanted], spare: str) -> list[_Stored | None]:
    """The file's arrays in the order of `wanted`, each of the shape that is wanted there.

    None stands for an array of the spare layer that has another.
    """
    file = file.get("model_weights", file)  # a whole model in the old format
    if "layer_names" in file.attrs:
        found: list[_Stored | None] = list(_by_order(file))
    elif isinstance(file.get("layers"), h5py.Group):
        found = list(_by_place(file, wanted))
    else:
        raise _MisfitError("it holds no Keras layers")
    return [_checked(one, stored, file, spare) for one, stored in zip_longest(wanted, found)]


def _checked(
    one: _Wanted | None, stored: _Stored | None, file: h5py.Group, spare: str
) -> _Stored | None:
    """`stored`, if it is what `one` wants; either may be missing."""
    here = f"the network's {one.layer} {tuple(one.variable.shape)}" if one else ""
    if stored is None:
        raise _MisfitError(f"it has nothing for {here}")
    layer, data = stored
    if not isinstance(data, h5py.Dataset):
        raise _MisfitError(f"its layer {layer} holds no array")
    if one is None:
        raise _MisfitError(f"it goes on with layer {layer} {data.shape} where the network ends")
    shape = tuple(one.variable.shape)
    if one.layer == spare and data.shape[:-1] == shape[:-1] and data.shape != shape:
        return None
    if data.shape != shape:
        raise _MisfitError(f"its layer {layer} is {data.shape}, {here}")
    # Arrays that HDF5 would read from elsewhere on this machine.
    if data.file != file.file or data.external or data.is_virtual:
        raise _MisfitError(f"its layer {layer} points to another file")
    if data.dtype.kind != "f":
        raise _MisfitError(f"its layer {layer} holds {data.dtype}, not floating-point numbers")
    return stored


def _by_order(file: h5py.Group) -> Iterator[_Stored]:
    for layer in map(_text, file.attrs["layer_names"]):
        for name in map(_text, file[layer].attrs["weight_names"]):
            yield _Stored(layer, file[layer][name])


def _by_place(file: h5py.Group, wanted: Sequence[_Wanted]) -> Iterator[_Stored | None]:
    places = [one.place for one in wanted]
    for place in places:
        yield _Stored(_shortened(place), file[place]) if place in file else None
    others: list[str] = []

    def note(place: str, item: Any) -> None:
        # The state of a dropout's random numbers is none of a network's weights.
        if isinstance(item, h5py.Dataset) and "seed_generator" not in place:
            others.append(f"layers/{place}")

    file["layers"].visititems(note)
    for place in sorted(set(others) - set(places)):
        yield _Stored(_shortened(place), file[place])


def _shortened(place: str) -> str:
    return place.removeprefix("layers/").rpartition("/vars/")[0]


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
