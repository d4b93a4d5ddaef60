"""FER+: what the votes of its ten annotators make of FER2013's faces.

The rules are those of Barsoum, Zhang, Canton Ferrer and Zhang 2016, "Training Deep Networks for
Facial Expression Recognition with Crowd-Sourced Label Distribution" (arXiv 1608.01041), as the
code published with it states them (github.com/microsoft/FERPlus, ``src/ferplus.py``):

1. A column with a single vote counts as none: an outlier. `COLUMNS` are eight classes, "unknown"
   and "NF", not a face.
2. Majority: a face is of the class with more than half of the votes that count. Without such a
   class it is left out.
3. Distribution: the columns with the most votes, equal ones together, until three quarters of the
   votes, or three columns, are covered; unknown and NF end that. The shares of the classes among
   them are the distribution. A face is left out where these classes have half of the votes or
   less, or are more than three.

That code trains on majority, or on labels drawn from the distribution, or on the distribution, and
always validates and tests on majority. So here, too: the rule is that of the training faces alone.
It also leaves out the faces whose class is fear or contempt, as it takes the two columns that are
no class off eight instead of ten; this module does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.emotions import FER2013_CLASSES
from zoo.data.votes import Aggregated, agreement, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.votes import Votes

CONTEMPT = "contempt"
CLASSES = (*FER2013_CLASSES, CONTEMPT)
"""FER+'s classes in the zoo's order."""

COLUMNS = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", CONTEMPT,
           "unknown", "nf")  # fmt: skip
"""FER+'s columns in its own order: of classes with equally many votes the first is the label."""

RULES = ("majority", "distribution")
"""What decides which training faces are kept."""

_KINDS = len(CLASSES)
_ORDER = [COLUMNS.index(name) for name in CLASSES]

NO_FACE = "most votes are for no face (NF)"
UNKNOWN = "most votes are for unknown"
DISAGREE = "the annotators disagree"
NO_CLASS = "contempt is none of the 7 classes"


def counting(counts: np.ndarray) -> np.ndarray:
    """Votes of any shape without the outliers, columns that have no more than one vote."""
    return np.where(counts > 1, counts, 0)


def have_majority(counts: np.ndarray) -> np.ndarray:
    """Which faces have a class with more than half of the votes: (N, 10) that count → (N,)."""
    return np.asarray(counts[:, :_KINDS].max(axis=1, initial=0) * 2 > counts.sum(axis=1))


def distributions(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The classes among which a face's votes are shared out.

    Args:
        counts: (N, 10) votes that count, by `COLUMNS`.

    Returns:
        (N, 8) votes of the classes that belong to the distribution, 0 elsewhere; and (N,) whether
        they are enough of the votes, and few enough classes, for the face to be kept.
    """
    total = counts.sum(axis=1)
    taken = np.zeros(counts.shape, bool)
    for _ in range(3):
        covered = np.where(taken, counts, 0).sum(axis=1)
        ended = taken[:, _KINDS:].any(axis=1) | (taken.sum(axis=1) >= 3)
        rest = np.where(taken, 0, counts)
        most = rest.max(axis=1, initial=0)
        grows = (covered < 0.75 * total) & ~ended
        taken |= grows[:, None] & (rest > 0) & (rest == most[:, None])
    classes = np.where(taken, counts, 0)[:, :_KINDS]
    few = taken[:, :_KINDS].sum(axis=1) <= 3
    return classes, few & (classes.sum(axis=1) * 2 > total)


@dataclass(frozen=True, eq=False)
class FerPlus:
    """FER+'s labels instead of FER2013's: ``--ferplus``.

    Attributes:
        votes: by `COLUMNS`, of all rows.
        rule: one of `RULES`.
        kinds: 8 classes, or 7: faces of contempt are left out then, and votes for it do not count
            towards the distributions of others.
    """

    votes: Votes
    rule: str
    kinds: int

    @property
    def words(self) -> str:
        """What the source has by them."""
        return "with FER+'s labels"

    @property
    def classes(self) -> tuple[str, ...]:
        """FER2013's seven, with contempt as the eighth."""
        return CLASSES[: self.kinds]

    @property
    def facts(self) -> dict[str, Any]:
        """What is recorded of them, JSON: content, rule, columns ignored."""
        content, ignored = self.votes.content, list(self.votes.ignored)
        return {"ferplus": {"content": content, "rule": self.rule, "ignored": ignored}}

    def aggregate(self, split: str, rows: Sequence[int], labels: Sequence[int]) -> Aggregated:
        """Labels, distributions, and why faces are left out; `labels` do not matter."""
        chosen = list(rows)
        dropped = self._dropped[self.rule if split == "train" else "majority"]
        return Aggregated(
            self._labels[chosen],
            self._soft_labels[chosen],
            {name: values[chosen] for name, values in self._agreement.items()},
            [dropped[row] for row in chosen],
        )

    @cached_property
    def _counting(self) -> np.ndarray:
        return counting(self.votes.counts)

    @cached_property
    def _distributions(self) -> tuple[np.ndarray, np.ndarray]:
        return distributions(self._counting)

    @cached_property
    def _labels(self) -> np.ndarray:
        """(N,) positions in `CLASSES`; of equal ones the first in `COLUMNS`."""
        return np.argsort(_ORDER)[self._distributions[0].argmax(axis=1)]

    @cached_property
    def _soft_labels(self) -> np.ndarray:
        return shares(self._distributions[0][:, _ORDER[: self.kinds]]).astype(np.float32)

    @cached_property
    def _agreement(self) -> dict[str, np.ndarray]:
        return agreement(self.votes.counts, np.array(_ORDER)[self._labels])

    @cached_property
    def _dropped(self) -> dict[str, list[str]]:
        """By rule, for all rows."""
        top = self._counting.argmax(axis=1)
        reasons = [UNKNOWN, NO_FACE, DISAGREE, NO_CLASS]
        dropped = {}
        kept_by = have_majority(self._counting), self._distributions[1]
        for rule, kept in zip(RULES, kept_by, strict=True):
            out = ~kept
            no_class = self._labels >= self.kinds
            which = [out & (top == _KINDS), out & (top == _KINDS + 1), out, no_class]
            dropped[rule] = [str(reason) for reason in np.select(which, reasons, "")]
        return dropped
