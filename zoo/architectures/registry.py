"""Every architecture by its name: list them, read their facts, build them.

An architecture is one function and one TOML (``zoo/configs/<name>.toml``). The facts are text, so
listing imports nothing; the function's module is imported when a network is built.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from zoo import configs
from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

FaceShape = tuple[int, int, int]


@dataclass(frozen=True)
class Architecture:
    """The facts of one architecture: its TOML's ``[architecture]`` table.

    Attributes:
        name: what the user types, also the function's and the TOML's name.
        builder: where the function is, ``"package.module:function"``.
        title: one line for people.
        source: the paper, repository or notebook it comes from.
        input_shape: (H, W, C) the layers were made for; other faces are resized and converted
            inside the network.
        gradcam_layer: the layer whose output, (N, h, w, channels), Grad-CAM looks at.
        total_parameters: at seven classes.
        trainable_parameters: at seven classes, in the first phase of its recipe.
        url: where the source is, if it can be linked.
        pretrained: whether ``init = "imagenet"`` is possible.
        backbone_output: the last layer that has or follows pre-trained weights; what comes behind
            it is the head. Pre-trained architectures only.
        notes: what differs from the source, and why.
        tried: what was tried where the trained network stays below what was aimed at.
        start: what its shipped weights started from, in two words, where another user's would
            start otherwise.
        start_source: where those came from and how.
    """

    name: str
    builder: str
    title: str
    source: str
    input_shape: FaceShape
    gradcam_layer: str
    total_parameters: int
    trainable_parameters: int
    url: str = ""
    pretrained: bool = False
    backbone_output: str = ""
    notes: str = ""
    tried: str = ""
    start: str = ""
    start_source: str = ""


def list_architectures() -> tuple[str, ...]:
    """The names of all architectures, sorted."""
    return tuple(configs.architecture_files())


def architecture(name: str) -> Architecture:
    """The facts of the architecture called `name`.

    Raises:
        ZooError: no architecture is called so, or its TOML is wrong.
    """
    table = configs.architecture_table(name)
    place = f"{configs.architecture_file(name)} [architecture]"
    expected = get_type_hints(Architecture)
    del expected["name"]
    for key, value in table.items():
        if key not in expected:
            raise ZooError(f"{place}: {unknown('key', key, expected)}")
        _check_type(f"{place} {key}", value, expected[key])
    for field in fields(Architecture):
        if field.name in expected and field.default is MISSING and field.name not in table:
            raise ZooError(f"{place}: {field.name} is missing")
    if "input_shape" in table:
        table["input_shape"] = tuple(table["input_shape"])
    return Architecture(name=name, **table)


def _check_type(place: str, value: Any, expected: Any) -> None:
    if get_origin(expected) is tuple:
        sizes = value if isinstance(value, list) else []
        if not (len(sizes) == 3 and all(type(size) is int and size > 0 for size in sizes)):
            raise ZooError(f"{place}: {value!r}, expected [height, width, channels]")
    elif type(value) is not expected:
        raise ZooError(f"{place}: {value!r}, expected {expected.__name__}")


def builder(name: str) -> Callable[..., keras.Model]:
    """The function that builds the architecture called `name`; this imports its module.

    Raises:
        ZooError: unknown name, or the TOML's `builder` names no function.
    """
    facts = architecture(name)
    module, _, function = facts.builder.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        place = configs.architecture_file(name)
        raise ZooError(f"{place} [architecture] builder {facts.builder!r}: {error}") from None


def network_options(name: str) -> dict[str, Any]:
    """The options the architecture's function takes (a recipe's ``[network]``), with defaults."""
    parameters = inspect.signature(builder(name)).parameters
    return {
        key: parameter.default
        for key, parameter in parameters.items()
        if key not in ("classes", "face_shape")
    }


def create(
    name: str, *, classes: int = 7, face_shape: FaceShape = (48, 48, 1), **options: Any
) -> keras.Model:
    """Build an untrained network.

    Args:
        name: one of `list_architectures`.
        classes: how many classes it tells apart, at least 2.
        face_shape: (H, W, C) of the faces it will be given, C = 1 (grey) or 3 (RGB).
        **options: options of the architecture's function, e.g. ``illumination="equalize"``.

    Returns:
        A network called `name`: faces (N, H, W, C), uint8 or float, 0–255 → probabilities
        (N, classes), float32.

    Raises:
        ZooError: unknown architecture, option or option value.
    """
    build = builder(name)
    known = network_options(name)
    for option, value in options.items():
        if option not in known:
            raise unknown(f"option of {name}", option, known)
        _check_option(f"option {option} of {name}", value, known[option])
    _check_sizes(name, classes, face_shape)
    return build(classes=classes, face_shape=tuple(face_shape), **options)


_LARGEST_NUMBER = 2**53
"""Of an option: as far as floats count, and far more than any option takes."""


def _check_option(place: str, value: Any, default: Any) -> None:
    """Raise unless `value` is of the kind of `default`; None and no default leave it open."""
    kinds: dict[type, tuple[tuple[type, ...], str]] = {
        bool: ((bool,), "true or false"),
        int: ((int,), "a whole number"),
        float: ((float, int), "a number"),
        str: ((str,), "a text"),
    }
    types, expected = kinds.get(type(default), ((), ""))
    if types and type(value) not in types:
        raise ZooError(f"{place}: {value!r}, expected {expected}")
    if isinstance(value, int | float) and not abs(value) <= _LARGEST_NUMBER:
        raise ZooError(f"{place}: expected a number of at most {_LARGEST_NUMBER:,}")


def _check_sizes(name: str, classes: int, face_shape: FaceShape) -> None:
    if classes < 2:
        raise ZooError(f"{name} for {classes} classes: there must be at least 2")
    if len(face_shape) != 3 or min(face_shape) < 1 or face_shape[2] not in (1, 3):
        raise ZooError(f"{name} for faces of shape {tuple(face_shape)}: expected (H, W, 1 or 3)")
