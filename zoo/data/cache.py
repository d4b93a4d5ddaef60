"""Decoded faces on disk, read through memory maps.

<data folder>/cache/<fingerprint>/
    meta.json            classes, splits, facts
    faces-<split>.npy    (N, H, W, C) uint8
    labels-<split>.npy   (N,) int64
    ids-<split>.npy      (N,) str
    soft-labels-<split>.npy  (N, K) float32, where there are votes
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import SPLITS, Dataset, Split
from zoo.data.source import Skipped, stamp
from zoo.errors import ZooError
from zoo.files import new_folder, write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.source import Batch, Progress, Source

VERSION = 1


def cache_folder(fingerprint: str) -> Path:
    """Where the faces of the data set with this fingerprint lie, or would."""
    return data_folder() / "cache" / fingerprint


def write_cache(
    source: Source,
    fingerprint: str,
    content: str,
    state: dict[str, int],
    progress: Progress | None = None,
) -> None:
    """Decode `source` into its cache folder, which must not exist, whole or not at all.

    Faces go to the disk batch by batch; only labels and ids are held in memory.

    Args:
        source: what to decode.
        fingerprint: of `source`.
        content: the source's `content_hash`, to be among the facts.
        state: the source's `stamp` from before its fingerprint was taken.
        progress: called with what is done and the total.

    Raises:
        ZooError: the source cannot be read, has no faces, changed meanwhile, or the disk is too
            small.
    """
    with new_folder(cache_folder(fingerprint)) as temporary:
        _check_space(source, temporary)
        skipped = Skipped()
        splits = _write_splits(source, temporary, skipped, progress)
        if not splits:
            counted = ", ".join(f"{count:,} {why}" for why, count in skipped.counts.items())
            skips = f" (skipped: {counted})" if counted else ""
            raise ZooError(f"{source.path}: no faces in it{skips}: name another file or folder")
        if stamp(source.path) != state:
            raise ZooError(f"{source.path}: changed while it was read: add it again")
        write_json(temporary / "meta.json", _meta(source, content, splits, skipped))


def _write_splits(
    source: Source, folder: Path, skipped: Skipped, progress: Progress | None
) -> dict[str, int]:
    """Decode `source` into `folder`; gives the faces per split."""
    splits: dict[str, _SplitWriter] = {}
    with ExitStack() as files:
        for batch in source.batches(skipped, progress):
            if batch.split not in splits:
                splits[batch.split] = _SplitWriter(folder, batch.split, source.face_shape)
                files.callback(splits[batch.split].close)
            splits[batch.split].append(batch)
        for writer in splits.values():
            writer.finish()
    return {split: len(splits[split]) for split in SPLITS if split in splits}


def open_cache(fingerprint: str, name: str) -> Dataset:
    """The data set in the cache, under `name`; faces are read-only memory maps.

    Raises:
        ZooError: the cache is damaged: a file is missing, cut short or not what it should be.
    """
    folder = cache_folder(fingerprint)
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["version"] != VERSION:
            raise ValueError(f"made by version {meta['version']}, this one reads {VERSION}")
        classes = tuple(meta["classes"])
        splits = {
            split: _open_split(
                folder, split, meta["splits"][split], len(classes), soft="votes" in meta["facts"]
            )
            for split in SPLITS
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


class _SplitWriter:
    """Appends one split's faces to a .npy file whose length is known only at the end."""

    def __init__(self, folder: Path, split: str, face_shape: tuple[int, int, int]):
        self._folder = folder
        self._split = split
        self._face_shape = face_shape
        self._labels: list[int] = []
        self._ids: list[str] = []
        self._soft_labels: list[np.ndarray] = []
        self._file = (folder / f"faces-{split}.npy").open("wb")
        self._write_header()

    def __len__(self) -> int:
        return len(self._labels)

    def _write_header(self) -> None:
        # numpy pads headers so that the first axis can grow in place (NumPy format, version 1.0).
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(self), *self._face_shape)}
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, batch: Batch) -> None:
        self._file.write(np.ascontiguousarray(batch.faces).data)
        self._labels += batch.labels
        self._ids += batch.ids
        if batch.soft_labels is not None:
            self._soft_labels.append(batch.soft_labels)

    def finish(self) -> None:
        """Write what is known only now, and wait until the disk has the faces."""
        self._file.seek(0)
        self._write_header()
        self._file.flush()
        os.fsync(self._file.fileno())
        np.save(self._folder / f"labels-{self._split}.npy", np.array(self._labels, np.int64))
        np.save(self._folder / f"ids-{self._split}.npy", np.array(self._ids, np.str_))
        if self._soft_labels:
            soft_labels = np.concatenate(self._soft_labels)
            np.save(self._folder / f"soft-labels-{self._split}.npy", soft_labels)

    def close(self) -> None:
        self._file.close()


def _check_space(source: Source, folder: Path) -> None:
    """Refuse before decoding what will evidently not fit.

    Raises:
        ZooError: the disk has less room than the faces need.
    """
    needed = source.expected_faces * int(np.prod(source.face_shape))
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ZooError(
            f"{data_folder()}: {free / 1e6:,.0f} MB free, the faces need {needed / 1e6:,.0f}:"
            " free some, or let $ZOO_HOME name a folder on another disk"
        )


def _meta(
    source: Source, content: str, splits: dict[str, int], skipped: Skipped
) -> dict[str, Any]:
    height, _, channels = source.face_shape
    facts = {
        "reader": source.reader,
        "content": content,
        "size": height,
        "colour": "grey" if channels == 1 else "rgb",
        **source.facts,
        "faces": splits,
        "skipped": skipped.facts(),
    }
    return {
        "version": VERSION,
        "classes": source.classes,
        "splits": {split: [count, *source.face_shape] for split, count in splits.items()},
        "facts": facts,
    }


def _open_split(folder: Path, name: str, shape: list[int], classes: int, *, soft: bool) -> Split:
    """One split, its files checked as far as that is cheap: sizes, shapes, types, label range.

    Raises:
        OSError, ValueError, EOFError: a file is missing or damaged.
    """
    faces = np.load(folder / f"faces-{name}.npy", mmap_mode="r", allow_pickle=False)
    labels = np.load(folder / f"labels-{name}.npy", allow_pickle=False)
    ids = np.load(folder / f"ids-{name}.npy", allow_pickle=False)
    if faces.dtype != np.uint8 or list(faces.shape) != shape:
        raise ValueError(f"faces-{name}.npy holds {faces.dtype} {faces.shape}")
    if labels.dtype != np.int64 or labels.shape != faces.shape[:1]:
        raise ValueError(f"labels-{name}.npy holds {labels.dtype} {labels.shape}")
    if ids.dtype.kind != "U" or ids.shape != faces.shape[:1]:
        raise ValueError(f"ids-{name}.npy holds {ids.dtype} {ids.shape}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels-{name}.npy holds labels outside 0–{classes - 1}")
    soft_labels = _open_soft_labels(folder, name, (len(labels), classes)) if soft else None
    return Split(name, faces, labels, ids, soft_labels)


def _open_soft_labels(folder: Path, name: str, shape: tuple[int, int]) -> np.ndarray:
    """One split's soft labels, a read-only memory map.

    Raises:
        OSError, ValueError, EOFError: the file is missing or damaged.
    """
    path = folder / f"soft-labels-{name}.npy"
    soft_labels: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    if soft_labels.dtype != np.float32 or soft_labels.shape != shape:
        raise ValueError(f"{path.name} holds {soft_labels.dtype} {soft_labels.shape}")
    sums = soft_labels.sum(axis=1, dtype=np.float64)
    if not (np.all(soft_labels >= 0) and np.all(np.abs(sums - 1) < 1e-4)):
        raise ValueError(f"{path.name} holds rows that do not sum to 1")
    return soft_labels
