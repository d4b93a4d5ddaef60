"""Which faces of a split also stand in the split that networks are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset


def also_in_train(dataset: Dataset, split: str) -> np.ndarray:
    """Whether a face of the train split has exactly the same pixels, for each face of `split`.

    Exact copies only; `zoo.data.audit` also finds those that were shifted, mirrored, brightened or
    compressed once more.

    Args:
        dataset: has a train split.
        split: the other split's name.

    Returns:
        (N,) bool, in the order of the split's faces.

    Raises:
        ZooError: the data set lacks one of the two splits.
    """
    return np.isin(dataset.split(split).hashes, dataset.split("train").hashes)
