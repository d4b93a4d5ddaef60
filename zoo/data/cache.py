"""Decoded faces on disk, read through memory maps.

<data folder>/cache/<fingerprint>/
    meta.json            classes, splits, columns, facts
    faces-<split>.npy    (N, H, W, C) uint8
    labels-<split>.npy   (N,) int64; (0,) in the split without labels
    ids-<split>.npy      (N,) str
    skipped.csv          reason and place of each image or row that was left out, where any was
    soft-labels-<split>.npy  (N, K) float32, where there are votes
    column-<i>-<split>.npy   (N,) text, float32 or float64: the i-th of the columns in meta.json
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.columns import all_numbers, as_numbers, column, measured
from zoo.data.dataset import EVERY_SPLIT, UNLABELLED, Dataset, Split
from zoo.data.source import Skipped, stamp
from zoo.errors import ZooError
from zoo.files import new_folder, write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.source import Batch, Progress, Source

VERSION = 2

SKIPPED = "skipped.csv"

_COLUMN_KINDS = ("U", np.float32, np.float64)


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

    Faces go to the disk batch by batch; only labels, ids and columns are held in memory.

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
        splits, columns = _write_splits(source, temporary, skipped, progress)
        if not splits:
            counted = ", ".join(f"{count:,} {why}" for why, count in skipped.totals.items())
            skips = f" (skipped: {counted})" if counted else ""
            raise ZooError(f"{source.path}: no faces in it{skips}: name another file or folder")
        if stamp(source.path) != state:
            raise ZooError(f"{source.path}: changed while it was read: add it again")
        _list_skipped(temporary / SKIPPED, skipped)
        write_json(temporary / "meta.json", _meta(source, content, splits, columns, skipped))


def _list_skipped(path: Path, skipped: Skipped) -> None:
    if skipped.every:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("reason", "where"), *skipped.every])


def _write_splits(
    source: Source, folder: Path, skipped: Skipped, progress: Progress | None
) -> tuple[dict[str, int], list[str]]:
    """Decode `source` into `folder`; gives the faces per split and the columns' names."""
    splits: dict[str, _SplitWriter] = {}
    with ExitStack() as files:
        for batch in source.batches(skipped, progress):
            if batch.split not in splits:
                splits[batch.split] = _SplitWriter(folder, batch.split, source.face_shape)
                files.callback(splits[batch.split].close)
            splits[batch.split].append(batch)
        columns = _joined_columns(splits)
        for split, writer in splits.items():
            writer.finish(columns[split])
    names = list(next(iter(columns.values()), {}))
    return {split: len(splits[split]) for split in EVERY_SPLIT if split in splits}, names


def _joined_columns(splits: dict[str, _SplitWriter]) -> dict[str, dict[str, np.ndarray]]:
    """Each split's columns by name; those that are numbers in every split become numbers."""
    joined = {split: writer.columns() for split, writer in splits.items()}
    for name in next(iter(joined.values()), {}):
        values = [columns[name] for columns in joined.values()]
        if all(part.dtype.kind == "U" for part in values) and all_numbers(name, values):
            for columns in joined.values():
                columns[name] = as_numbers(columns[name])
    return joined


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


class _SplitWriter:
    """Appends one split's faces to a .npy file whose length is known only at the end."""

    def __init__(self, folder: Path, split: str, face_shape: tuple[int, int, int]):
        self._folder = folder
        self._split = split
        self._face_shape = face_shape
        self._labels: list[int] = []
        self._ids: list[str] = []
        self._soft_labels: list[np.ndarray] = []
        self._columns: dict[str, list[np.ndarray]] = {}
        self._file = (folder / f"faces-{split}.npy").open("wb")
        self._write_header()

    def __len__(self) -> int:
        return len(self._ids)

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
        columns = {**batch.columns, **measured(batch.faces)}
        if self._columns and self._columns.keys() != columns.keys():
            raise ValueError(f"columns {list(columns)} after {list(self._columns)}")
        for name, values in columns.items():
            self._columns.setdefault(name, []).append(column(values, len(batch.faces)))

    def columns(self) -> dict[str, np.ndarray]:
        """What was appended, by name."""
        return {name: np.concatenate(parts) for name, parts in self._columns.items()}

    def finish(self, columns: dict[str, np.ndarray]) -> None:
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
        for index, values in enumerate(columns.values()):
            np.save(self._folder / f"column-{index}-{self._split}.npy", values)

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
    source: Source,
    content: str,
    splits: dict[str, int],
    columns: list[str],
    skipped: Skipped,
) -> dict[str, Any]:
    height, _, channels = source.face_shape
    facts = {
        "reader": source.reader,
        "kind": source.kind,
        "content": content,
        "size": height,
        "colour": "grey" if channels == 1 else "rgb",
        **source.facts,
        "faces": splits,
        "skipped": skipped.facts(),
        **({"dropped": skipped.dropped} if skipped.dropped else {}),
    }
    return {
        "version": VERSION,
        "classes": source.classes,
        "splits": {split: [count, *source.face_shape] for split, count in splits.items()},
        "columns": columns,
        "facts": facts,
    }


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
    soft = bool({"votes", "ferplus"} & meta["facts"].keys()) and name != UNLABELLED
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
