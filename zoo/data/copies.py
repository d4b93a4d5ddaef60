"""Which faces of a split also stand in the split that networks are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.dataset import Dataset


def also_in_train(dataset: Dataset, split: str) -> np.ndarray:
    """Whether a face of the train split has exactly the same pixels, for each face of `split`.

    Exact copies only: a face that was cropped, scaled or compressed once more is not found.

    Args:
        dataset: has a train split.
        split: the other split's name.

    Returns:
        (N,) bool, in the order of the split's faces.

    Raises:
        ZooError: the data set lacks one of the two splits.
    """
    train = dataset.split("train").faces
    # Only the smaller split's pixels are held in memory; bytes are compared, not their hashes.
    own = list(_pixels(dataset.split(split).faces))
    wanted = set(own)
    copied = {pixels for pixels in _pixels(train) if pixels in wanted}
    return np.array([pixels in copied for pixels in own], bool)


def _pixels(faces: np.ndarray) -> Iterator[bytes]:
    # A memory map's rows are memory maps, ten times as slow to make as an array's.
    return (face.tobytes() for face in np.asarray(faces))
