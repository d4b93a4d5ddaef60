"""Faces to validate on, fed to Keras batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.training.devices import mirrored

if TYPE_CHECKING:
    from zoo.training.devices import Spread


class ValidationBatches(keras.utils.PyDataset):
    """Faces and targets in their order, read from a memory map as they are needed.

    Keras copies the whole of an array to validate on, more than twice.

    Args:
        faces: (N, H, W, C) uint8, 0–255.
        targets: (N, K) float32.
        batch_size: of all batches but the last.
    """

    def __init__(self, faces: np.ndarray, targets: np.ndarray, batch_size: int):
        super().__init__()
        self._faces = faces
        self._targets = targets
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self._faces) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(index * self._batch_size, (index + 1) * self._batch_size)
        return np.asarray(self._faces[rows]), self._targets[rows]


def validation_of(
    faces: np.ndarray, targets: np.ndarray, largest: int, shared: Spread
) -> dict[str, Any]:
    """What `keras.Model.fit` is to be given to validate on faces (N, H, W, C).

    Args:
        faces: the faces.
        targets: (N, K) float32.
        largest: what the batch size must not exceed.
        shared: the devices, entered. Keras shares out the batches of arrays among several of
            TensorFlow's, but not those that it is given.
    """
    size = shared.batch_size(len(faces), largest)
    if mirrored():
        return {"validation_data": (faces, targets), "validation_batch_size": size}
    return {"validation_data": ValidationBatches(faces, targets, size)}
