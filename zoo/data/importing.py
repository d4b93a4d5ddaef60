"""From a source to faces in the cache: decoded part by part, resumed after a kill."""

from __future__ import annotations

import csv
import os
import shutil
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

import zoo
from zoo.data.cache import SKIPPED, VERSION, cache_folder
from zoo.data.columns import FACE_ID, all_numbers, as_numbers
from zoo.data.dataset import EVERY_SPLIT
from zoo.data.decoding import StoppedImport, decode_all
from zoo.data.source import stamp
from zoo.data.unfinished import Unfinished, unfinished_folder
from zoo.errors import ZooError
from zoo.files import refusing_in_one_line, write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoo.data.source import Progress, Skipped, Source


def import_source(
    name: str,
    source: Source,
    fingerprint: str,
    content: str,
    state: dict[str, int],
    progress: Progress | None = None,
) -> None:
    """Decode `source` into its cache folder, which must not exist, whole or not at all.

    Faces go to the disk part by part; only labels, ids and columns are held in memory. What an
    import under this name of the same source, in the same state and with the same settings, had
    decoded before it was killed is taken up.

    Args:
        name: what the data set is to be called.
        source: what to decode.
        fingerprint: of `source`.
        content: the source's `content_hash`, to be among the facts.
        state: the source's `stamp` from before its fingerprint was taken.
        progress: called with what is done and the total.

    Raises:
        ZooError: the source cannot be read, has no faces, changed meanwhile, or the disk is too
            small; what was decoded is removed.
        StoppedImport: Ctrl-C, the source went away, or a process died; what was decoded is kept.
    """
    description = {
        "fingerprint": fingerprint,
        "state": state,
        "strict": source.strict,
        "zoo": [zoo.__version__, VERSION],
    }
    with (
        _kept_when_stopped(unfinished_folder(name), cache_folder(fingerprint)) as folder,
        Unfinished(folder, description, source.face_shape) as unfinished,
    ):
        _check_space(source, unfinished.cache)
        _decode(source, folder, unfinished, progress)
        _check(source, unfinished, state)
        _write(source, content, unfinished)


@contextmanager
def _kept_when_stopped(folder: Path, target: Path) -> Iterator[Path]:
    """Give `folder`; what is in its `cache` becomes `target` if the block succeeds.

    It is removed unless the block is stopped by something that may not be so next time.

    Raises:
        ZooError: the disk is full, or the place cannot be written.
    """
    with refusing_in_one_line(target, folder):
        try:
            yield folder
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(folder / "cache", target)
        except KeyboardInterrupt:
            raise StoppedImport("interrupted", exit_code=130) from None
        except (StoppedImport, MemoryError):
            raise
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    shutil.rmtree(folder, ignore_errors=True)


def _decode(
    source: Source, folder: Path, unfinished: Unfinished, progress: Progress | None
) -> None:
    with closing(decode_all(source, folder, unfinished.parts)) as decoding:
        for part, decoded in decoding:
            if decoded.skipped.every and not os.path.exists(source.path):
                raise StoppedImport(f"{source.path}: went away while it was read")
            unfinished.add(decoded)
            if progress:
                progress(part.stop, part.total)


def _check(source: Source, unfinished: Unfinished, state: dict[str, int]) -> None:
    train = unfinished.splits.get("train")
    trained = {int(label) for label in np.unique(train.labels)} if train else set()
    source.check(trained, unfinished.skipped)
    if not unfinished.splits:
        counted = ", ".join(f"{n:,} {why}" for why, n in unfinished.skipped.totals.items())
        skips = f" (skipped: {counted})" if counted else ""
        raise ZooError(f"{source.path}: no faces in it{skips}: name another file or folder")
    for split, writer in unfinished.splits.items():
        if twice := writer.id_twice():
            raise ZooError(
                f"{source.path}: two {split} faces are called {twice!r}: give each a {FACE_ID} of"
                " its own"
            )
    if stamp(source.path, *source.elsewhere) != state:
        raise ZooError(f"{source.path}: changed while it was read: add it again")


def _write(source: Source, content: str, unfinished: Unfinished) -> None:
    """Write all that is known only when everything is decoded."""
    columns = _joined_columns(unfinished)
    for split, writer in unfinished.splits.items():
        writer.finish(columns[split])
    names = list(next(iter(columns.values()), {}))
    _list_skipped(unfinished.cache / SKIPPED, unfinished.skipped)
    write_json(unfinished.cache / "meta.json", _meta(source, content, names, unfinished))


def _joined_columns(unfinished: Unfinished) -> dict[str, dict[str, np.ndarray]]:
    """Each split's columns by name; those that are numbers in every split become numbers."""
    joined = {split: writer.columns() for split, writer in unfinished.splits.items()}
    for name in next(iter(joined.values()), {}):
        values = [columns[name] for columns in joined.values()]
        if all(part.dtype.kind == "U" for part in values) and all_numbers(name, values):
            for columns in joined.values():
                columns[name] = as_numbers(columns[name])
    return joined


def _list_skipped(path: Path, skipped: Skipped) -> None:
    if skipped.every:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("reason", "where"), *skipped.every])


def _check_space(source: Source, folder: Path) -> None:
    """Refuse before decoding what will evidently not fit.

    Raises:
        ZooError: the disk has less room than the faces that are not there yet need.
    """
    there = sum(file.stat().st_size for file in folder.iterdir())
    needed = source.expected_faces * int(np.prod(source.face_shape)) - there
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ZooError(
            f"{data_folder()}: {free / 1e6:,.0f} MB free, the faces need {needed / 1e6:,.0f}:"
            " free some, or let $ZOO_HOME name a folder on another disk"
        )


def _meta(
    source: Source, content: str, columns: list[str], unfinished: Unfinished
) -> dict[str, Any]:
    height, _, channels = source.face_shape
    skipped = unfinished.skipped
    counts = {split: len(unfinished.splits[split]) for split in EVERY_SPLIT
              if split in unfinished.splits}  # fmt: skip
    facts = {
        "reader": source.reader,
        "kind": source.kind,
        "content": content,
        "size": height,
        "colour": "grey" if channels == 1 else "rgb",
        **source.facts,
        "faces": counts,
        "skipped": skipped.facts(),
        **({"dropped": skipped.dropped} if skipped.dropped else {}),
    }
    return {
        "version": VERSION,
        "classes": source.classes,
        "splits": {split: [count, *source.face_shape] for split, count in counts.items()},
        "columns": columns,
        "facts": facts,
    }
