"""Which of the faces that an audit found something of are to be left out, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.audit.findings import BLANK, CONTRADICTING, DOUBTED, FACELESS, OUTVOTED
from zoo.data.exclusions import Exclusions, source_of
from zoo.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.audit.run import Audit

LEAKS = "leaks"
REPEATS = "repeats"

_OF_FINDINGS = {
    "contradictions": CONTRADICTING,
    "blank": BLANK,
    "faceless": FACELESS,
    "doubted": DOUBTED,
    "outvoted": OUTVOTED,
}

CHOICES = (LEAKS, *_OF_FINDINGS, REPEATS)
"""What can be left out:

- `LEAKS`: training faces that are copies, of any kind, of a validation or test face;
- ``contradictions``, ``blank``, ``faceless``, ``doubted``, ``outvoted``: faces of every split with
  that finding;
- `REPEATS`: training faces that are copies of an earlier training face.
"""

DEFAULT = (LEAKS, "contradictions", "blank")


def choices_in(text: str) -> tuple[str, ...]:
    """The choices in a list as one types it: ``leaks,blank``.

    Raises:
        ZooError: one of them is not among `CHOICES`.
    """
    choices = tuple(choice.strip() for choice in text.split(","))
    for choice in choices:
        if choice not in CHOICES:
            raise unknown("kind of exclusion", choice, CHOICES)
    return choices


def exclusions(audit: Audit, choices: Sequence[str] = DEFAULT) -> Exclusions:
    """The faces to leave out, in the data set's order.

    Args:
        audit: what was found.
        choices: some of `CHOICES`.
    """
    reasons: dict[int, list[str]] = {}
    for choice in choices:
        if choice == LEAKS:
            chosen, why = _leaks(audit), "copy of a validation or test face"
        elif choice == REPEATS:
            chosen, why = _repeats(audit), "copy of an earlier training face"
        else:
            why = _OF_FINDINGS[choice]
            chosen = np.array([finding.face for finding in audit.of_kind(why)], np.int64)
        for face in chosen.tolist():
            reasons.setdefault(face, []).append(why)
    faces = audit.faces
    return Exclusions(
        {
            (str(faces.splits[face]), str(faces.ids[face])): "; ".join(reasons[face])
            for face in sorted(reasons)
        },
        source_of(faces.dataset),
    )


def _leaks(audit: Audit) -> np.ndarray:
    groups, splits = audit.copies.groups, audit.faces.splits
    measured_on = groups[(groups >= 0) & np.isin(splits, ("validation", "test"))]
    return np.flatnonzero((splits == "train") & np.isin(groups, measured_on))


def _repeats(audit: Audit) -> np.ndarray:
    groups = audit.copies.groups
    inside = np.flatnonzero((groups >= 0) & (audit.faces.splits == "train"))
    _, first = np.unique(groups[inside], return_index=True)
    return np.delete(inside, first)
