"""What was chosen of an ensemble, and on which faces: the ``[choice]`` of an ``ensemble.toml``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from zoo.data.dataset import SPLITS
from zoo.errors import ZooError, unknown

CHOSEN = ("members", "weights")
"""What can be chosen of an ensemble."""


@dataclass(frozen=True)
class Choice:
    """What chose an ensemble's members or weights.

    Attributes:
        of: some of `CHOSEN`.
        method: by which, as `zoo ensemble search` calls it.
        data: what the data set was called.
        fingerprint: of the data set.
        split: whose faces chose.
        n: how many.
    """

    of: tuple[str, ...]
    method: str
    data: str
    fingerprint: str
    split: str
    n: int

    def toml(self) -> str:
        """The table as `parse_choice` reads it; a JSON string is a TOML string, too."""
        lines = (f"{key} = {json.dumps(value)}\n" for key, value in asdict(self).items())
        return f"[choice]\n{''.join(lines)}"


def parse_choice(content: Any, place: str) -> Choice:
    """A choice from plain data.

    Args:
        content: what stands under the key ``choice``.
        place: where, for the refusals.

    Raises:
        ZooError: a key is unknown, missing or not as it should be.
    """
    keys = [field.name for field in fields(Choice)]
    if not isinstance(content, dict):
        raise ZooError(f"{place}: choice: expected a table with {', '.join(keys)}")
    for key in content:
        if key not in keys:
            raise ZooError(f"{place}: choice: {unknown('key', key, keys)}")
    if missing := [key for key in keys if key not in content]:
        raise ZooError(f"{place}: choice: {', '.join(missing)} missing")
    of, split, n = content["of"], content["split"], content["n"]
    if not isinstance(of, list) or not of or any(one not in CHOSEN for one in of):
        raise ZooError(f"{place}: choice: of: expected some of {', '.join(CHOSEN)}")
    for key in ("method", "data", "fingerprint"):
        if not isinstance(content[key], str) or not content[key]:
            raise ZooError(f"{place}: choice: {key}: expected words")
    if split not in SPLITS:
        raise ZooError(f"{place}: choice: split: expected one of {', '.join(SPLITS)}")
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ZooError(f"{place}: choice: n: expected how many faces chose")
    return Choice(**(content | {"of": tuple(of)}))
