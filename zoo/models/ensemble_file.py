"""``ensemble.toml``: what ``--model ensemble`` stands for.

``members``: names of models, ``["*"]``, or tables that also hold the sha256 of a member's weights
and, where the average is not uniform, how much the member counts. ``choice``, where it is known:
what chose the members or their weights (`zoo.models.choice`). ``tried``: what else was tried, for
its card.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import configs, home
from zoo.configs import toml_line
from zoo.errors import ZooError, unknown
from zoo.files import refuse_existing, write_text
from zoo.models.candidates import ENSEMBLE
from zoo.models.choice import Choice, parse_choice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVERY = "*"
"""The only member of an ensemble of everything there is on the data set in use."""

PACKAGED = Path(configs.__file__).parent / "ensemble.toml"
"""The zoo's own file, of shipped weights."""

_KEYS = ("members", "choice", "tried")
_MEMBER_KEYS = ("model", "sha256", "weight")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Member:
    """One member of an ensemble.

    Attributes:
        model: what a user would name it; with a sha256 only how it is called.
        sha256: hex, of its weights' file; empty where the name alone decides.
        weight: how much it counts, above 0, in any scale; None: as much as each other.
    """

    model: str
    sha256: str = ""
    weight: float | None = None


@dataclass(frozen=True)
class Listed:
    """What an ensemble's file holds.

    Attributes:
        members: those of the average.
        choice: what chose them or their weights; None where it is not known.
        tried: what else was tried; empty where nobody tells it.
    """

    members: tuple[Member, ...]
    choice: Choice | None = None
    tried: str = ""

    @property
    def weights(self) -> tuple[float, ...] | None:
        """How much each member counts; None: all the same."""
        # All have one, or none has.
        return tuple(one.weight for one in self.members if one.weight is not None) or None


def own_file() -> Path:
    """The user's file, which may not exist; it takes the place of the packaged one."""
    return home.zoo_home() / "ensemble.toml"


def ensemble_file() -> Path:
    """The file that counts: the user's, or else the packaged one."""
    own = own_file()
    return own if own.is_file() else PACKAGED


def read_ensemble(path: Path) -> Listed:
    """What an ``ensemble.toml`` holds.

    Raises:
        ZooError: it cannot be read, or is not as it should be.
    """
    table = configs.read_toml(path)
    for key in table:
        if key not in _KEYS:
            raise ZooError(f"{path}: {unknown('key', key, _KEYS)}")
    if "members" not in table:
        raise ZooError(f'{path}: no members: list them, or write members = ["{EVERY}"]')
    listed = parse_ensemble(table, str(path))
    if len(listed.members) > 1 and Member(EVERY) in listed.members:
        raise ZooError(f'{path}: "{EVERY}" stands for every member: list it alone')
    return listed


def parse_ensemble(table: Mapping[str, Any], place: str) -> Listed:
    """Members, and what chose them, from plain data.

    Args:
        table: with the keys ``members``, perhaps ``choice`` and ``tried``; others do not matter.
        place: where, for the refusals.

    Raises:
        ZooError: something is not as it should be.
    """
    members = _members(table.get("members"), place)
    choice = parse_choice(table["choice"], place) if "choice" in table else None
    if choice and members == [Member(EVERY)]:
        raise ZooError(
            f'{place}: choice: members = ["{EVERY}"] are all there are: nothing chose them'
        )
    if choice and "weights" in choice.of and any(one.weight is None for one in members):
        raise ZooError(f"{place}: choice: of weights, but the members have none")
    if not isinstance(tried := table.get("tried", ""), str):
        raise ZooError(f"{place}: tried: expected text, in quotes")
    return Listed(tuple(members), choice, tried)


def _members(content: Any, place: str) -> list[Member]:
    if not isinstance(content, list):
        raise ZooError(f"{place}: members: expected a list of names, or [[members]] tables")
    members = [_member(one, f"{place}: member {number}") for number, one in enumerate(content, 1)]
    if len({one.weight is None for one in members}) > 1:
        raise ZooError(f"{place}: members: give each a weight, or none")
    return members


def _member(content: Any, place: str) -> Member:
    table = {"model": content} if isinstance(content, str) else content
    if not isinstance(table, dict):
        raise ZooError(f"{place}: expected a name, or a table with model and sha256")
    for key in table:
        if key not in _MEMBER_KEYS:
            raise ZooError(f"{place}: {unknown('key', key, _MEMBER_KEYS)}")
    model, sha256, weight = table.get("model"), table.get("sha256", ""), table.get("weight")
    if not isinstance(model, str) or not model:
        raise ZooError(f"{place}: model: expected the name of a model")
    if model == ENSEMBLE:
        raise ZooError(f"{place}: the ensemble cannot be a member of itself: name its members")
    if isinstance(content, dict) and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        raise ZooError(f"{place} ({model}): sha256: expected 64 hex digits of its weights' file")
    if weight is not None and not is_weight(weight):
        raise ZooError(f"{place} ({model}): weight: expected a number above 0")
    return Member(model, sha256, weight)


def is_weight(value: Any) -> bool:
    """Whether a member may count so much: a finite number above 0."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value > 0


def ensemble_toml(members: Sequence[Member], choice: Choice | None = None, tried: str = "") -> str:
    """The text that `read_ensemble` reads."""
    tables = [f"{toml_line('tried', tried)}\n"] if tried else []  # a key stands before any table
    tables += [] if choice is None else [choice.toml()]
    tables += [
        f"[[members]]\n{toml_line('model', one.model)}\n{toml_line('sha256', one.sha256)}\n"
        + ("" if one.weight is None else f"weight = {one.weight:.6g}\n")
        for one in members
    ]
    return "\n".join(tables)


def write_ensemble(
    path: Path,
    members: Sequence[Member],
    choice: Choice | None = None,
    *,
    tried: str = "",
    overwrite: bool = False,
) -> None:
    """Write an ``ensemble.toml`` whose members are known by the sha256 of their weights.

    Args:
        path: where it goes.
        members: all with a weight, or none.
        choice: what chose them or their weights; None where somebody named them.
        tried: what else was tried, for the card.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false, or cannot be written.
    """
    refuse_existing(path, overwrite=overwrite)
    weighted = any(one.weight is not None for one in members)
    opening = (
        f"# An ensemble: the {'weighted' if weighted else 'plain'} average of these members' "
        "softmaxes.\n"
        "# A member is known by the sha256 of its weights. By zoo ensemble define, or search.\n"
    )
    write_text(path, f"{opening}\n{ensemble_toml(members, choice, tried)}")
