"""A method's settings, from what a user gave."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, TypeVar

from zoo.errors import ZooError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

MOST = 1_000_000
"""The largest count a setting may have: the masks of so many samples fit into memory."""


def settings_of(kind: type[T], what: str, given: Mapping[str, Any]) -> T:
    """A data class of settings with some of its fields given.

    Args:
        kind: the data class.
        what: the method's name, for the refusal.
        given: values by the fields' names.

    Raises:
        ZooError: one of them is no setting of the method, or out of range.
    """
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise unknown(f"{what} setting", name, known)
    return kind(**given)


def check_counts(settings: Any, least: Mapping[str, int]) -> None:
    """Refuse counts that are too small, or larger than `MOST`; None passes where it is default.

    Args:
        settings: a data class.
        least: the least that each may be, by name.

    Raises:
        ZooError: one is named.
    """
    for name, smallest in least.items():
        value = getattr(settings, name)
        if value is None and getattr(type(settings), name) is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not smallest <= value <= MOST:
            raise ZooError(f"{name} = {value}: expected {smallest} to {MOST:,}")


def check_ranges(settings: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Refuse what is no number, or not between two others; None passes where it is default.

    Args:
        settings: a data class.
        ranges: the least and the largest that each may be, by name.

    Raises:
        ZooError: one is named.
    """
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        if value is None and getattr(type(settings), name) is None:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            expected = f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"
            raise ZooError(f"{name} = {value}: expected {expected}")


def check_seed(seed: int) -> None:
    """Refuse what numpy's generators take for no seed.

    Raises:
        ZooError: it is not between 0 and 2³² − 1.
    """
    if not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ZooError(f"seed = {seed}: expected 0 to 2³² − 1")
