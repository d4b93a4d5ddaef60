"""Data sets of photos that are much larger than a network's faces: cut to the faces in them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from zoo.preprocessing.cropping import LARGER, shown_to

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.predictor import Predictor

FaceShape = tuple[int, int, int]


def face_shape(predictor: Predictor) -> FaceShape:
    """(h, w, c) of the faces of a predictor's first network, in which photos are shown to it."""
    height, width, channels = predictor.members[0].network.input_shape[1:]
    return height, width, channels


def holds_photos(dataset: Dataset, shape: FaceShape) -> bool:
    """Whether faces are to be looked for in a data set's images.

    That is where they are `LARGER` times as large as the network's faces, (h, w, c), and have not
    been cut when they were imported.
    """
    larger = min(dataset.face_shape[:2]) >= LARGER * max(shape[:2])
    return larger and "crop_faces" not in dataset.facts


def faces_shown(
    dataset: Dataset, split: str, rows: np.ndarray, predictor: Predictor
) -> np.ndarray:
    """Some faces of a split, (N, H, W, 1|3) uint8, as the predictor is shown them.

    They are what is evaluated, but for photos and an ensemble whose members take faces of several
    shapes: evaluating cuts a photo for each member, here all see what was cut for the first.

    Args:
        dataset: photos in it are cut to the faces in them, in the shape of the first network's.
        split: its name.
        rows: (N,) positions in the split.
        predictor: by whose first network's faces photos are told.
    """
    faces, shape = dataset.split(split).faces[rows], face_shape(predictor)
    return cut_to_faces(faces, shape)[0] if holds_photos(dataset, shape) else np.array(faces)


def some_faces_shown(
    dataset: Dataset, split: str, count: int, seed: int, predictor: Predictor
) -> tuple[np.ndarray, np.ndarray]:
    """Faces of a split drawn by a seed, as `faces_shown` has them.

    Args:
        dataset: photos in it are cut to the faces in them.
        split: its name.
        count: how many; all where there are no more.
        seed: of the draw.
        predictor: by whose faces photos are told.

    Returns:
        The faces, (N, H, W, 1|3) uint8, and their (N,) positions in the split, in its order.
    """
    there = len(dataset.split(split))
    rows = np.random.default_rng(seed).choice(there, min(count, there), replace=False)
    rows = np.sort(rows)
    return faces_shown(dataset, split, rows, predictor), rows


def cut_to_faces(photos: np.ndarray, shape: FaceShape) -> tuple[np.ndarray, np.ndarray]:
    """Photos as a network sees them, cut by several threads.

    Args:
        photos: (N, H, W, 1|3) uint8, e.g. a memory map.
        shape: (h, w, c) of the network's faces.

    Returns:
        (N, h, w, c) uint8, and how many faces were found in each, (N,) int64; those with none are
        whole, and where there are several the largest was cut out.
    """
    faces, found = np.empty((len(photos), *shape), np.uint8), np.ones(len(photos), np.int64)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for row, shown in enumerate(pool.map(partial(shown_to, shape), photos)):
            faces[row] = shown.pixels
            found[row] = 1 if shown.found is None else shown.found
    return faces, found
