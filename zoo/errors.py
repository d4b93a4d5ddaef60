"""The one exception that is meant for the user."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ZooError(Exception):
    """A refusal the user can act on: one line that names the thing, the place and the way out.

    Raised where the fault is first known. The command prints it without a traceback and exits
    with `exit_code`.
    """

    exit_code = 2


def unknown(kind: str, name: object, known: Iterable[str]) -> ZooError:
    """The error for a name that is not known: the nearest names, else all of them.

    Args:
        kind: what the name stands for, e.g. ``"architecture"``.
        name: what the user wrote; not always text.
        known: the names there are.
    """
    known = sorted(known)
    folded = {one.casefold(): one for one in known}
    matches = difflib.get_close_matches(str(name).casefold(), folded, n=3, cutoff=0.5)
    if near := [folded[match] for match in matches]:
        return ZooError(f"unknown {kind} {name!r}: did you mean {' or '.join(near)}?")
    listed = ", ".join(known) if known else "none"
    return ZooError(f"unknown {kind} {name!r}: there are {listed}")
