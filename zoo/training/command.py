"""The command that repeats a training."""

from __future__ import annotations

import shlex
import tomllib
from typing import TYPE_CHECKING, Any

from zoo import configs
from zoo.architectures import registry
from zoo.configs import toml_value
from zoo.training.chosen import exclusions_file
from zoo.training.recipes import load_recipe, recipe_of

if TYPE_CHECKING:
    from zoo.runs import Run

_BACKEND = "tensorflow"
"""What trains where nothing else is wanted."""


def train_command(run: Run) -> str:
    """What a user types, in a shell, for a training with a run's recipe.

    What the architecture's own recipe says today is left out, everything else is set.

    Raises:
        ZooError: the run's recipe cannot be read, or its architecture is not known here.
    """
    recorded = run.environment
    words = ["zoo", "train", run.architecture, "--data", str(recorded["dataset"])]
    if recorded["limit"] is not None:
        words += ["--limit", str(recorded["limit"])]
    if recorded.get("exclusions"):
        words += ["--exclusions", exclusions_file(run).name]
    if (devices := recorded.get("devices", 1)) > 1:
        words += ["--devices", str(devices)]
    for key, value in _settings(run).items():
        words += ["--set", f"{key}={_text(value)}"]
    backend = recorded["backend"]
    return ("" if backend == _BACKEND else f"KERAS_BACKEND={backend} ") + shlex.join(words)


def _settings(run: Run) -> dict[str, Any]:
    """Where the run's recipe differs from its architecture's: the values, by dotted key."""
    recipe = recipe_of(run)
    own = configs.flat(recipe.model_dump(), lists=False)
    today = configs.flat(load_recipe(run.architecture).model_dump(), lists=False)
    changed = {key: value for key, value in own.items() if today.get(key) != value}
    for key in today.keys() - own.keys():  # an option of the network's that the run did not set
        option = key.removeprefix("network.")
        changed[key] = registry.network_options(run.architecture)[option]
    # A learning rate that the phases do not use is refused unless they are set, too.
    if recipe.phases and "optimizer.learning_rate" in changed:
        changed["phases"] = own["phases"]
    return dict(sorted(changed.items()))


def _text(value: Any) -> str:
    """A value as ``--set`` reads it, without quotes where it is understood without."""
    if not isinstance(value, str):
        return toml_value(value)
    try:
        tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return value if value == value.strip() else toml_value(value)
    return toml_value(value)
