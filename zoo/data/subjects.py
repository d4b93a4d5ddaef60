"""Splits and folds by subject: whoever is in one part is in no other.

Faces of one person resemble each other, and frames of one sequence are all but copies, so what
is learnt from some is partly known of the rest. Whole subjects are therefore dealt out, as
scikit-learn's StratifiedGroupKFold does: the largest first, each to the part that lacks most of
the classes that the subject shows, so that classes are as even as subjects allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.columns import SUBJECT
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoo.data.dataset import Dataset, Split


def subject_folds(dataset: Dataset, k: int, seed: int) -> dict[str, np.ndarray]:
    """Deal the subjects of train and validation into `k` folds; test takes no part.

    Args:
        dataset: one with a column `SUBJECT`.
        k: 2 to the number of subjects.
        seed: of the order in which subjects of the same size are dealt, 0 or more.

    Returns:
        By split, ``train`` and, where it is there, ``validation``: (N,) int64, the fold of each
        of its faces, 0 to k - 1. Faces whose subject is not known count as one subject.

    Raises:
        ZooError: the data set has no subjects, or `k` is out of its range.
    """
    splits = [dataset.splits[name] for name in ("train", "validation") if name in dataset.splits]
    for split in splits:
        if SUBJECT not in split.columns:
            raise ZooError(
                f"data set {dataset.name!r} has no column {SUBJECT}: folds by subject need one"
            )
    subjects = np.concatenate([_subjects(split) for split in splits])
    labels = np.concatenate([split.labels for split in splits])
    count = len(np.unique(subjects))
    if not 2 <= k <= count:
        raise ZooError(f"{k} folds of {dataset.name!r}: expected 2 to {count}, its subjects")
    parts = deal_subjects(subjects, labels, [1 / k] * k, seed)
    ends = np.cumsum([len(split) for split in splits])[:-1]
    return {split.name: part for split, part in zip(splits, np.split(parts, ends), strict=True)}


def hold_out_subjects(
    subjects: np.ndarray, labels: np.ndarray, fraction: float, seed: int
) -> np.ndarray:
    """Choose whole subjects that are to be validated on.

    Args:
        subjects: (N,) text, whose face it is; blank counts as one subject.
        labels: (N,) int, its class.
        fraction: the share of each class wanted, between 0 and 1.
        seed: 0 or more.

    Returns:
        (N,) bool, true for the faces held out: of one subject at least, and never of all that
        show some class. All false where no subject can be spared.
    """
    parts = deal_subjects(subjects, labels, [1 - fraction, fraction], seed)
    held = parts == 1
    for label in np.unique(labels):
        if held[labels == label].all():
            first = np.flatnonzero(labels == label)[0]
            held[subjects == subjects[first]] = False
    if not held.any():
        held = _smallest_to_spare(subjects, labels)
    return held


def deal_subjects(
    subjects: np.ndarray, labels: np.ndarray, shares: Sequence[float], seed: int
) -> np.ndarray:
    """Deal whole subjects into parts that are to have `shares` of each class.

    Args:
        subjects: (N,) text.
        labels: (N,) int, at least 0.
        shares: of the parts, summing to 1.
        seed: of the order among subjects of the same size, 0 or more.

    Returns:
        (N,) int64, each face's part, 0 to ``len(shares) - 1``.
    """
    names, of_face = np.unique(subjects, return_inverse=True)
    counts = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(counts, (of_face, labels), 1)
    per_class = counts / np.maximum(counts.sum(axis=0), 1)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts.sum(axis=1)[order], kind="stable")]
    lacking = np.repeat(np.array(shares, np.float64)[:, None], counts.shape[1], axis=1)
    part_of = np.zeros(len(names), np.int64)
    for subject in order:
        # Where two lack as much of the subject's classes, the one that lacks more of all.
        lack, of_all = (lacking @ per_class[subject]).round(12), lacking.sum(axis=1)
        part_of[subject] = np.lexsort((-of_all.round(12), -lack))[0]
        lacking[part_of[subject]] -= per_class[subject]
    return part_of[of_face]


def shared_subjects(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Whoever stands in more than one split, and in which: ``{"S005": ["test", "train"]}``.

    Args:
        pairs: of each face its subject, blank where it is not known, and its split.
    """
    found: dict[str, list[str]] = {}
    for subject, split in sorted(set(pairs)):
        if subject.strip():
            found.setdefault(subject, []).append(split)
    return {subject: where for subject, where in found.items() if len(where) > 1}


def _smallest_to_spare(subjects: np.ndarray, labels: np.ndarray) -> np.ndarray:
    names, counts = np.unique(subjects, return_counts=True)
    for name in names[np.argsort(counts, kind="stable")]:
        held: np.ndarray = subjects == name
        if set(labels[~held]) == set(labels):
            return held
    return np.zeros(len(subjects), bool)


def _subjects(split: Split) -> np.ndarray:
    return np.asarray(split.columns[SUBJECT])
