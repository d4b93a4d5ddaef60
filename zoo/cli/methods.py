"""The methods of explaining that a user names, and their settings."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import click

from zoo import configs
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping

set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="[METHOD.]KEY=VALUE",
    help="A setting of a method, named where there are several: composite=epsilon_gamma_box, "
    "lime.samples=500, …",
)


def given_settings(options: Mapping[str, Any], assignments: tuple[str, ...]) -> dict[str, Any]:
    """The settings of the one method that a command is about.

    Args:
        options: those with an option of their own, None where it was not given.
        assignments: of ``--set``.

    Raises:
        ZooError: an assignment is none.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return given | dict(map(configs.assigned, assignments))


def named_methods(listed: str | None, assignments: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The settings of each method that is wanted; what is wrong is said before all the work.

    Args:
        listed: ``lime,lrp``; None for all.
        assignments: of ``--set``.

    Raises:
        ZooError: a method or a setting is not known, or a value is out of range.
    """
    from zoo.explainers.methods import METHODS, method, methods_in

    names = [one.name for one in methods_in(listed)] if listed else list(METHODS)
    settings: dict[str, dict[str, Any]] = defaultdict(dict)
    for assignment in assignments:
        key, value = configs.assigned(assignment)
        name, dot, setting = key.partition(".")
        if not dot and len(names) == 1:
            name, setting = names[0], key
        elif not dot or method(name).name not in names:
            raise ZooError(
                f"--set {assignment}: expected METHOD.KEY=VALUE, the method one of "
                f"{', '.join(names)}"
            )
        settings[name][setting] = value
    for name in names:
        method(name).check(settings[name])
    return {name: settings[name] for name in names}
