"""Where recipes come from: built-in TOMLs, presets, the user's file, ``--set``; or a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from zoo import configs
from zoo.errors import ZooError, unknown
from zoo.training.recipe import FORMAT, Phase, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from zoo.runs import Run


def recipe_of(run: Run) -> Recipe:
    """The recipe a run was started with.

    Raises:
        ZooError: its recipe.toml is missing or damaged.
    """
    # A run's recipe is complete; what a newer zoo added lies below it, switched off.
    return _validated(
        [("base.toml", configs.base()), (str(run.folder / "recipe.toml"), run.recipe)]
    )


def load_recipe(
    architecture: str,
    *,
    preset: str | None = None,
    config: Path | None = None,
    settings: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
) -> Recipe:
    """The recipe of an architecture, with the user's wishes laid over it.

    Args:
        architecture: its name; its own TOML lies over ``base.toml``.
        preset: the name of one of ``zoo/configs/presets``, laid over that.
        config: a TOML file of the user's. A run's recipe.toml will do, if it is of the same
            architecture.
        settings: ``key=value`` with dotted keys, over all files. A value is read as TOML and,
            where it is none, as text: ``init=none``, ``optimizer.learning_rate=1e-3``.
        overrides: values by dotted key, over everything.

    Raises:
        ZooError: unknown architecture, preset or key, a recipe of a newer zoo, a value out of
            bounds, a file that cannot be read.
    """
    layers = [
        ("base.toml", configs.base()),
        (f"{architecture}.toml", configs.recipe_table(architecture)),
    ]
    if preset is not None:
        layers.append((f"preset {preset}", configs.preset_table(preset)))
    if config is not None:
        layers.append((str(config), _without_architecture(config, architecture)))
    layers += [(f"--set {setting}", _nested(*configs.assigned(setting))) for setting in settings]
    layers += [(f"--{key}", _nested(key, value)) for key, value in (overrides or {}).items()]
    recipe = _validated([("", {"architecture": architecture}), *layers])
    _refuse_idle_rate(recipe, layers[2:])
    return recipe


def _refuse_idle_rate(recipe: Recipe, wishes: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Refuse a learning rate of the user's that the recipe's own phases would never use."""
    own_phases = any("phases" in wish for _, wish in wishes)
    if own_phases or not recipe.phases or recipe.from_scratch:
        return
    for place, wish in wishes:
        if "learning_rate" in wish.get("optimizer", {}):
            raise ZooError(
                f"{place}: the phases of {recipe.architecture} have learning rates of their own: "
                "write your [[phases]] into a --config file, or --set phases=[] for one phase"
            )


def _without_architecture(config: Path, architecture: str) -> dict[str, Any]:
    """The user's file, checked to be meant for `architecture`."""
    content = configs.read_toml(config)
    meant_for = content.pop("architecture", architecture)
    # A copy of a built-in TOML brings its table of facts along; those are not the user's to set.
    if not isinstance(meant_for, dict) and meant_for != architecture:
        raise ZooError(f"{config}: a recipe for {meant_for}, not for {architecture}")
    return content


def _nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _validated(layers: Sequence[tuple[str, dict[str, Any]]]) -> Recipe:
    """The recipe of all layers; a fault is told with the place of the layer that brought it."""
    known = set(_known_keys(Recipe))
    for place, layer in layers:
        _refuse_newer(place, layer)
        for key in _keys(layer):
            if key not in known and not re.fullmatch(r"network\.[^.]*", key):
                raise ZooError(f"{place}: {unknown('recipe key', key, known)}")
    try:
        return Recipe.model_validate(configs.merged(*(layer for _, layer in layers)))
    except ValidationError as error:
        fault = error.errors()[0]
    in_phase = fault["loc"][:1] == ("phases",)
    key = ".".join(str(part) for part in fault["loc"][: 3 if in_phase else 2])
    message = _message(key, fault)
    if not key:
        raise ZooError(f"recipe: {message}")
    brought = "phases" if in_phase else key
    places = [place for place, layer in layers if brought in _keys(layer)]
    place = f"{places[-1]}: " if places else ""
    got = "" if fault["type"] == "missing" else f", got {fault['input']!r}"
    raise ZooError(f"{place}recipe key {key}: {message}{got}")


def _refuse_newer(place: str, layer: dict[str, Any]) -> None:
    written = layer.get("format")
    if isinstance(written, int) and written > FORMAT:
        raise ZooError(
            f"{place}: a recipe of format {written}, written by a newer zoo; this one knows up to "
            f"{FORMAT}: pip install --upgrade expression-zoo"
        )


def _message(key: str, fault: ErrorDetails) -> str:
    """What was expected, in a recipe's words where pydantic speaks of Python's."""
    if fault["type"] in ("dict_type", "model_type"):
        return "expected a table"
    if fault["type"] == "missing":
        return "is missing"
    if fault["type"] == "tuple_type":
        return "expected a list of tables" if key == "phases" else "expected a list of texts"
    if key.startswith("network."):
        return "expected true, false, a number or a text"
    return fault["msg"].removeprefix("Value error, ").removeprefix("Input ")


def _known_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        inner = Phase if name == "phases" else field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _known_keys(inner, f"{prefix}{name}.")


def _keys(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        yield prefix + name
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from _keys(inner, f"{prefix}{name}.")
