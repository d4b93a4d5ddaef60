"""An import under way: what is decoded already, so that one that was killed goes on from there.

<data folder>/unfinished/<name>/
    import.json              what is imported, and how; other than that it starts anew
    cache/                   becomes the data set's folder in the cache
        faces-<split>.npy    grows part by part
    parts/<i>.npz            what is kept of a part beside its faces, with their checksums

A part is finished when its file is there, and counts on going on if that and its faces are as
they were written.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.images import CANNOT_BE_READ
from zoo.data.source import Skipped
from zoo.data.split_writer import Kept, SplitWriter
from zoo.files import DAMAGED, open_npz, write_json
from zoo.home import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from zoo.data.decoding import Decoded

_DESCRIPTION = "import.json"


def unfinished_folder(name: str) -> Path:
    """Where an import under `name` keeps what it has decoded."""
    return data_folder() / "unfinished" / name


def drop_unfinished(name: str) -> None:
    """Remove what an import under `name` has left, if any."""
    shutil.rmtree(unfinished_folder(name), ignore_errors=True)


def unfinished_names() -> list[str]:
    """The names under which imports were killed, sorted."""
    return sorted(path.parent.name for path in unfinished_folder("").glob(f"*/{_DESCRIPTION}"))


class Unfinished:
    """What an import has decoded, on the disk and in memory; to be closed.

    Args:
        folder: `unfinished_folder`, there or not.
        description: what is imported, and how, JSON; where the folder was made for another one it
            is emptied.
        face_shape: (H, W, C).

    Attributes:
        cache: the folder that becomes the data set's.
        parts: how many parts of the source it holds.
        skipped: what was left out of them.
        splits: their faces and what is kept beside them, by split.
    """

    def __init__(self, folder: Path, description: Any, face_shape: tuple[int, int, int]):
        self.cache = folder / "cache"
        self.parts = 0
        self.skipped = Skipped()
        self.splits: dict[str, SplitWriter] = {}
        self._folder = folder
        self._face_shape = face_shape
        self._recording = True
        if folder.exists() and _read_description(folder) != description:
            shutil.rmtree(folder)  # or nothing: other parts must not be left
        self.cache.mkdir(parents=True, exist_ok=True)
        (folder / "parts").mkdir(exist_ok=True)
        write_json(folder / _DESCRIPTION, description)
        self._take_up()

    def __enter__(self) -> Unfinished:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self.splits.values():
            writer.close()

    def add(self, decoded: Decoded) -> None:
        """Keep what the next part became, on the disk before this returns."""
        batches = [(batch.faces, Kept.of(batch)) for batch in decoded.batches]
        for faces, kept in batches:
            self._writer(kept.split).append(faces, kept)
        # What cannot be read may be back next time, and then belongs to the faces.
        self._recording &= CANNOT_BE_READ not in decoded.skipped.counts
        if self._recording:
            _record(self._part_file(self.parts), [kept for _, kept in batches], decoded.skipped)
        self.skipped.add_all(decoded.skipped)
        self.parts += 1

    def _take_up(self) -> None:
        """Find the parts that are as they were written, and cut off whatever follows them."""
        for kept, skipped in self._recorded():
            if not all(self._writer(of.split).holds(of) for of in kept):
                break
            for of in kept:
                self._writer(of.split).take_up(of)
            self.skipped.add_all(skipped)
            self.parts += 1
        for writer in self.splits.values():
            writer.cut()
        for file in (self._folder / "parts").iterdir():
            if file.stem >= _name(self.parts):
                file.unlink()

    def _recorded(self) -> Iterator[tuple[list[Kept], Skipped]]:
        while True:
            try:
                yield _read(self._part_file(self.parts))
            except DAMAGED:
                return

    def _part_file(self, number: int) -> Path:
        return self._folder / "parts" / f"{_name(number)}.npz"

    def _writer(self, split: str) -> SplitWriter:
        if split not in self.splits:
            self.splits[split] = SplitWriter(self.cache, split, self._face_shape)
        return self.splits[split]


def _name(number: int) -> str:
    return f"{number:08d}"


def _read_description(folder: Path) -> Any:
    try:
        return json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _record(path: Path, kept: list[Kept], skipped: Skipped) -> None:
    """Write what is kept of a part. It is checked when it is read, so no disk is waited for."""
    about = {
        "batches": [of.about for of in kept],
        "skipped": skipped.every,
        "dropped": [
            (reason, split, label, count)
            for reason, splits in skipped.dropped.items()
            for split, labels in splits.items()
            for label, count in labels.items()
        ],
    }
    arrays: dict[str, Any] = {
        f"{place} {what}": of for place, k in enumerate(kept) for what, of in k.arrays()
    }
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)
    os.replace(temporary, path)


def _read(path: Path) -> tuple[list[Kept], Skipped]:
    """What `_record` wrote.

    Raises:
        one of `DAMAGED`: it is not there, or not as it was written.
    """
    with open_npz(path) as file:
        about = json.loads(file["about"].item())
        kept = [
            Kept.read(of, {name.partition(" ")[2]: file[name] for name in file
                           if name.startswith(f"{place} ")})
            for place, of in enumerate(about["batches"])
        ]  # fmt: skip
    skipped = Skipped()
    for reason, where in about["skipped"]:
        skipped.add(reason, where)
    for reason, split, label, count in about["dropped"]:
        skipped.drop(reason, split, label, count)
    return kept, skipped
