"""Drawn faces in splits, with whatever a test plants among them."""

from collections.abc import Callable

import numpy as np
import pytest

from zoo.data.dataset import UNLABELLED, Dataset, Split
from zoo.data.drawn import draw_faces
from zoo.data.emotions import FER2013_CLASSES


@pytest.fixture(scope="session")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """600 faces, (N, 48, 48) uint8, and their labels."""
    faces = draw_faces(600, seed=11)
    faces.faces.setflags(write=False)
    return faces.faces[..., 0], np.asarray(faces.labels)


@pytest.fixture(scope="session")
def dataset_of() -> Callable[..., Dataset]:
    """``dataset_of(train=(faces, labels), …)``; soft labels may be a third of each."""

    def make(**parts) -> Dataset:
        splits = {}
        for name, (faces, labels, *soft) in parts.items():
            faces = np.asarray(faces).reshape(*np.shape(faces)[:3], -1)
            labels = np.empty(0, np.int64) if name == UNLABELLED else np.asarray(labels, np.int64)
            ids = np.array([f"{name} {row}" for row in range(len(faces))])
            splits[name] = Split(name, faces, labels, ids, *soft)
        return Dataset("made-up", FER2013_CLASSES, splits, "f" * 64)

    return make
