"""Reading image folders: train|validation|test/<class>/* or just <class>/*.

Only files that are called as images are read, in the order of their paths; hidden ones, and links
that lead out of the folder, are left alone. Where there is no validation folder, a stratified,
seeded share of the training faces becomes the validation split.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import SPLITS
from zoo.data.emotions import canonical, ordered_classes
from zoo.data.images import SUFFIXES, UnreadableImage, decode_faces
from zoo.data.source import Batch, text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Skipped

EXPECTED = "a folder of train|validation|test/<class>/* or <class>/*"
JOINS: frozenset[str] = frozenset()

SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
"""Names of folders that are splits, lower-cased, and the split each one is."""

_IMAGES_AT_ONCE = 256


@dataclass(frozen=True)
class LabelledFile:
    """An image file, its split and class."""

    path: Path
    split: str
    label: int


@dataclass(frozen=True)
class ImageFolders:
    """Image folders as a source of faces; `open_source` makes it.

    Attributes:
        path: the folder.
        classes: ordered class names.
        files: every image, by split, then by path.
        settings: size and colour.
        facts: how the validation split was drawn, if it was, JSON.
    """

    path: Path
    classes: tuple[str, ...]
    files: tuple[LabelledFile, ...]
    settings: ImportSettings
    facts: dict[str, Any]

    @property
    def reader(self) -> str:
        """Its name."""
        return "folders"

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return "a folder of images"

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(size, size, 1 or 3)."""
        return self.settings.face_shape

    @property
    def strict(self) -> bool:
        """Never: images that cannot be read are counted."""
        return False

    @property
    def expected_faces(self) -> int:
        """Every image file."""
        return len(self.files)

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 over the relative paths and contents; the first half of the progress."""
        files = sorted(self.files, key=lambda file: file.path)
        whole = hashlib.sha256()
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for start in range(0, len(files), _IMAGES_AT_ONCE):
                group = [file.path for file in files[start : start + _IMAGES_AT_ONCE]]
                for path, content in zip(group, pool.map(_file_hash, group), strict=True):
                    whole.update(os.fsencode(path.relative_to(self.path).as_posix()))
                    whole.update(b"\0" + content)
                if progress:
                    progress(start + len(group), 2 * len(files))
        return whole.hexdigest()

    def batches(self, skipped: Skipped, progress: Progress | None = None) -> Iterator[Batch]:
        """Decode, with several threads; what cannot be decoded is counted as skipped.

        Raises:
            ZooError: not one training face of some class can be decoded.
        """
        total = len(self.files)
        seen: set[int] = set()
        for start in range(0, total, _IMAGES_AT_ONCE):
            group = self.files[start : start + _IMAGES_AT_ONCE]
            paths = [file.path for file in group]
            faces = decode_faces(paths, self.settings.size, self.settings.colour)
            decoded = []
            for file, face in zip(group, faces, strict=True):
                if isinstance(face, UnreadableImage):
                    skipped.add(face.reason, self._id(file))
                else:
                    decoded.append((file, face))
                    seen |= {file.label} if file.split == "train" else set()
            yield from self._batches(decoded)
            if progress:
                progress(total + start + len(group), 2 * total)
        for label, name in enumerate(self.classes):
            if label not in seen:
                reasons = ", ".join(f"{skipped.first[r]}: {r}" for r in skipped.counts)
                raise ZooError(
                    f"{self.path}: no training image of class {name!r} can be read ({reasons})"
                )

    def _batches(self, decoded: list[tuple[LabelledFile, np.ndarray]]) -> Iterator[Batch]:
        for split in SPLITS:
            chosen = [(file, face) for file, face in decoded if file.split == split]
            if chosen:
                yield Batch(
                    split,
                    np.stack([face for _, face in chosen]),
                    [file.label for file, _ in chosen],
                    [self._id(file) for file, _ in chosen],
                )

    def _id(self, file: LabelledFile) -> str:
        return text(file.path.relative_to(self.path))


def recognise(path: Path) -> bool:
    """Whether it is a folder."""
    return path.is_dir()


def open_source(path: Path, settings: ImportSettings) -> ImageFolders:
    """Find the images below `path`, their splits and classes, decoding nothing.

    Raises:
        ZooError: there are no images, there is one class only, or a split has a class that train
            lacks.
    """
    images = _images_of_splits(path)
    classes = _classes(path, images)
    files = [
        LabelledFile(file, split, classes.index(name))
        for split in SPLITS
        for name, paths in images.get(split, {}).items()
        for file in paths
    ]
    facts: dict[str, Any] = {}
    if "validation" not in images:
        fraction, seed = settings.validation_fraction, settings.seed
        files = _with_validation(files, fraction, seed)
        facts = {"validation_fraction": fraction, "validation_seed": seed}
    files.sort(key=lambda file: (SPLITS.index(file.split), file.path))
    return ImageFolders(path, classes, tuple(files), settings, facts)


def _images_of_splits(root: Path) -> dict[str, dict[str, list[Path]]]:
    """Images by split and canonical class name; everything is train where no folder is a split.

    Raises:
        ZooError: there are no images, no training images, or folders that contradict each other.
    """
    folders = _folders(root, root)
    split_folders = [folder for folder in folders if folder.name.casefold() in SPLIT_FOLDERS]
    if not split_folders:
        found = {"train": _images_of_classes(root, root)}
    else:
        found = {}
        for folder in split_folders:
            split = SPLIT_FOLDERS[folder.name.casefold()]
            if split in found:
                raise ZooError(f"{root}: several folders are the {split} split: merge them")
            found[split] = _images_of_classes(folder, root)
        for folder in folders:
            if folder not in split_folders and _images(folder, root):
                raise ZooError(
                    f"{folder}: images beside the folders of splits: expected only train,"
                    " validation and test there"
                )
    found = {split: classes for split, classes in found.items() if classes}
    if not found:
        raise _no_images(root)
    if "train" not in found:
        raise ZooError(f"{root}: no images in a folder called train, only in {', '.join(found)}")
    return found


def _no_images(root: Path) -> ZooError:
    tables = sorted(root.glob("*.csv"))
    hint = f"; it holds {tables[0].name}: name that file instead" if tables else ""
    return ZooError(
        f"{root}: no images: expected train|validation|test/<class>/* or <class>/*{hint}"
    )


def _images_of_classes(folder: Path, root: Path) -> dict[str, list[Path]]:
    """Images in the folders below `folder`, by canonical class name; empty folders left out."""
    images = {child: _images(child, root) for child in _folders(folder, root)}
    filled = {child: found for child, found in images.items() if found}
    try:
        ordered_classes(text(Path(child.name)) for child in filled)
    except ZooError as error:
        raise ZooError(f"{folder}: {error}") from None
    return {canonical(text(Path(child.name))): found for child, found in filled.items()}


def _classes(root: Path, images: dict[str, dict[str, list[Path]]]) -> tuple[str, ...]:
    classes = ordered_classes(images["train"])
    for split, found in images.items():
        if extra := sorted(found.keys() - set(classes)):
            raise ZooError(f"{root}: {split} has images of {', '.join(extra)}, train has none")
    if len(classes) == 1:
        raise ZooError(f"{root}: only one class, {classes[0]}: a classifier needs two")
    return classes


def _with_validation(files: list[LabelledFile], fraction: float, seed: int) -> list[LabelledFile]:
    """`files`, a share of each class's training files moved to validation, one file at least.

    A class with a single training file keeps it.
    """
    moved: set[Path] = set()
    for label in sorted({file.label for file in files}):
        paths = sorted(f.path for f in files if f.label == label and f.split == "train")
        count = min(max(1, round(fraction * len(paths))), len(paths) - 1)
        order = np.random.default_rng([seed, label]).permutation(len(paths))
        moved |= {paths[index] for index in order[:count]}
    return [
        LabelledFile(file.path, "validation", file.label) if file.path in moved else file
        for file in files
    ]


def _folders(folder: Path, root: Path) -> list[Path]:
    return [path for path in _visible(folder, root) if path.is_dir()]


def _images(folder: Path, root: Path) -> list[Path]:
    return [
        path
        for path in _visible(folder, root)
        if path.suffix.casefold() in SUFFIXES and path.is_file()
    ]


def _visible(folder: Path, root: Path) -> list[Path]:
    """What stands in `folder`, sorted, but hidden entries and links that lead out of `root`."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ZooError(f"{folder}: cannot be read ({error.strerror})") from None
    inside = Path(os.path.realpath(root))
    return [
        Path(entry.path)
        for entry in entries
        if not entry.name.startswith(".")
        and not (entry.is_symlink() and not Path(os.path.realpath(entry)).is_relative_to(inside))
    ]


def _file_hash(path: Path) -> bytes:
    """sha256 of the file's content; of nothing if it cannot be read, for then it is skipped."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return hashlib.sha256().digest()
