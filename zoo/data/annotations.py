"""What annotators' votes make of faces: labels, soft labels, and how far the annotators agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from zoo.data.emotions import FER2013_CLASSES
from zoo.data.ferplus import COLUMNS, FerPlus
from zoo.data.votes import Aggregated, Votes, agreement, read_votes, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Skipped


class Annotations(Protocol):
    """Votes and what they mean; beside `votes` what `zoo.data.source.Source` says of itself."""

    @property
    def votes(self) -> Votes:
        """The votes, row by row."""
        ...

    @property
    def words(self) -> str:
        """What the source has by them, to be put behind its kind: ``"with votes"``."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Ordered class names; `aggregate` gives positions in it."""
        ...

    @property
    def facts(self) -> dict[str, Any]:
        """What decides labels and soft labels, JSON."""
        ...

    def aggregate(self, split: str, rows: Sequence[int], labels: Sequence[int]) -> Aggregated:
        """What becomes of n faces of one split.

        Args:
            split: their split.
            rows: n positions in the file of votes, from 0.
            labels: their n labels in the source, positions in FER2013's classes.
        """
        ...


@dataclass(frozen=True)
class VotesBesideLabels:
    """Votes that become soft labels and leave the labels as they are: ``--votes``."""

    votes: Votes

    @property
    def words(self) -> str:
        """What the source has by them."""
        return "with votes"

    @property
    def classes(self) -> tuple[str, ...]:
        """FER2013's seven."""
        return FER2013_CLASSES

    @property
    def facts(self) -> dict[str, Any]:
        """What is recorded of them, JSON: content, columns ignored, rows without any vote."""
        without = int((self.votes.counts.max(axis=1, initial=0) == 0).sum())
        content, ignored = self.votes.content, list(self.votes.ignored)
        return {"votes": {"content": content, "ignored": ignored, "without": without}}

    def aggregate(self, split: str, rows: Sequence[int], labels: Sequence[int]) -> Aggregated:
        """The labels, and the votes' shares; a row without any vote gets its label's one-hot."""
        counts = self.votes.counts[list(rows)]
        chosen = np.asarray(labels, np.int64)
        columns = agreement(counts, chosen)
        empty = counts.max(axis=1, initial=0) == 0
        counts[empty, chosen[empty]] = 1
        soft_labels = shares(counts).astype(np.float32)
        return Aggregated(chosen, soft_labels, columns, [""] * len(chosen))


def open_annotations(settings: ImportSettings) -> Annotations | None:
    """The votes that `settings` name; None where they name none.

    Raises:
        ZooError: they cannot be read.
    """
    if settings.votes is not None:
        return VotesBesideLabels(read_votes(settings.votes, FER2013_CLASSES))
    if settings.ferplus is not None:
        votes = read_votes(settings.ferplus, COLUMNS, usage_needed=True)
        return FerPlus(votes, settings.labels or "majority", settings.classes or 8)
    return None


def aggregate(
    annotations: Annotations | None,
    split: str,
    rows: Sequence[int],
    labels: Sequence[int],
    skipped: Skipped,
) -> Aggregated:
    """`Annotations.aggregate`, where there are any; else the labels stay, and nothing is known.

    Args:
        annotations: the votes, if any.
        split: where the faces belong.
        rows: n positions in the file of votes, from 0.
        labels: n labels in the source, positions in FER2013's classes.
        skipped: counts what is left out.
    """
    if annotations is None:
        return Aggregated(np.array(labels, np.int64), None, {}, [""] * len(labels))
    aggregated = annotations.aggregate(split, rows, labels)
    for reason, label in zip(aggregated.dropped, labels, strict=True):
        if reason:
            skipped.drop(reason, split, FER2013_CLASSES[label])
    return aggregated
