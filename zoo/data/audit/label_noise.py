"""Labels that are probably wrong: where a classifier, or annotators, clearly say another class.

The rule is that of confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068): a
face counts as another class if its probability there is at least what faces labelled so have on
average; of several such classes the most probable one. What it flags is cut to those where that
class is more probable than the label by `MARGIN`: the classifier here is weak (50 % of FER2013),
and the bare rule would doubt two labels in five.
"""

from __future__ import annotations

import numpy as np

MARGIN = 0.5
"""Of the labels of FER2013 that it flags FER+'s votes contradict 67 %, of all labels 34 %."""

MAJORITY = 0.5
"""The share of the votes above which annotators clearly say another class than the label."""


def confident_classes(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What each face counts as by the rule of confident learning.

    Args:
        probabilities: (N, K) by a classifier that has not seen the face; rows sum to 1.
        labels: (N,) positions in the classes.

    Returns:
        (N,) int64 positions in the classes; −1 where no class is probable enough.
    """
    own = probabilities[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    sums = np.bincount(labels, own, minlength=probabilities.shape[1])
    # A class without faces has no average, and no face counts as one of it.
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    probable = np.where(probabilities >= thresholds, probabilities, -1)
    return np.where(probable.max(axis=1) >= 0, probable.argmax(axis=1), -1)


def doubted(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces whose label a classifier doubts, the most doubtful first.

    Args:
        probabilities: (N, K) by a classifier that has not seen the face.
        labels: (N,) positions in the classes.

    Returns:
        Their positions, (M,), and the classes they count as, (M,).
    """
    counts_as = confident_classes(probabilities, labels)
    rows = np.arange(len(labels))
    margins = probabilities[rows, counts_as] - probabilities[rows, labels]
    flagged = np.flatnonzero((counts_as >= 0) & (counts_as != labels) & (margins >= MARGIN))
    flagged = flagged[np.argsort(-margins[flagged], kind="stable")]
    return flagged, counts_as[flagged]


def outvoted(soft_labels: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces for which most annotators say another class, the most agreed first.

    Args:
        soft_labels: (N, K) the shares of the votes.
        labels: (N,) positions in the classes.

    Returns:
        Their positions, (M,), and the classes most annotators say, (M,).
    """
    top = soft_labels.argmax(axis=1)
    shares = soft_labels.max(axis=1)
    flagged = np.flatnonzero((top != labels) & (shares > MAJORITY))
    flagged = flagged[np.argsort(-shares[flagged], kind="stable")]
    return flagged, top[flagged]
