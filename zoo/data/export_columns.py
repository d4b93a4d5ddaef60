"""What an exported csv tells of each face beside its label: its id, soft label and columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.columns import FACE_ID, MEASURED, unused_name
from zoo.data.soft_labels import column_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoo.data.dataset import Dataset, Split


@dataclass(frozen=True)
class Told:
    """What is told of a data set's faces; `what_to_tell` finds it out.

    Attributes:
        classes: of the data set.
        ids: whether there is a column of ids.
        soft_labels: whether there are columns of soft labels.
        columns: those that came from the source.
    """

    classes: tuple[str, ...]
    ids: bool
    soft_labels: bool
    columns: tuple[str, ...]

    def header(self, own: Sequence[str]) -> list[str]:
        """The names of a csv's own columns, then of those that are told."""
        header = [*own]
        if self.ids:
            header.append(FACE_ID)
        if self.soft_labels:
            header += map(column_name, self.classes)
        for name in self.columns:
            header.append(unused_name(name, header))
        return header

    def of(self, split: Split, index: int) -> list[str]:
        """What stands under `header` of a face, behind a csv's own columns."""
        ids = [str(split.ids[index])] if self.ids else []
        shares: Sequence[str] = []
        if self.soft_labels:
            soft_labels = split.soft_labels
            shares = [""] * len(self.classes)
            if soft_labels is not None:
                shares = [_text(share) for share in soft_labels[index]]
        return [*ids, *shares, *(_text(split.columns[name][index]) for name in self.columns)]


def what_to_tell(dataset: Dataset, given: Iterable[str]) -> Told:
    """All of a data set that is not measured, its ids only where they would be others.

    Args:
        dataset: what is exported.
        given: what its faces are called, split by split, where a csv does not tell their ids.
    """
    splits = list(dataset.splits.values())
    ids = chain.from_iterable(split.ids for split in splits)
    return Told(
        dataset.classes,
        any(one != other for one, other in zip(ids, given, strict=True)),
        any(split.soft_labels is not None for split in splits),
        tuple(name for name in splits[0].columns if name not in MEASURED),
    )


def _text(value: np.generic) -> str:
    if isinstance(value, np.floating):
        return "" if np.isnan(value) else str(value)
    return str(value)
