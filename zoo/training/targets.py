"""What the network is trained towards, from labels; and which labelled faces it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.training.seeds import Purpose, generator

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N,) positions in the classes → (N, K) float32 with a single one in each row."""
    return np.eye(classes, dtype=np.float32)[labels]


def smoothed(targets: np.ndarray, share: float) -> np.ndarray:
    """Targets (N, K) with `share` of each row spread evenly over all classes.

    Label smoothing after Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """
    return (targets * (1 - share) + share / targets.shape[1]).astype(np.float32)


def drawn(soft_labels: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """One label for each face, drawn from its distribution, anew in each epoch.

    Probabilistic label drawing after Barsoum et al. 2016 (arXiv 1608.01041).

    Args:
        soft_labels: (N, K), rows sum to 1.
        seed: the recipe's.
        epoch: from 0.

    Returns:
        (N,) positions in the classes, the same for the same seed and epoch; never one whose share
        is 0.
    """
    chance = generator(Purpose.LABELS, seed, epoch).random((len(soft_labels), 1))
    reached = np.cumsum(soft_labels, axis=1, dtype=np.float64)
    # In single precision the shares' sum may fall short of 1, or exceed it.
    return np.asarray((reached <= chance * reached[:, -1:]).sum(axis=1))


def soft_labels_of(dataset: Dataset, kind: str) -> np.ndarray | None:
    """What the network is trained towards instead of the labels, if anything.

    Args:
        dataset: with a training split.
        kind: the recipe's `labels`: ``hard``, ``soft`` or ``drawn``.

    Returns:
        (N, K) float32, rows sum to 1, for the training split; None where `kind` is ``hard``.

    Raises:
        ZooError: soft labels are asked for and the data set has none.
    """
    if kind == "hard":
        return None
    soft_labels = dataset.split("train").soft_labels
    if soft_labels is None:
        raise ZooError(
            f"labels = {kind!r}: data set {dataset.name!r} has no annotators' votes: add it with "
            "them (zoo data add --votes FILE or --ferplus FILE), or --set labels=hard"
        )
    return soft_labels


def balanced_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """(K,) float32: N / (K·count), so that each class that occurs weighs the same in the loss."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)


def oversampled(labels: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Positions of faces, repeated until each class has as many as the most frequent one.

    Args:
        labels: (N,) positions in the classes.
        chance: chooses the faces that are repeated once more than others of their class.

    Returns:
        All positions, each at least once, class by class; none of a class without faces.
    """
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    most = max(map(len, members))
    return np.concatenate(
        [
            np.append(np.tile(of, most // len(of)), chance.permutation(of)[: most % len(of)])
            for of in members
        ]
    )


def stratified_subset(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Positions of `count` faces, sorted, with the classes' shares kept to within one face.

    Args:
        labels: (N,) positions in the classes.
        count: how many; N or more takes all.
        seed: the same seed chooses the same faces.

    Raises:
        ZooError: `count` is below 1.
    """
    if count < 1:
        raise ZooError(f"--limit {count}: expected at least 1 face")
    if count >= len(labels):
        return np.arange(len(labels))
    chance = generator(Purpose.LIMIT, seed)
    shuffled = chance.permutation(len(labels))
    # Sorted stably by class, the shuffled faces are evenly spaced picks from one long row: each
    # class occupies a stretch of it, and gets its share of picks, rounded up or down.
    row = shuffled[np.argsort(labels[shuffled], kind="stable")]
    picks = (np.arange(count) * len(labels) + len(labels) // 2) // count
    return np.sort(row[picks])
