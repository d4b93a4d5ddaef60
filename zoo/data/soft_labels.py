"""Soft labels in a csv of faces: a column for each class, called ``soft label happy``.

So `zoo.data.export` writes what annotators' votes became, and so the readers of csv files take it
back: without the file of votes, and with the faces that its rules left out gone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zoo.data.emotions import canonical
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

SOFT_LABELS = "soft_labels"
"""The fact of a source that brings soft labels in columns."""

_PREFIX = "soft label "
_TOLERANCE = 1e-4
"""How far from 1 a row may sum up: what float32 and a few decimals leave is less."""


def column_name(class_name: str) -> str:
    """What the column with the shares of a class is called."""
    return _PREFIX + class_name


def soft_label_columns(names: Sequence[str]) -> dict[str, int]:
    """Where each class's share stands among a csv's columns, by canonical name; often nowhere."""
    return {
        known[len(_PREFIX) :]: place
        for place, name in enumerate(names)
        for known in soft_label_names([name])
    }


def soft_label_names(names: Sequence[str]) -> list[str]:
    """Those of a csv's columns that are soft labels, as `column_name` calls them."""
    return [
        column_name(canonical(name[len(_PREFIX) :]))
        for name in names
        if name.casefold().startswith(_PREFIX)
    ]


def refuse_other_classes(path: Path, found: Collection[str], classes: Sequence[str]) -> None:
    """Refuse soft labels that are not for the classes that there are.

    Args:
        path: the csv.
        found: the classes that have a column; none where there are no soft labels.
        classes: those of the faces.

    Raises:
        ZooError: they are not the same.
    """
    if found and set(found) != set(classes):
        raise ZooError(
            f"{path} line 1: columns of soft labels for {', '.join(found)}: expected one for each"
            f" of {', '.join(classes)}, or none"
        )


def soft_label(fields: Sequence[str | bytes]) -> tuple[float, ...]:
    """A face's soft label, of one field for each class.

    Raises:
        ValueError: the fields are not shares that sum to 1; it says why.
    """
    try:
        shares = tuple(map(float, fields))
    except ValueError:
        shares = (math.nan,)
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError("a soft label that is not a number from 0 to 1 for each class")
    if abs(math.fsum(shares) - 1) > _TOLERANCE:
        raise ValueError(f"a soft label that sums to {math.fsum(shares):.4g}, expected 1")
    return shares
