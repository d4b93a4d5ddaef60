"""How a network is trained: a validated recipe, from TOML and ``--set``, and back to TOML."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from zoo import configs
from zoo.errors import ZooError, unknown
from zoo.preprocessing.augmentation import Augmentation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from zoo.runs import Run

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)
_MOST_EPOCHS = 100_000


class Optimizer(BaseModel):
    """The ``[optimizer]`` table.

    Attributes:
        name: Adam, or Adam with decoupled weight decay.
        learning_rate: the highest the schedule reaches.
        weight_decay: per step, times the learning rate; AdamW only.
    """

    model_config = _STRICT

    name: Literal["adam", "adamw"]
    learning_rate: float = Field(gt=0, le=10, allow_inf_nan=False)
    weight_decay: float = Field(ge=0, lt=1, allow_inf_nan=False)


class Schedule(BaseModel):
    """The ``[schedule]`` table; see `zoo.training.schedules` for what each name does.

    Attributes:
        name: which schedule.
        warmup_epochs: epochs of linear warm-up, before the cosine.
        factor: what plateau multiplies the learning rate by.
        patience: epochs without a better monitor after which plateau does so.
        minimum: the smallest learning rate.
    """

    model_config = _STRICT

    name: Literal["constant", "plateau", "warmup_cosine"]
    warmup_epochs: float = Field(ge=0, le=_MOST_EPOCHS, allow_inf_nan=False)
    factor: float = Field(gt=0, lt=1, allow_inf_nan=False)
    patience: int = Field(ge=1)
    minimum: float = Field(ge=0, allow_inf_nan=False)


class EarlyStopping(BaseModel):
    """The ``[early_stopping]`` table.

    Attributes:
        patience: epochs without a better monitor after which training stops; 0 = never.
    """

    model_config = _STRICT

    patience: int = Field(ge=0)


class Recipe(BaseModel):
    """One training, fully said. The defaults stand in ``zoo/configs/base.toml``, not here.

    Attributes:
        architecture: its name in the registry.
        init: what the weights start from.
        seed: decides initial weights, order, augmentation, dropout and `limit`'s choice of faces.
        epochs: at most this many passes over the training faces.
        batch_size: faces per step, at most.
        monitor: what, on validation, chooses the best epoch and tells plateau and early stopping
            that an epoch was better.
        label_smoothing: share of each training label spread evenly over all classes.
        class_weights: ``balanced`` weighs faces inversely to how frequent their class is.
        precision: what the network computes in; its weights are float32 in any case.
        network: options of the architecture's function.
        optimizer: the ``[optimizer]`` table.
        schedule: the ``[schedule]`` table.
        early_stopping: the ``[early_stopping]`` table.
        augmentation: the ``[augmentation]`` table.
    """

    model_config = _STRICT

    architecture: str
    init: Literal["none", "imagenet"]
    seed: int = Field(ge=0, lt=2**32)
    epochs: int = Field(ge=1, le=_MOST_EPOCHS)
    batch_size: int = Field(ge=1, le=65_536)
    monitor: Literal["accuracy", "loss"]
    label_smoothing: float = Field(ge=0, lt=1, allow_inf_nan=False)
    class_weights: Literal["none", "balanced"]
    precision: Literal["auto", "float32", "bfloat16"]
    network: dict[str, bool | int | float | str]
    optimizer: Optimizer
    schedule: Schedule
    early_stopping: EarlyStopping
    augmentation: Augmentation

    @model_validator(mode="after")
    def _minimum_below_start(self) -> Self:
        if self.schedule.minimum > self.optimizer.learning_rate:
            raise ValueError(
                f"schedule.minimum {self.schedule.minimum:g} is above "
                f"optimizer.learning_rate {self.optimizer.learning_rate:g}"
            )
        return self

    def to_toml(self) -> str:
        """The whole recipe as TOML; `recipe_of` reads it back equal."""
        content = self.model_dump()
        lines = [_toml_line(k, v) for k, v in content.items() if not isinstance(v, dict)]
        for name, table in content.items():
            if isinstance(table, dict):
                lines += ["", f"[{name}]", *(_toml_line(k, v) for k, v in table.items())]
        return "\n".join(lines) + "\n"


def recipe_of(run: Run) -> Recipe:
    """The recipe a run was started with.

    Raises:
        ZooError: its recipe.toml is missing or damaged.
    """
    return _validated([(str(run.folder / "recipe.toml"), run.recipe)])


def load_recipe(
    architecture: str,
    *,
    config: Path | None = None,
    settings: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
) -> Recipe:
    """The recipe of an architecture, with the user's wishes laid over it.

    Args:
        architecture: its name; its own TOML lies over ``base.toml``.
        config: a TOML file of the user's. A run's recipe.toml will do, if it is of the same
            architecture.
        settings: ``key=value`` with dotted keys, over all files. A value is read as TOML and,
            where it is none, as text: ``init=none``, ``optimizer.learning_rate=1e-3``.
        overrides: values by dotted key, over everything.

    Raises:
        ZooError: unknown architecture or key, a value out of bounds, a file that cannot be read.
    """
    layers = [
        ("base.toml", configs.base()),
        (f"{architecture}.toml", configs.recipe_table(architecture)),
    ]
    if config is not None:
        layers.append((str(config), _without_architecture(config, architecture)))
    layers += [(f"--set {setting}", _parsed(setting)) for setting in settings]
    layers += [(f"--{key}", _nested(key, value)) for key, value in (overrides or {}).items()]
    return _validated([("", {"architecture": architecture}), *layers])


def _without_architecture(config: Path, architecture: str) -> dict[str, Any]:
    """The user's file, checked to be meant for `architecture`."""
    content = configs.read_toml(config)
    meant_for = content.pop("architecture", architecture)
    # A copy of a built-in TOML brings its table of facts along; those are not the user's to set.
    if not isinstance(meant_for, dict) and meant_for != architecture:
        raise ZooError(f"{config}: a recipe for {meant_for}, not for {architecture}")
    return content


def _parsed(setting: str) -> dict[str, Any]:
    key, equals, text = setting.partition("=")
    if not equals or not key.strip():
        raise ZooError(f"--set {setting}: expected key=value, e.g. optimizer.learning_rate=1e-3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # TOMLDecodeError, or a number of thousands of digits
        value = text.strip()
    except RecursionError:
        raise ZooError(f"--set {key.strip()}: nested too deeply") from None
    return _nested(key.strip(), value)


def _nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _validated(layers: Sequence[tuple[str, dict[str, Any]]]) -> Recipe:
    """The recipe of all layers; a fault is told with the place of the layer that brought it."""
    known = set(_known_keys(Recipe))
    for place, layer in layers:
        for key in _keys(layer):
            if key not in known and not re.fullmatch(r"network\.[^.]*", key):
                raise ZooError(f"{place}: {unknown('recipe key', key, known)}")
    try:
        return Recipe.model_validate(configs.merged(*(layer for _, layer in layers)))
    except ValidationError as error:
        fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"][:2])
    message = _message(key, fault)
    if not key:
        raise ZooError(f"recipe: {message}")
    places = [place for place, layer in layers if key in _keys(layer)]
    place = f"{places[-1]}: " if places else ""
    got = "" if fault["type"] == "missing" else f", got {fault['input']!r}"
    raise ZooError(f"{place}recipe key {key}: {message}{got}")


def _message(key: str, fault: ErrorDetails) -> str:
    """What was expected, in a recipe's words where pydantic speaks of Python's."""
    if fault["type"] in ("dict_type", "model_type"):
        return "expected a table"
    if key.startswith("network."):
        return "expected true, false, a number or a text"
    return fault["msg"].removeprefix("Value error, ").removeprefix("Input ")


def _known_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _known_keys(field.annotation, f"{prefix}{name}.")


def _keys(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{name}.")


def _toml_line(key: str, value: bool | int | float | str) -> str:
    bare = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
    # A JSON string or boolean is TOML as it stands; Python's repr of a float is, too.
    text = json.dumps(value) if isinstance(value, bool | str) else repr(value)
    return f"{bare} = {text}"
