"""What was chosen of an ensemble, and on which faces: the ``[choice]`` of an ``ensemble.toml``."""

from __future__ import annotations

import re
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any

from zoo.configs import toml_line
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
        candidates: the models among which the method chose, ``<architecture>/<id>``; none where
            nobody has recorded them.
        optimism: how much better the choice's top-1 looks on these faces than on faces that did
            not make it (cross-fitted), a fraction; None where nobody has recorded it.
    """

    of: tuple[str, ...]
    method: str
    data: str
    fingerprint: str
    split: str
    n: int
    candidates: tuple[str, ...] = ()
    optimism: float | None = None

    def after(self, earlier: Choice | None) -> Choice:
        """Both this choice and the one that was made before it, by the same faces.

        Raises:
            ZooError: other faces made it, of which a file with one choice could not tell.
        """
        if earlier is None:
            return self
        if (earlier.fingerprint, earlier.split) != (self.fingerprint, self.split):
            raise ZooError(
                f"the {' and '.join(earlier.of)} were chosen on {earlier.split} of {earlier.data} "
                "before, which one file could not tell beside this choice: list the members"
            )
        of = tuple(what for what in CHOSEN if what in (*earlier.of, *self.of))
        return replace(
            self,
            of=of,
            method=f"{earlier.method}, {self.method}",
            candidates=earlier.candidates,
            optimism=None,  # of both together nobody has estimated it
        )

    def toml(self) -> str:
        """The table as `parse_choice` reads it."""
        known = {key: value for key, value in asdict(self).items() if value not in ((), None)}
        lines = (f"{toml_line(key, value)}\n" for key, value in known.items())
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
    needed = [field.name for field in fields(Choice) if field.default is MISSING]
    if not isinstance(content, dict):
        raise ZooError(f"{place}: choice: expected a table with {', '.join(needed)}")
    for key in content:
        if key not in keys:
            raise ZooError(f"{place}: choice: {unknown('key', key, keys)}")
    if missing := [key for key in needed if key not in content]:
        raise ZooError(f"{place}: choice: {', '.join(missing)} missing")
    of, n, optimism = content["of"], content["n"], content.get("optimism", 0.0)
    candidates = content.get("candidates", [])
    expected = {
        "of": f"some of {', '.join(CHOSEN)}, each once",
        "method": "words",
        "data": "words",
        "fingerprint": "64 hex digits",
        "split": f"one of {', '.join(SPLITS)}",
        "n": "how many faces chose",
        "candidates": "names of models",
        "optimism": "a difference of two accuracies, -1 to 1",
    }
    right = {
        "of": of in (["members"], ["weights"], list(CHOSEN)),
        "method": isinstance(content["method"], str) and content["method"] != "",
        "data": isinstance(content["data"], str) and content["data"] != "",
        "fingerprint": isinstance(content["fingerprint"], str)
        and re.fullmatch(r"[0-9a-f]{64}", content["fingerprint"]),
        "split": content["split"] in SPLITS,
        "n": isinstance(n, int) and not isinstance(n, bool) and n >= 1,
        "candidates": isinstance(candidates, list)
        and all(isinstance(one, str) for one in candidates),
        "optimism": isinstance(optimism, float) and -1 <= optimism <= 1,
    }
    for key in content:
        if not right[key]:
            raise ZooError(f"{place}: choice: {key}: {content[key]!r}, expected {expected[key]}")
    return Choice(**(content | {"of": tuple(of), "candidates": tuple(candidates)}))
