"""The data sets on this machine, by name: the door through which everything else comes in.

<data folder>/<name>.json               a name: its fingerprint and where it came from
<data folder>/cache/<fingerprint>/      the decoded faces (`zoo.data.cache`)
<data folder>/test-log/<content>.jsonl  every reading of the test split

Imports and removals hold one lock; opening needs none. The faces of a data set are those that
were added: its source may change or go without any effect on it.
"""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from zoo.data.cache import cache_folder, open_cache, write_cache
from zoo.data.dataset import Dataset
from zoo.data.description import describe, list_table, remarks
from zoo.data.emotions import FER2013_CLASSES
from zoo.data.entries import (
    DRAWN,
    NAME,
    Entry,
    entry_path,
    find_entry,
    list_datasets,
    names,
    read_entry,
)
from zoo.data.fer2013 import Fer2013Csv
from zoo.data.folders import scan
from zoo.data.readings import log_test_reading, test_readings
from zoo.data.source import Skipped, channels, fingerprint, stamp, text
from zoo.data.votes import read_votes
from zoo.errors import ZooError, unknown
from zoo.files import write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.source import Progress, Source

__all__ = [
    "DRAWN",
    "Entry",
    "add",
    "default_dataset",
    "describe",
    "list_datasets",
    "list_table",
    "log_test_reading",
    "open_dataset",
    "remarks",
    "remove",
    "test_readings",
]

_SIZES = range(8, 1025)


def add(
    name: str,
    path: Path,
    *,
    size: int = 48,
    colour: str = "grey",
    validation_fraction: float = 0.1,
    seed: int = 0,
    skip_bad_rows: bool = False,
    votes: Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Read the csv or image folder at `path`, decode it into the cache, and give it `name`.

    Args:
        name: lower-case letters, digits, dots, dashes and underscores.
        path: a fer2013.csv, or a folder of `train|validation|test/<class>/*` or `<class>/*`.
        size: side of the faces.
        colour: ``"grey"`` or ``"rgb"``.
        validation_fraction: share of each class's training images that becomes the validation
            split of a folder without one.
        seed: of that choice.
        skip_bad_rows: count csv rows that cannot be read instead of stopping at the first.
        votes: a csv of annotators' votes, one row for each row of the csv at `path`, in its order;
            they become the soft labels (`zoo.data.votes`).
        overwrite: whether `name` may stand for another data set already.
        progress: called with what is done and the total.

    Raises:
        ZooError: the name is taken or not a name, the source or the votes are missing or cannot be
            read, the votes are of other rows, or the disk is full. Nothing is left behind then,
            and what stood there before still does.
    """
    _check_name(name)
    source = _source(Path(path), size, colour, validation_fraction, seed, skip_bad_rows, votes)
    with _lock():
        _refuse_taken(name, overwrite=overwrite)
        _clear_leftovers()
        state = stamp(source.path)
        content = source.content_hash(progress)
        key = fingerprint(source, content)
        if not _is_cached(key, name):
            write_cache(source, key, content, state, progress)
        replaced = _fingerprint_of(name)
        cached = open_cache(key, name)
        _refuse_bad_rows(source, cached)
        entry = Entry(
            name, key, text(source.path.resolve()), state, time.strftime("%Y-%m-%d %H:%M:%S"),
            list(cached.classes), dict(cached.facts), text(Path(votes).resolve()) if votes else "",
        )  # fmt: skip
        write_json(entry_path(name), asdict(entry))
        _drop_unused(replaced)
    return open_dataset(name)


def open_dataset(name: str) -> Dataset:
    """The data set called `name`; ``"drawn"`` is the built-in one.

    Raises:
        ZooError: no data set is called so, or its cache is damaged.
    """
    if name == DRAWN:
        from zoo.data.drawn import drawn_dataset

        return drawn_dataset()
    entry = find_entry(name)
    cached = open_cache(entry.fingerprint, name)
    facts = {**cached.facts, "source": entry.source, "added": entry.added}
    return Dataset(name, cached.classes, cached.splits, cached.fingerprint, facts)


def default_dataset() -> str:
    """The name of the only data set that was added.

    Raises:
        ZooError: none was added, or several were.
    """
    known = names()
    if not known:
        raise ZooError(
            "no data set has been added: zoo data add NAME PATH adds a fer2013.csv or an image"
            " folder, --data drawn takes the built-in drawn faces"
        )
    if len(known) > 1:
        raise ZooError(f"several data sets: choose one with --data: {', '.join(known)} or {DRAWN}")
    return known[0]


def remove(name: str) -> None:
    """Forget the data set called `name`, and its cache unless another name needs it.

    Its source and the log of its test readings stay.

    Raises:
        ZooError: no data set is called so, or it is the built-in one.
    """
    if name == DRAWN:
        raise ZooError(f"{DRAWN!r} is built in and cannot be removed")
    with _lock():
        if name not in names():
            raise unknown("data set", name, names())
        key = _fingerprint_of(name)
        entry_path(name).unlink()
        _drop_unused(key)


def _source(
    path: Path,
    size: int,
    colour: str,
    validation_fraction: float,
    seed: int,
    skip_bad_rows: bool,
    votes: Path | None,
) -> Source:
    if size not in _SIZES:
        raise ZooError(f"size {size}: expected {_SIZES.start} to {_SIZES.stop - 1} pixels")
    channels(colour)
    if path.is_dir():
        if votes is not None:
            raise ZooError(
                f"{path}: --votes needs a csv, whose rows the votes are of; this is a folder"
            )
        return scan(
            path, size=size, colour=colour, validation_fraction=validation_fraction, seed=seed
        )
    if path.is_file():
        read = read_votes(Path(votes), FER2013_CLASSES) if votes is not None else None
        return Fer2013Csv(path, size, colour, skip_bad_rows, read)
    if path.exists():
        raise ZooError(f"{path}: neither a file nor a folder")
    raise ZooError(f"{path}: no such file or folder")


def _check_name(name: str) -> None:
    if name == DRAWN:
        raise ZooError(f"{DRAWN!r} is the built-in data set: take another name")
    if not NAME.fullmatch(name):
        raise ZooError(
            f"{name!r} cannot name a data set: use a–z, 0–9, dots, dashes and underscores, a"
            " letter or digit first, 64 at most"
        )


def _refuse_taken(name: str, *, overwrite: bool) -> None:
    if overwrite or name not in names():
        return
    entry = read_entry(name)
    changed = ", which has changed since" if entry.source_changed else ""
    raise ZooError(
        f"data set {name!r} exists, added {entry.added} from {entry.source}{changed}: pass"
        " --overwrite to import it anew, or take another name"
    )


def _refuse_bad_rows(source: Source, cached: Dataset) -> None:
    """Refuse a csv from whose cached faces an earlier import, that was told so, left rows out.

    Raises:
        ZooError: of its first bad row; the csv is read up to there once more to know it.
    """
    strict = isinstance(source, Fer2013Csv) and not source.skip_bad_rows
    if strict and cached.facts["skipped"]:
        for _ in source.batches(Skipped()):
            pass


def _fingerprint_of(name: str) -> str | None:
    """The fingerprint under `name`; None where there is no entry, or one that cannot be read."""
    try:
        return read_entry(name).fingerprint
    except ZooError:
        return None


def _is_cached(key: str, name: str) -> bool:
    """Whether the cache has these faces, whole; what is left of a damaged one is removed."""
    try:
        open_cache(key, name)
    except ZooError:
        shutil.rmtree(cache_folder(key), ignore_errors=True)
        return False
    return True


def _drop_unused(key: str | None) -> None:
    try:
        used = {entry.fingerprint for entry in list_datasets()}
    except ZooError:  # an entry that cannot be read may be the one that needs the cache
        return
    if key and key not in used:
        shutil.rmtree(cache_folder(key), ignore_errors=True)


def _clear_leftovers() -> None:
    """Remove what killed imports left; under the lock no import is going on."""
    for folder in (data_folder() / "cache").glob(".*.tmp.*"):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _lock() -> Iterator[None]:
    """One import or removal at a time; the system frees the lock of a process that dies."""
    path = data_folder() / ".lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        lock.acquire()
    except OSError as error:
        raise ZooError(
            f"{data_folder()}: cannot be written ({error.strerror}): let $ZOO_HOME name another"
            " folder"
        ) from None
    try:
        yield
    finally:
        lock.release()
