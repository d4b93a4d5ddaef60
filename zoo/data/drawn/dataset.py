"""Drawn faces as a data set like any other, kept on disk so that it is drawn once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.columns import measured
from zoo.data.dataset import SPLITS, Dataset, Split
from zoo.data.drawn.faces import draw_faces
from zoo.data.emotions import FER2013_CLASSES
from zoo.errors import ZooError
from zoo.files import new_folder, write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "drawn"

VERSION = 1
"""Of the pictures: to be raised by every change that moves a pixel or a mask."""

_PARTS = ("faces", "labels", "masks")
_SPLIT_STREAM = 2


def drawn_dataset(
    train: int = 7000, validation: int = 1400, test: int = 1400, seed: int = 0
) -> Dataset:
    """The built-in data set, drawn at the first call and read from disk afterwards.

    Its fingerprint is of the pixels and labels themselves, so that it holds whatever the
    versions of the libraries that drew them.

    Args:
        train: number of training faces; a split of 0 faces is left out.
        validation: number of validation faces.
        test: number of test faces.
        seed: not negative. The splits' faces come from seeds derived from it and do not depend
            on the other splits' sizes.

    Raises:
        ZooError: no faces at all, an argument out of its range, or a damaged or unwritable
            cache.
    """
    counts = dict(zip(SPLITS, (train, validation, test), strict=True))
    if min(counts.values()) < 0 or not any(counts.values()):
        raise ZooError(f"drawn faces: {counts}: expected counts of 0 or more, not all 0")
    facts = {"reader": NAME, "version": VERSION, "seed": seed, "counts": counts}
    folder = _cached(facts)
    splits = {}
    for name in (name for name in SPLITS if counts[name]):
        faces, labels = (_load(folder, name, part, counts[name]) for part in ("faces", "labels"))
        ids = np.array([f"{NAME}:{name}:{index}" for index in range(counts[name])])
        splits[name] = Split(name, faces, np.array(labels), ids, columns=measured(faces))
    return Dataset(NAME, FER2013_CLASSES, splits, _fingerprint(folder), facts)


def is_drawn(dataset: Dataset) -> bool:
    """Whether the data set is from `drawn_dataset`."""
    return dataset.facts.get("reader") == NAME


def drawn_masks(dataset: Dataset, split: str) -> np.ndarray:
    """The pixels that carry the emotion of each face of a split, to hold explanations against.

    Args:
        dataset: from `drawn_dataset`.
        split: the split's name.

    Returns:
        (N, H, W) bool, read-only, in the order of the split's faces: see `DrawnFaces.masks`.

    Raises:
        ZooError: the data set is not drawn or has no such split.
    """
    if not is_drawn(dataset):
        raise ZooError(
            f"data set {dataset.name!r} has no masks of what carries the emotion: use --data drawn"
        )
    count = len(dataset.split(split))
    return _load(_cached(dataset.facts), split, "masks", count)


def _cached(facts: Mapping[str, Any]) -> Path:
    """The folder of the data set that `facts` describe; filled if it is not there yet."""
    key = hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode()).hexdigest()
    folder = data_folder() / NAME / key[:16]
    if (folder / "facts.json").is_file():
        return folder
    try:
        with new_folder(folder) as unfinished:
            _fill(unfinished, facts)
    except ZooError:
        # Another process may have drawn the same faces meanwhile: then its folder is there.
        if not (folder / "facts.json").is_file():
            raise
    return folder


def _fill(folder: Path, facts: Mapping[str, Any]) -> None:
    """Draw every split into `folder`, and write the fingerprint of what came out."""
    digest = hashlib.sha256(json.dumps(FER2013_CLASSES).encode())
    for position, (name, count) in enumerate(facts["counts"].items()):
        if not count:
            continue
        drawn = draw_faces(count, _split_seed(facts["seed"], position))
        for part in _PARTS:
            np.save(folder / f"{name}-{part}.npy", getattr(drawn, part))
        digest.update(f"{name} {drawn.faces.shape}".encode())
        digest.update(drawn.faces.tobytes())
        digest.update(drawn.labels.astype("<i8").tobytes())
    write_json(folder / "facts.json", {**facts, "fingerprint": digest.hexdigest()})


def _split_seed(seed: int, position: int) -> int:
    """The seed of one split's faces."""
    if seed < 0:
        raise ZooError(f"drawn faces: seed {seed}: expected 0 or more")
    sequence = np.random.SeedSequence(seed, spawn_key=(_SPLIT_STREAM, position))
    return int(sequence.generate_state(1)[0])


def _load(folder: Path, split: str, part: str, count: int) -> np.ndarray:
    """One array of the cache, memory-mapped."""
    path = folder / f"{split}-{part}.npy"
    try:
        array: np.ndarray = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(path, folder) from error
    if len(array) != count:
        raise _damaged(path, folder)
    return array


def _fingerprint(folder: Path) -> str:
    """The fingerprint that was written when the faces were drawn."""
    path = folder / "facts.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(path, folder) from error


def _damaged(path: Path, folder: Path) -> ZooError:
    return ZooError(f"{path}: missing or damaged: delete {folder} and it is drawn again")
