"""FER2013's own split for its popular folder version, whose test is two splits in one.

That version has ``train/<class>/*`` and ``test/<class>/*``, the latter PublicTest and PrivateTest
together. A fer2013.csv tells which face is which: by names, where every test image is called
``PublicTest_…`` or ``PrivateTest_…``, else by equal pixels of the same class.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.hashes import face_hashes
from zoo.data.images import UnreadableImage, decode_faces
from zoo.data.pixels import SIDE
from zoo.data.readers import fer2013
from zoo.data.readers.fer2013_columns import USAGE_OF_SPLIT
from zoo.data.settings import ImportSettings
from zoo.data.source import Skipped
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.data.readers.labelled import LabelledFile

    Key = tuple[int, str]

_NAME = re.compile(r"(public|private)test", re.IGNORECASE)
_TRAIN, _TEST = 28_709, 7_178
"""Images in the folder version of the whole FER2013: 7,178 = 3,589 + 3,589."""

_IMAGES_AT_ONCE = 256


def hint(files: Sequence[LabelledFile]) -> str:
    """What to say of folders whose test is evidently two splits in one; blank otherwise."""
    counts = Counter(file.split for file in files)
    test = [file for file in files if file.split == "test"]
    told = {name for file in test if (name := _told_by_name(file))}
    if "validation" in counts or not (
        told == {"validation", "test"} or (counts["train"], counts["test"]) == (_TRAIN, _TEST)
    ):
        return ""
    return (
        " (FER2013's, whose test is PublicTest and PrivateTest together: --official-split"
        " FER2013_CSV parts them)"
    )


def restore(
    path: Path, files: Sequence[LabelledFile], classes: Sequence[str], table: Path
) -> tuple[list[LabelledFile], dict[str, Any], str]:
    """Move the images of PublicTest from test to validation.

    Args:
        path: the folder.
        files: its images, in train and test.
        classes: their classes.
        table: a fer2013.csv with all three usages.

    Returns:
        The files; how they were told apart, as facts; and the same in words.

    Raises:
        ZooError: the folder has a validation split, or its images are not those of the csv.
    """
    if any(file.split == "validation" for file in files):
        raise ZooError(f"{path}: it has a validation split already: leave out --official-split")
    rows = _read(table)
    counts = Counter(file.split for file in files)
    expected = Counter({"train": rows["train"].total(), "test": _tests(rows).total()})
    if counts != expected:
        raise ZooError(
            f"{path}: {counts['train']:,} images in train and {counts['test']:,} in test,"
            f" {table.name} has {expected['train']:,} and {expected['test']:,}: not the same faces"
        )
    test = sorted((file for file in files if file.split == "test"), key=lambda file: file.path)
    by_name = {file.path: _told_by_name(file) for file in test}
    ambiguous = 0
    if by_name and all(by_name.values()):
        by, of_path = "names", by_name
        _check_names(path, Counter(by_name.values()), rows, table)
    else:
        by = "pixels"
        of_path, ambiguous = _by_pixels(path, test, classes, rows, table)
    moved = [
        replace(file, split=of_path[file.path] or "test") if file.split == "test" else file
        for file in files
    ]
    digest = hashlib.sha256()
    for file in sorted((f for f in moved if f.split == "validation"), key=lambda file: file.path):
        digest.update(os.fsencode(file.path.relative_to(path).as_posix()) + b"\0")
    facts = {"by": by, "ambiguous": ambiguous, "validation": digest.hexdigest()}
    words = f", parted into FER2013's own splits by {by}"
    if ambiguous:
        words += f" ({ambiguous} of faces in both: the first by name are validated on)"
    return moved, {"official_split": facts}, words


def _told_by_name(file: LabelledFile) -> str | None:
    found = _NAME.match(file.path.name)
    return {"public": "validation", "private": "test"}[found[1].casefold()] if found else None


def _read(table: Path) -> dict[str, Counter[Key]]:
    """How often each face, its hash and class, stands in each split of the csv."""
    if not table.is_file() or not fer2013.recognise(table):
        raise ZooError(f"{table}: --official-split needs {fer2013.EXPECTED}")
    rows: dict[str, Counter[Key]] = {
        "train": Counter(),
        "validation": Counter(),
        "test": Counter(),
    }
    source = fer2013.open_source(table, ImportSettings())
    for part in source.parts():
        for batch in source.decode(part.content, Skipped()):
            names = [source.classes[label] for label in batch.labels]
            rows[batch.split].update(zip(face_hashes(batch.faces).tolist(), names, strict=True))
    if not (rows["validation"] and rows["test"]):
        raise ZooError(f"{table}: --official-split needs rows of PublicTest and of PrivateTest")
    return rows


def _tests(rows: dict[str, Counter[Key]]) -> Counter[Key]:
    return rows["validation"] + rows["test"]


def _check_names(
    path: Path, found: Counter[str | None], rows: dict[str, Counter[Key]], table: Path
) -> None:
    for split in ("validation", "test"):
        if found[split] != rows[split].total():
            raise ZooError(
                f"{path}: {found[split]:,} names say {USAGE_OF_SPLIT[split]},"
                f" {table.name} has {rows[split].total():,}: not the same faces"
            )


def _by_pixels(
    path: Path,
    test: list[LabelledFile],
    classes: Sequence[str],
    rows: dict[str, Counter[Key]],
    table: Path,
) -> tuple[dict[Path, str | None], int]:
    """The split of each test image, and how many have the pixels of faces in both."""
    keys = _keys(test, classes)
    strange = [file for file, key in zip(test, keys, strict=True) if key not in _tests(rows)]
    if not strange:
        often, there = Counter(keys), _tests(rows)
        strange = [f for f, key in zip(test, keys, strict=True) if often[key] != there[key]]
    if strange:
        where = strange[0].path.relative_to(path)
        raise ZooError(
            f"{path}: {len(strange):,} of its {len(test):,} test images are not those of"
            f" {table.name}, pixel for pixel, the first {where}: images that were saved as JPEG"
            " never are"
        )
    left = rows["validation"].copy()
    splits: dict[Path, str | None] = {}
    for file, key in zip(test, keys, strict=True):
        splits[file.path] = "validation" if left[key] > 0 else "test"
        left[key] -= 1
    both = rows["validation"].keys() & rows["test"].keys()
    return splits, sum(key in both for key in keys)


def _keys(files: list[LabelledFile], classes: Sequence[str]) -> list[Key]:
    keys: list[Key] = []
    for start in range(0, len(files), _IMAGES_AT_ONCE):
        group = files[start : start + _IMAGES_AT_ONCE]
        faces = decode_faces([file.path for file in group], SIDE, "grey")
        for face in faces:
            if isinstance(face, UnreadableImage):
                raise ZooError(f"{face}: --official-split needs every test image")
        hashes = face_hashes(np.stack([face for face in faces if isinstance(face, np.ndarray)]))
        names = [classes[file.label] for file in group]
        keys += zip(hashes.tolist(), names, strict=True)
    return keys
