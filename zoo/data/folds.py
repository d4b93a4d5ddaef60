"""K-fold cross-validation: a data set's train and validation faces dealt into K folds.

In round k fold k measures and the fold after it chooses the epoch; the other K - 2 train. So no
number of cross-validation is of faces that chose anything. The test split takes no part.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from zoo.data.columns import SUBJECT
from zoo.data.dataset import Dataset, Split
from zoo.data.stratified import stratified_folds
from zoo.data.subjects import subject_folds
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping

Group = Literal["subject", "none"]

SMALLEST = 3
"""Folds: one to train on, one that chooses the epoch, one that measures."""


@dataclass(frozen=True)
class Folds:
    """Who is in which fold.

    Attributes:
        dataset: whose train and, where it is there, validation faces are dealt.
        count: K, at least `SMALLEST`.
        group: ``subject`` keeps all faces of a subject in one fold; ``none`` deals face by face,
            the classes' shares kept.
        seed: of the deal, 0 or more.
    """

    dataset: Dataset
    count: int
    group: Group = "subject"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < SMALLEST:
            raise ZooError(
                f"{self.count} folds: expected {SMALLEST} or more, one of which measures and one "
                "of which chooses the epoch"
            )

    @cached_property
    def faces(self) -> Split:
        """All faces that are dealt, train's before validation's; their pixels in memory."""
        splits = [self.dataset.split("train")]
        if "validation" in self.dataset.splits:
            splits.append(self.dataset.splits["validation"])
        soft = [split.soft_labels for split in splits if split.soft_labels is not None]
        shared = set.intersection(*(set(split.columns) for split in splits))
        return Split(
            name="train",
            faces=np.concatenate([split.faces for split in splits]),
            labels=np.concatenate([split.labels for split in splits]),
            ids=np.concatenate([split.ids for split in splits]),
            soft_labels=np.concatenate(soft) if len(soft) == len(splits) else None,
            columns={
                name: np.concatenate([split.columns[name] for split in splits])
                for name in splits[0].columns
                if name in shared
            },
        )

    @cached_property
    def parts(self) -> np.ndarray:
        """(N,) int64, the fold of each of `faces`, 0 to K - 1.

        Raises:
            ZooError: there are fewer subjects, or no column of them; or fewer faces than folds.
        """
        if self.group == "subject":
            by_split = subject_folds(self.dataset, self.count, self.seed)
            return np.concatenate(list(by_split.values()))
        one_by_one = np.arange(len(self.faces))
        return stratified_folds(self.faces.labels, one_by_one, self.count, (self.seed,))

    def round(self, fold: int) -> Dataset:
        """The data set of a round: split ``test`` is `fold`, ``validation`` the one after it."""
        chooses = (fold + 1) % self.count
        places = {
            "train": (self.parts != fold) & (self.parts != chooses),
            "validation": self.parts == chooses,
            "test": self.parts == fold,
        }
        splits = {name: _only(self.faces, name, kept) for name, kept in places.items()}
        dealt = [self.dataset.fingerprint, self.group, self.count, self.seed, fold]
        return replace(
            self.dataset,
            name=f"{self.dataset.name}, fold {fold + 1} of {self.count}",
            splits=splits,
            fingerprint=hashlib.sha256(repr(dealt).encode()).hexdigest(),
        )

    @property
    def subjects(self) -> np.ndarray | None:
        """(N,) text, whose face each of `faces` is; None where that is not known."""
        columns: Mapping[str, np.ndarray] = self.faces.columns
        return np.asarray(columns[SUBJECT]) if SUBJECT in columns else None


def _only(faces: Split, name: str, kept: np.ndarray) -> Split:
    soft = None if faces.soft_labels is None else faces.soft_labels[kept]
    columns = {key: values[kept] for key, values in faces.columns.items()}
    return Split(name, faces.faces[kept], faces.labels[kept], faces.ids[kept], soft, columns)
