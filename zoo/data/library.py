"""The data sets on this machine, by name: the door through which everything else comes in.

<data folder>/<name>.json               a name: its fingerprint and where it came from
<data folder>/<name>.watched            the files it is of that are not below its source
<data folder>/cache/<fingerprint>/      the decoded faces (`zoo.data.cache`)
<data folder>/unfinished/<name>/        an import that was killed (`zoo.data.unfinished`)
<data folder>/test-log/<content>.jsonl  every reading of the test split

Imports and removals hold one lock; opening needs none. The faces of a data set are those that
were added: its source may change or go without any effect on it.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from zoo.data.cache import cache_folder, open_cache
from zoo.data.dataset import Dataset
from zoo.data.entries import (
    DRAWN,
    NAME,
    Entry,
    entry_path,
    find_entry,
    list_datasets,
    names,
    read_entry,
    unlist,
    watch,
)
from zoo.data.importing import import_source
from zoo.data.progress import part
from zoo.data.readers import opened
from zoo.data.readings import log_test_reading, test_readings
from zoo.data.settings import DEFAULTS
from zoo.data.source import Skipped, fingerprint, joined_stamps, stamp, text
from zoo.data.unfinished import drop_unfinished, unfinished_names
from zoo.errors import ZooError, unknown
from zoo.files import write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Source

__all__ = [
    "DRAWN",
    "Entry",
    "add",
    "default_dataset",
    "list_datasets",
    "log_test_reading",
    "open_dataset",
    "remove",
    "test_readings",
]


def add(
    name: str,
    path: Path,
    settings: ImportSettings = DEFAULTS,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Read what is at `path`, decode it into the cache, and give it `name`.

    Args:
        name: lower-case letters, digits, dots, dashes and underscores.
        path: anything that one of `zoo.data.readers` recognises.
        settings: how it is read.
        overwrite: whether `name` may stand for another data set already.
        progress: called with what is done and the total.

    Raises:
        ZooError: the name is taken or not a name, the source or what is joined to it is missing or
            cannot be read, or the disk is full. Nothing is left behind then, and what stood there
            before still does.
        StoppedImport: Ctrl-C, or the source went away. What was decoded is kept, as after a kill,
            and the same call goes on from there.
    """
    _check_name(name)
    with _lock():
        _refuse_taken(name, overwrite=overwrite)
        _clear_leftovers()
        before = stamp(Path(path))
        with opened(Path(path), settings, _cache_root(), progress) as source:
            state = joined_stamps(before, stamp(*source.elsewhere))
            content = source.content_hash(part(progress, 1, 2))
            key = fingerprint(source, content)
            if not _is_cached(key, name):
                import_source(name, source, key, content, state, part(progress, 2, 2))
            drop_unfinished(name)
            replaced = _fingerprint_of(name)
            cached = open_cache(key, name)
            _refuse_bad_rows(source, cached)
        entry = Entry(
            name, key, text(source.path.resolve()), state, time.strftime("%Y-%m-%d %H:%M:%S"),
            list(cached.classes), {**cached.facts, "kind": source.kind}, settings.given,
        )  # fmt: skip
        watch(name, source.elsewhere)
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
    kind = entry.facts.get("kind", cached.facts.get("kind"))  # the same faces elsewhere differ
    facts = {**cached.facts, "kind": kind, "source": entry.source, "added": entry.added}
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
    """Forget the data set called `name`, or what a killed import left of it.

    Its cache goes, too, unless another name needs it.

    Its source and the log of its test readings stay.

    Raises:
        ZooError: no data set is called so, or it is the built-in one.
    """
    if name == DRAWN:
        raise ZooError(f"{DRAWN!r} is built in and cannot be removed")
    with _lock():
        if name not in {*names(), *unfinished_names()}:
            raise unknown("data set", name, names())
        drop_unfinished(name)
        key = _fingerprint_of(name)
        unlist(name)
        _drop_unused(key)


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
    """Refuse a source from whose cached faces an earlier import, as told, left rows out.

    Raises:
        ZooError: of its first bad row; the source is read up to there once more to know it.
    """
    if source.strict and cached.facts["skipped"]:
        for part in source.parts():
            deque(source.decoder.decode(part.content, Skipped()), maxlen=0)


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


def _cache_root() -> Path:
    return data_folder() / "cache"


def _clear_leftovers() -> None:
    """Remove what killed imports left; under the lock no import is going on."""
    for folder in _cache_root().glob(".*.tmp.*"):
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
