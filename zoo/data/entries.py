"""The entries of the library: what is known of each data set that was added."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.data.source import stamp
from zoo.errors import ZooError, unknown
from zoo.files import replacing
from zoo.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWN = "drawn"
"""The built-in data set, `zoo.data.drawn`: always there, never added or removed."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What a data set can be called."""


@dataclass(frozen=True)
class Entry:
    """What is known of a data set that was added.

    Attributes:
        name: what the user calls it.
        fingerprint: `zoo.data.dataset.Dataset.fingerprint`; names its cache.
        source: absolute path of what it was read from.
        stamp: the source's files, bytes and newest change then (`zoo.data.source.stamp`).
        added: local time, ``2026-11-20 20:45:12``.
        classes: ordered class names.
        facts: reader, size, colour, faces per split, what was skipped and why, ….
        settings: `zoo.data.settings.ImportSettings.given`.
    """

    name: str
    fingerprint: str
    source: str
    stamp: dict[str, int]
    added: str
    classes: list[str]
    facts: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def source_changed(self) -> bool:
        """Whether the source is there, but not as it was; a source that is gone does not count."""
        if not os.path.exists(self.source):
            return False
        return stamp(Path(self.source), *_watched(self.name)) != self.stamp


def list_datasets() -> list[Entry]:
    """The data sets that were added, by name.

    Raises:
        ZooError: one of the entries is damaged.
    """
    return [read_entry(name) for name in names()]


def readable_entries() -> tuple[list[Entry], list[ZooError]]:
    """The data sets whose entries can be read, by name, and the refusals of the damaged ones."""
    entries, refusals = [], []
    for name in names():
        try:
            entries.append(read_entry(name))
        except ZooError as refusal:
            refusals.append(refusal)
    return entries, refusals


def find_entry(name: str) -> Entry:
    """What is known of the added data set called `name`.

    Raises:
        ZooError: no data set is called so, or its entry is damaged.
    """
    if name not in names():
        error = unknown("data set", name, [*names(), DRAWN])
        raise ZooError(f"{error}; zoo data add {name} PATH adds it")
    return read_entry(name)


def entry_path(name: str) -> Path:
    """The file that holds the entry called `name`."""
    return data_folder() / f"{name}.json"


def watch(name: str, files: Sequence[Path]) -> None:
    """Note the files outside of its source that the data set called `name` is of."""
    path = _watched_path(name)
    if files:
        with replacing(path) as temporary:
            absolute = (os.fsencode(os.path.abspath(file)) for file in files)
            temporary.write_bytes(b"\0".join(absolute))
    else:
        path.unlink(missing_ok=True)


def unlist(name: str) -> None:
    """Remove the entry called `name`, if there is one."""
    entry_path(name).unlink(missing_ok=True)
    _watched_path(name).unlink(missing_ok=True)


def names() -> list[str]:
    """What the added data sets are called, sorted."""
    stems = (path.name.removesuffix(".json") for path in data_folder().glob("*.json"))
    return sorted(stem for stem in stems if NAME.fullmatch(stem))


def read_entry(name: str) -> Entry:
    """The entry called `name`, which must be there.

    Raises:
        ZooError: it is damaged.
    """
    path = entry_path(name)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Entry)}
        entry = Entry(**{name: value for name, value in content.items() if name in known})
        entry.facts["faces"].items(), entry.facts["size"], entry.facts["colour"]
        len(entry.classes), os.fspath(entry.source), entry.settings.items()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ZooError(
            f"{path}: damaged ({error}): zoo data remove {name}, then add it again"
        ) from None
    return entry


def _watched(name: str) -> list[Path]:
    try:
        content = _watched_path(name).read_bytes()
    except OSError:
        return []
    return [Path(os.fsdecode(file)) for file in content.split(b"\0")]


def _watched_path(name: str) -> Path:
    return data_folder() / f"{name}.watched"
