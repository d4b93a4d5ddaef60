"""Decoded faces on disk, read through memory maps.

<data folder>/cache/<fingerprint>/
    meta.json            classes, splits, columns, facts
    faces-<split>.npy    (N, H, W, C) uint8
    labels-<split>.npy   (N,) int64; (0,) in the split without labels
    ids-<split>.npy      (N,) str
    skipped.csv          reason and place of each image or row that was left out, where any was
    soft-labels-<split>.npy  (N, K) float32, where there are any
    column-<i>-<split>.npy   (N,) text, float32 or float64: the i-th of the columns in meta.json
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import EVERY_SPLIT, UNLABELLED, Dataset, Split
from zoo.data.soft_labels import SOFT_LABELS
from zoo.errors import ZooError
from zoo.home import data_folder

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 2

SKIPPED = "skipped.csv"

_COLUMN_KINDS = ("U", np.float32, np.float64)


def cache_folder(fingerprint: str) -> Path:
    """Where the faces of the data set with this fingerprint lie, or would."""
    return data_folder() / "cache" / fingerprint


def open_cache(fingerprint: str, name: str) -> Dataset:
    """The data set in the cache, under `name`; faces are read-only memory maps.

    Raises:
        ZooError: the cache is damaged: a file is missing, cut short or not what it should be.
    """
    folder = cache_folder(fingerprint)
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["version"] != VERSION:
            raise ZooError(
                f"{folder}: the cache of data set {name!r} is of version {meta['version']}, this"
                f" zoo reads {VERSION}: zoo data remove {name}, then add it again"
            )
        classes = tuple(meta["classes"])
        splits = {
            split: _open_split(folder, split, meta)
            for split in EVERY_SPLIT
            if split in meta["splits"]
        }
        return Dataset(name, classes, splits, fingerprint, meta["facts"])
    except FileNotFoundError as error:
        reason = f"{os.path.basename(error.filename)} is missing"
    except (OSError, ValueError, EOFError) as error:
        reason = str(error)
    except (KeyError, TypeError, AttributeError):
        reason = "meta.json is not as it was written"
    raise ZooError(
        f"{folder}: the cache of data set {name!r} is damaged ({reason}): zoo data remove {name},"
        " then add it again"
    )


def _open_split(folder: Path, name: str, meta: dict[str, Any]) -> Split:
    """One split, its files checked as far as that is cheap: sizes, shapes, types, label range.

    Raises:
        OSError, ValueError, EOFError: a file is missing or damaged.
        KeyError, TypeError, AttributeError: `meta` is not as it was written.
    """
    classes = len(meta["classes"])
    faces = _open(folder / f"faces-{name}.npy", tuple(meta["splits"][name]), np.uint8, mapped=True)
    shape = faces.shape[:1]
    labelled = (0,) if name == UNLABELLED else shape
    labels = _open(folder / f"labels-{name}.npy", labelled, np.int64)
    ids = _open(folder / f"ids-{name}.npy", shape, "U")
    if labels.min(initial=0) < 0 or labels.max(initial=-1) >= classes:
        raise ValueError(f"labels-{name}.npy holds labels outside 0–{classes - 1}")
    soft = bool({"votes", "ferplus", SOFT_LABELS} & meta["facts"].keys()) and name != UNLABELLED
    soft_labels = _open_soft_labels(folder, name, (*shape, classes)) if soft else None
    columns = {
        text: _open(folder / f"column-{index}-{name}.npy", shape, *_COLUMN_KINDS, mapped=True)
        for index, text in enumerate(meta["columns"])
    }
    return Split(name, faces, labels, ids, soft_labels, columns)


def _open(
    path: Path, shape: tuple[int, ...], *kinds: str | type, mapped: bool = False
) -> np.ndarray:
    """An array of one of `kinds`, ``"U"`` for text of any width; read-only where it is mapped.

    Raises:
        OSError, ValueError, EOFError: the file is missing or damaged.
    """
    array: np.ndarray = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    kind = "U" if array.dtype.kind == "U" else array.dtype
    if kind not in kinds or array.shape != shape:
        raise ValueError(f"{path.name} holds {array.dtype} {array.shape}")
    return array


def _open_soft_labels(folder: Path, name: str, shape: tuple[int, int]) -> np.ndarray:
    """One split's soft labels, a read-only memory map.

    Raises:
        OSError, ValueError, EOFError: the file is missing or damaged.
    """
    path = folder / f"soft-labels-{name}.npy"
    soft_labels = _open(path, shape, np.float32, mapped=True)
    sums = soft_labels.sum(axis=1, dtype=np.float64)
    if not (np.all(soft_labels >= 0) and np.all(np.abs(sums - 1) < 1e-4)):
        raise ValueError(f"{path.name} holds rows that do not sum to 1")
    return soft_labels
