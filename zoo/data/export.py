"""Writing a data set so that other programs, and the zoo itself, can read it: nothing is lost.

As folders: ``<split>/<class>/<id>.png`` and, beside them, ``faces.csv`` with a row per face: path,
label, split, soft label, and every column that is not measured. The folder added again gives the
same faces, labels and splits; ``faces.csv`` added gives soft labels, columns and order, too. As
csv: what a fer2013.csv is, for grey faces of 48×48 pixels with FER2013's classes.
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
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from zoo.data.columns import MEASURED, unused_name
from zoo.data.dataset import UNLABELLED
from zoo.data.emotions import FER2013_CLASSES, canonical
from zoo.data.images import SUFFIXES
from zoo.data.pixels import SIDE
from zoo.data.readers.fer2013 import COLUMNS, USAGE_OF_SPLIT
from zoo.data.soft_labels import column_name
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
        table = csv.writer(file)
        table.writerow(_header(dataset, ("path", "label", "split")))
        for split in dataset.splits.values():
            for count in _write_split(split, dataset, root, table):
                done += count
                if progress:
                    progress(done, total)
    return _ways_back(dataset, folder)


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
    told = _source_columns(dataset)
    _check_csv(dataset, told)
    labelled = bool(dataset.classes)
    total = sum(map(len, dataset.splits.values()))
    texts = [str(value) for value in range(256)]
    done = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        header = _header(dataset, COLUMNS) if labelled else ["pixels"]
        file.write(",".join(header) + "\n")
        for split in dataset.splits.values():
            for index, face in enumerate(split.faces):
                pixels = " ".join([texts[value] for value in face.tobytes()])
                fields = [pixels]
                if labelled:
                    fields = [str(split.labels[index]), pixels, USAGE_OF_SPLIT[split.name]]
                    fields += _told(dataset, split, index)
                file.write(",".join(fields) + "\n")
                done += 1
                if progress and (done % _FACES_AT_ONCE == 0 or done == total):
                    progress(done, total)
    return _ways_back(dataset, path)


def _write_split(split: Split, dataset: Dataset, root: Path, table: Any) -> Iterator[int]:
    """Write a split's faces and their rows; gives how many are done each time."""
    told_split = split.name if split.labelled else "test"  # what has no label is known by that
    paths = _paths(split, dataset.classes)
    for folder in {root / os.path.dirname(path) for path in paths}:
        folder.mkdir(parents=True)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(split), _FACES_AT_ONCE):
            chosen = range(start, min(start + _FACES_AT_ONCE, len(split)))
            faces = np.asarray(split.faces[chosen.start : chosen.stop])
            list(pool.map(_write_png, faces, [root / paths[index] for index in chosen]))
            for index in chosen:
                label = dataset.classes[split.labels[index]] if split.labelled else ""
                told = _told(dataset, split, index)
                table.writerow([paths[index], label, told_split, *told])
            yield len(chosen)


def _header(dataset: Dataset, own: Sequence[str]) -> list[str]:
    """The names of a csv's own columns, of soft labels, then of those from the source."""
    header = [*own]
    if _soft_labelled(dataset):
        header += map(column_name, dataset.classes)
    for name in _source_columns(dataset):
        header.append(unused_name(name, header))
    return header


def _told(dataset: Dataset, split: Split, index: int) -> list[str]:
    """What stands under `_header` of a face, behind a csv's own columns."""
    shares: Sequence[str] = []
    if _soft_labelled(dataset):
        soft_labels = split.soft_labels
        shares = [""] * len(dataset.classes)
        if soft_labels is not None:
            shares = [_text(share) for share in soft_labels[index]]
    return [*shares, *(_text(split.columns[name][index]) for name in _source_columns(dataset))]


def _soft_labelled(dataset: Dataset) -> bool:
    return any(split.soft_labels is not None for split in dataset.splits.values())


def _source_columns(dataset: Dataset) -> list[str]:
    """The columns that came from the source."""
    split = next(iter(dataset.splits.values()))
    return [name for name in split.columns if name not in MEASURED]


def _text(value: np.generic) -> str:
    if isinstance(value, np.floating):
        return "" if np.isnan(value) else str(value)
    return str(value)


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


def _check_csv(dataset: Dataset, told: Sequence[str]) -> None:
    """Refuse what a csv like fer2013.csv cannot hold."""
    way_out = "pass --format folders"
    if dataset.face_shape != (SIDE, SIDE, 1):
        height, width, channels = dataset.face_shape
        colour = "grey" if channels == 1 else "RGB"
        raise ZooError(
            f"{dataset.name} has {colour} faces of {height}×{width}, a csv like fer2013.csv holds"
            f" grey ones of {SIDE}×{SIDE}: {way_out}"
        )
    if dataset.classes not in ((), FER2013_CLASSES):
        raise ZooError(
            f"{dataset.name} has the classes {', '.join(dataset.classes)}, a csv like fer2013.csv"
            f" FER2013's: {way_out}"
        )
    if UNLABELLED in dataset.splits and (dataset.classes or told):
        what = "beside others" if dataset.classes else "with columns"
        raise ZooError(
            f"{dataset.name} has faces without labels {what}, a csv like fer2013.csv cannot:"
            f" {way_out}"
        )
    for name in told:
        texts = [name]
        for split in dataset.splits.values():
            if split.columns[name].dtype.kind == "U":
                texts += np.unique(split.columns[name]).tolist()
        if any(re.search(r'[,"\r\n]', text) for text in texts):
            raise ZooError(
                f"{dataset.name}: column {name!r} holds commas, quotes or line ends, a csv like"
                f" fer2013.csv cannot: {way_out}"
            )


def _ways_back(dataset: Dataset, path: Path) -> list[str]:
    size, _, channels = dataset.face_shape
    options = (f" --size {size}" if size != SIDE else "") + " --colour rgb" * (channels == 3)
    again = f"zoo data add NAME {path}{options}"
    lines = [f"{again} gives the same faces, labels and splits"]
    if path.suffix == ".csv":
        return lines
    if dataset.classes and "validation" not in dataset.splits:
        lines = [f"{again} gives the same faces and labels, and draws a validation split"]
    beside = {
        "soft labels": _soft_labelled(dataset),
        "columns": bool(_source_columns(dataset)),
        "faces without labels": UNLABELLED in dataset.splits,
    }
    if more := [name for name, there in beside.items() if there]:
        table = f"zoo data add NAME {path / TABLE}{options}"
        lines.append(f"{table} gives the {' and '.join(more)}, too")
    return lines[1:] if UNLABELLED in dataset.splits else lines


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
