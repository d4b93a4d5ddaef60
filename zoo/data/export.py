"""Writing a data set so that other programs, and the zoo itself, can read it: nothing is lost.

As folders: ``<split>/<class>/<id>.png`` and, beside them, ``faces.csv`` with a row per face: path,
label, split, and what `zoo.data.export_columns` tells. The folder added again gives the same
faces, labels and splits; ``faces.csv`` gives ids, soft labels, columns and order, too. As csv:
what a fer2013.csv is, for grey faces of 48×48 pixels; classes other than FER2013's go by name.
"""

from __future__ import annotations

import csv
import os
import re
import secrets
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from zoo.data.dataset import UNLABELLED
from zoo.data.emotions import FER2013_CLASSES, canonical
from zoo.data.export_columns import Told, what_to_tell
from zoo.data.images import SUFFIXES
from zoo.data.pixels import SIDE
from zoo.data.readers.fer2013_columns import COLUMNS, USAGE_OF_SPLIT
from zoo.data.readers.pixel_labels import is_number
from zoo.errors import ZooError
from zoo.files import new_folder, refuse_existing, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoo.data.dataset import Dataset, Split
    from zoo.data.source import Progress

FORMATS = ("folders", "csv")

TABLE = "faces.csv"
MARKER = ".zoo-export"
"""An empty file in an exported folder: what lacks it is never replaced."""

_FACES_AT_ONCE = 512
_LONGEST_NAME = 80


def export_folders(
    dataset: Dataset, folder: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> list[str]:
    """Write `folder` anew, as PNG files in folders of splits and classes.

    Args:
        dataset: what to write.
        folder: must not exist, or be empty, or with `overwrite` an export.
        overwrite: whether an export that stands there is replaced.
        progress: called with the faces that are written and their number.

    Returns:
        What to know to get the same data set back.

    Raises:
        ZooError: the folder is taken, the disk is full, or a class cannot be called as a folder.
    """
    for name in dataset.classes:
        _check_class(name)
    total = sum(map(len, dataset.splits.values()))
    done = 0
    with (
        _fresh(folder, overwrite=overwrite) as root,
        (root / TABLE).open("w", encoding="utf-8", newline="") as file,
    ):
        (root / MARKER).touch()
        paths = {split.name: _paths(split, dataset.classes) for split in dataset.splits.values()}
        told = what_to_tell(dataset, chain.from_iterable(paths.values()))
        table = csv.writer(file)
        table.writerow(told.header(("path", "label", "split")))
        for split in dataset.splits.values():
            for rows in _write_split(split, told, root, paths[split.name]):
                table.writerows(rows)
                done += len(rows)
                if progress:
                    progress(done, total)
    return _ways_back(dataset, told, folder)


def export_csv(
    dataset: Dataset, path: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> list[str]:
    """Write `path` as a csv with emotion, pixels and Usage, and what else is told of the faces.

    Faces without labels, where there are no others, make one with pixels alone. For arguments
    and what is returned see `export_folders`.

    Raises:
        ZooError: the csv exists, the disk is full, or such a csv cannot hold the faces.
    """
    refuse_existing(path, overwrite=overwrite)
    total = sum(map(len, dataset.splits.values()))
    told = what_to_tell(dataset, (f"line {line}" for line in range(2, total + 2)))
    _check_csv(dataset, told)
    labels = _csv_labels(dataset.classes)
    texts = [str(value) for value in range(256)]
    done = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        header = told.header(COLUMNS if labels else ["pixels"])
        file.write(",".join(header) + "\n")
        for split in dataset.splits.values():
            for index, face in enumerate(split.faces):
                pixels = " ".join([texts[value] for value in face.tobytes()])
                fields = [pixels]
                if labels:
                    fields = [labels[split.labels[index]], pixels, USAGE_OF_SPLIT[split.name]]
                file.write(",".join([*fields, *told.of(split, index)]) + "\n")
                done += 1
                if progress and (done % _FACES_AT_ONCE == 0 or done == total):
                    progress(done, total)
    return _ways_back(dataset, told, path)


def _write_split(
    split: Split, told: Told, root: Path, paths: Sequence[str]
) -> Iterator[list[list[str]]]:
    """Write a split's faces; gives the rows of some each time."""
    told_split = split.name if split.labelled else "test"  # what has no label is known by that
    for folder in {root / os.path.dirname(path) for path in paths}:
        folder.mkdir(parents=True)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(split), _FACES_AT_ONCE):
            chosen = range(start, min(start + _FACES_AT_ONCE, len(split)))
            faces = np.asarray(split.faces[chosen.start : chosen.stop])
            list(pool.map(_write_png, faces, [root / paths[index] for index in chosen]))
            labels = [told.classes[split.labels[i]] if split.labelled else "" for i in chosen]
            yield [
                [paths[index], label, told_split, *told.of(split, index)]
                for index, label in zip(chosen, labels, strict=True)
            ]


def _write_png(face: np.ndarray, path: Path) -> None:
    grey = face.shape[-1] == 1
    Image.fromarray(face[..., 0] if grey else face).save(path, "PNG", compress_level=3)


def _paths(split: Split, classes: Sequence[str]) -> list[str]:
    """Where each face goes, relative to the folder; no two differ by the case of letters alone."""
    paths: list[str] = []
    taken: set[str] = set()
    often: Counter[str] = Counter()
    for index, where in enumerate(split.ids):
        folder = split.name
        if split.labelled:
            folder += f"/{classes[split.labels[index]]}"
        stem = f"{folder}/{_stem(str(where))}"
        path = f"{stem}.png"
        while path.casefold() in taken:
            # From where the last face of that name stopped: thousands may be called alike.
            often[stem.casefold()] += 1
            path = f"{stem}-{often[stem.casefold()] + 1}.png"
        taken.add(path.casefold())
        paths.append(path)
    return paths


def _stem(where: str) -> str:
    """An id as the name of a file: ``train/happy/3.jpg`` is ``3``, ``line 12`` ``line-12``."""
    name = PurePosixPath(where).name
    suffix = PurePosixPath(name).suffix
    if suffix.casefold() in SUFFIXES:
        name = name.removesuffix(suffix)
    return re.sub(r"[^\w.-]+", "-", name)[:_LONGEST_NAME].strip(".-") or "face"


def _check_class(name: str) -> None:
    safe = not re.search(r'[/\\:*?"<>|\0-\x1f]', name) and not name.startswith(".")
    if not (safe and name == canonical(name) and 0 < len(name.encode()) <= 200):
        raise ZooError(f"class {name!r} cannot be the name of a folder: --format csv may hold it")


def _csv_labels(classes: Sequence[str]) -> list[str]:
    """What stands for each class in a csv: FER2013's numbers, or names."""
    return [str(n) for n in range(len(classes))] if classes == FER2013_CLASSES else [*classes]


def _check_csv(dataset: Dataset, told: Told) -> None:
    """Refuse what a csv like fer2013.csv cannot hold."""
    fault = ""
    if dataset.face_shape != (SIDE, SIDE, 1):
        height, width, channels = dataset.face_shape
        colour = "grey" if channels == 1 else "RGB"
        fault = (
            f"{colour} faces of {height}×{width}, a csv like fer2013.csv holds grey ones of"
            f" {SIDE}×{SIDE}"
        )
    elif UNLABELLED in dataset.splits and (dataset.classes or told.columns):
        what = "beside others" if dataset.classes else "with columns"
        fault = f"faces without labels {what}, a csv like fer2013.csv cannot"
    elif what := next((what for what, text in _texts(dataset, told) if not _fits(text)), ""):
        fault = f"commas, quotes or line ends in {what}, a csv like fer2013.csv cannot"
    elif any(map(is_number, dataset.classes)):
        fault = "numbers for classes, which a csv like fer2013.csv has of FER2013's"
    if fault:
        raise ZooError(f"{dataset.name} has {fault}: pass --format folders")


def _texts(dataset: Dataset, told: Told) -> Iterator[tuple[str, str]]:
    """All texts that go into a csv, but those of numbers, and what each belongs to."""
    for name in dataset.classes:
        yield f"the name of class {name!r}", name
    for split in dataset.splits.values():
        yield from (("the ids of faces", str(where)) for where in split.ids if told.ids)
        for name in told.columns:
            yield f"column {name!r}", name
            if split.columns[name].dtype.kind == "U":
                of = np.unique(split.columns[name]).tolist()
                yield from ((f"column {name!r}", text) for text in of)


def _fits(text: str) -> bool:
    """Whether a csv whose readers know of no quotes holds a text."""
    return not re.search(r'[,"\r\n]', text)


def _ways_back(dataset: Dataset, told: Told, path: Path) -> list[str]:
    size, _, channels = dataset.face_shape
    options = (f" --size {size}" if size != SIDE else "") + " --colour rgb" * (channels == 3)
    again = f"zoo data add NAME {path}{options}"
    lines = [f"{again} gives the same faces, labels and splits"]
    if path.suffix == ".csv":
        return lines
    if dataset.classes and "validation" not in dataset.splits:
        lines = [f"{again} gives the same faces and labels, and draws a validation split"]
    beside = {
        "ids": told.ids,
        "soft labels": told.soft_labels,
        "columns": bool(told.columns),
        "faces without labels": UNLABELLED in dataset.splits,
    }
    if more := [name for name, there in beside.items() if there]:
        table = f"zoo data add NAME {path / TABLE}{options}"
        lines.append(f"{table} gives the {_listed(more)}, too")
    return lines[1:] if UNLABELLED in dataset.splits else lines


def _listed(words: Sequence[str]) -> str:
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


@contextmanager
def _fresh(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary folder to fill; on success it is `folder`, in whose place nothing else stood."""
    folder = folder.absolute()  # "." has no name to stand beside
    _restore(folder)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        if folder.exists():
            folder.rmdir()
        with new_folder(folder) as root:
            yield root
        return
    refuse_existing(folder, overwrite=overwrite)
    if not (folder / MARKER).is_file():
        raise ZooError(
            f"{folder}: not made by zoo data export, and nothing else is replaced: name another"
        )
    fresh = folder.with_name(f".{secrets.token_hex(4)}.tmp.{folder.name}")
    with new_folder(fresh) as root:
        yield root
    os.rename(folder, _earlier(folder))
    os.rename(fresh, folder)
    shutil.rmtree(_earlier(folder), ignore_errors=True)


def _restore(folder: Path) -> None:
    """Put an earlier export back under its name, if a kill came while it was being replaced."""
    if folder.exists():
        shutil.rmtree(_earlier(folder), ignore_errors=True)
    elif _earlier(folder).exists():
        os.rename(_earlier(folder), folder)


def _earlier(folder: Path) -> Path:
    """Where an export stands for the moment in which another takes its name."""
    return folder.with_name(f".{folder.name}{MARKER}-replaced")
