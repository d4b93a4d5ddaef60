"""Reading faces and labels kept as numpy arrays: an .npz file, or .npy files in a folder.

Names say what an array is: faces are called x, images, faces, data or pixels, labels y, labels or
emotions, each with a split in front or behind (``X_train``, ``y_test``, ``val_images``); the names
of the classes may be in an array ``classes``. Nothing is ever unpickled. What a header claims is
compared with the bytes that are there before any are read, and faces are read batch by batch.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import EVERY_SPLIT, SPLITS, UNLABELLED
from zoo.data.readers.archives import is_npz
from zoo.data.readers.array_faces import BYTES_AT_ONCE, as_faces, face_layout, scale_of
from zoo.data.readers.array_files import ArrayFile, array_files
from zoo.data.readers.array_labels import class_labels
from zoo.data.readers.tree import SPLIT_FOLDERS, images_below, visible
from zoo.data.source import Batch, Part
from zoo.data.stratified import hold_out
from zoo.errors import ZooError
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Skipped

EXPECTED = "an .npz file, or a folder of .npy files, with faces and labels"
TAKES: frozenset[str] = frozenset()

_FACES = ("x", "images", "image", "faces", "data", "pixels", "fdatax")
_LABELS = ("y", "labels", "label", "emotions", "emotion", "targets", "flabels")
_CLASSES = ("classes", "class_names", "label_names")


@dataclass(frozen=True)
class ArraySplit:
    """The arrays of one split.

    Attributes:
        name: the split.
        faces: its faces, not yet read.
        labels: (N,) int64; None in the split without labels.
        scale: what values are multiplied with to be 0–255: 1 or 255.
    """

    name: str
    faces: ArrayFile
    labels: np.ndarray | None
    scale: int

    @property
    def start(self) -> str:
        """What the ids of its faces begin with."""
        return self.faces.name


@dataclass(frozen=True)
class Arrays:
    """Numpy arrays as a source of faces; `open_source` makes it.

    Attributes:
        path: the .npz file, or the folder.
        classes: ordered class names; none without labels.
        splits: the arrays by split, as they are stored.
        files: every array that is read.
        settings: size, colour, and how a validation split is drawn.
        named: whether the classes' names are told, in words.
    """

    path: Path
    classes: tuple[str, ...]
    splits: tuple[ArraySplit, ...]
    files: tuple[ArrayFile, ...]
    settings: ImportSettings
    named: str

    @property
    def reader(self) -> str:
        """Its name."""
        return "arrays"

    @property
    def kind(self) -> str:
        """What it is, in words; also what its numbers were taken for."""
        words = [f"numpy arrays ({', '.join(file.name for file in self.files)})"]
        if any(split.scale != 1 for split in self.splits):
            words.append("faces of 0–1, multiplied by 255")
        return "; ".join([*words, *([self.named] if self.named else [])])

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(size, size, 1 or 3)."""
        return self.settings.face_shape

    @property
    def strict(self) -> bool:
        """Nothing is skipped in any case."""
        return False

    @property
    def expected_faces(self) -> int:
        """As the headers say."""
        return sum(split.faces.shape[0] for split in self.splits)

    @property
    def elsewhere(self) -> tuple[Path, ...]:
        """None."""
        return ()

    @property
    def facts(self) -> dict[str, Any]:
        """How the validation split is drawn, if it is."""
        return self.settings.drawn_validation if self._draws else {}

    @property
    def _draws(self) -> bool:
        names = {split.name for split in self.splits}
        return "train" in names and "validation" not in names

    @cached_property
    def _held_out(self) -> np.ndarray:
        train = next(split for split in self.splits if split.name == "train")
        labels = train.labels if train.labels is not None else np.zeros(0, np.int64)
        return hold_out(labels, self.settings.validation_fraction, self.settings.seed)

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 over the arrays' names and bytes."""
        whole = hashlib.sha256()
        for done, file in enumerate(self.files):
            if progress:
                progress(done, len(self.files))
            whole.update(f"{file.name} {file.dtype.str} {file.shape}\0".encode())
            for block in file.blocks(1 << 20):
                whole.update(block)
        return whole.hexdigest()

    def parts(self) -> Iterator[Part]:
        """Some rows of each array, which can only be read one after the other.

        Raises:
            ZooError: an array is cut short.
        """
        total, stop = self.expected_faces, 0
        for place, split in enumerate(self.splits):
            for first, values in split.faces.rows(BYTES_AT_ONCE):
                start, stop = stop, stop + len(values)
                yield Part((place, first, values), start, stop, total)

    @property
    def decoder(self) -> Arrays:
        """Itself."""
        return self

    def decode(self, content: tuple[int, int, np.ndarray], skipped: Skipped) -> Iterator[Batch]:
        """Make faces of rows.

        Raises:
            ZooError: they hold values that are no grey levels.
        """
        place, start, values = content
        split = self.splits[place]
        faces = as_faces(self.path, split.faces, values, split.scale)
        faces = to_face_shape(faces, self.face_shape)
        names = self._split_names(split, start, len(faces))
        for name in EVERY_SPLIT:
            chosen = np.flatnonzero(names == name)
            if len(chosen):
                labels: list[int] = []
                if split.labels is not None:
                    labels = split.labels[start + chosen].tolist()
                ids = [f"{split.start} {start + index}" for index in chosen.tolist()]
                yield Batch(name, faces[chosen], labels, ids)

    def check(self, trained: Collection[int], skipped: Skipped) -> None:
        """Nothing: the labels were read beforehand."""

    def _split_names(self, split: ArraySplit, start: int, count: int) -> np.ndarray:
        if split.name == "train" and self._draws:
            return np.where(self._held_out[start : start + count], "validation", "train")
        return np.full(count, split.name)


def recognise(path: Path) -> bool:
    """Whether it is a zip archive of arrays, or a folder with .npy files and without images."""
    if path.is_file():
        return zipfile.is_zipfile(path) and is_npz(path)
    arrays = any(child.suffix == ".npy" and child.is_file() for child in visible(path, path))
    return arrays and next(images_below(path, path), None) is None


def open_source(path: Path, settings: ImportSettings) -> Arrays:
    """The arrays at `path`, faces not yet read but where they are fractions, to know it.

    Raises:
        ZooError: arrays are missing, do not fit each other, or are not what they should be.
    """
    found = array_files(path)
    pairs: dict[str, dict[str, ArrayFile]] = {}
    names = None
    for file in found:
        what, split = _meaning(file.name)
        if what == "classes":
            names = file
        elif what:
            if what in pairs.setdefault(split, {}):
                other = pairs[split][what].name
                raise ZooError(
                    f"{path}: both {other} and {file.name} are {split} {what}: keep one"
                )
            pairs[split][what] = file
    _check_pairs(path, pairs, found)
    order = [split for split in SPLITS if split in pairs]
    read = {split: pairs[split]["labels"].read() for split in order if "labels" in pairs[split]}
    labels, classes, named = class_labels(path, read, names.read() if names else None)
    splits = tuple(_array_split(path, split, pairs[split], labels) for split in order)
    if sum(split.name == UNLABELLED for split in splits) > 1:
        raise ZooError(f"{path}: several arrays of faces without labels: add one at a time")
    used = tuple(file for file in found if _meaning(file.name)[0])
    return Arrays(path, classes, splits, used, settings, named)


def _meaning(name: str) -> tuple[str, str]:
    """What an array called `name` holds, blank if nobody knows, and of which split."""
    words = [word for word in re.split(r"[_\-. ]+", name.casefold()) if word]
    if "_".join(words) in _CLASSES:
        return "classes", ""
    together = re.fullmatch(r"(x|y)(train|val|valid|test)", "".join(words))
    words = list(together.groups()) if together else words
    splits = [SPLIT_FOLDERS[word] for word in words if word in SPLIT_FOLDERS]
    rest = [word for word in words if word not in SPLIT_FOLDERS]
    split = splits[0] if splits else "train"
    for what, known in (("faces", _FACES), ("labels", _LABELS)):
        if len(rest) == 1 and rest[0] in known:
            return what, split
    return "", ""


def _check_pairs(
    path: Path, pairs: dict[str, dict[str, ArrayFile]], found: tuple[ArrayFile, ...]
) -> None:
    if not any("faces" in pair for pair in pairs.values()):
        names = ", ".join(file.name for file in found) or "nothing"
        raise ZooError(
            f"{path}: no array of faces among {names}: call it x, images or faces, and that of"
            " labels y or labels"
        )
    for pair in pairs.values():
        if "faces" not in pair:
            raise ZooError(f"{path}: {pair['labels'].name} has no faces beside it")
    labelled = any("labels" in pair for pair in pairs.values())
    if labelled and "labels" not in pairs.get("train", {}):
        raise ZooError(f"{path}: no training faces with labels, only {' and '.join(pairs)}")


def _array_split(
    path: Path, name: str, pair: dict[str, ArrayFile], labels: dict[str, np.ndarray]
) -> ArraySplit:
    face_layout(path, pair["faces"])
    split = ArraySplit(
        name if name in labels else UNLABELLED,
        pair["faces"],
        labels.get(name),
        scale_of(path, pair["faces"]),
    )
    _check_counts(path, split)
    return split


def _check_counts(path: Path, split: ArraySplit) -> None:
    count = split.faces.shape[0]
    if split.labels is not None and len(split.labels) != count:
        raise ZooError(
            f"{path}: {count:,} faces in {split.faces.name} and {len(split.labels):,} labels:"
            " they do not belong together"
        )
