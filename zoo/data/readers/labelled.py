"""Image files whose splits and classes are known: what all readers of image files come down to."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.columns import SUBJECT
from zoo.data.dataset import EVERY_SPLIT, UNLABELLED
from zoo.data.images import UnreadableImage, decode_faces
from zoo.data.source import Batch, text
from zoo.data.stratified import hold_out
from zoo.data.subjects import hold_out_subjects
from zoo.errors import ZooError
from zoo.preprocessing.cropping import DETECTOR, MARGIN, cut_face, cut_face_or_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Skipped

_IMAGES_AT_ONCE = 256


@dataclass(frozen=True)
class LabelledFile:
    """An image file, its split and class.

    Attributes:
        path: the file.
        split: one of `zoo.data.dataset.EVERY_SPLIT`.
        label: its position in the classes; -1 in the split `UNLABELLED`.
        attributes: what else is known of it, in the order of `LabelledImages.attributes`.
    """

    path: Path
    split: str
    label: int
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelledImages:
    """Image files as a source of faces.

    Attributes:
        reader: the name of the reader that found them.
        kind: what was found, in words.
        path: what the user named.
        root: the folder to which the files' ids are relative, where they are below it.
        classes: ordered class names.
        files: every image, in the order of the faces.
        settings: size and colour.
        splitting: how the validation split was drawn, if it was, JSON.
        attributes: names of the columns that the files' attributes make.
        left_out: what is not among `files`, each a reason and where it stands.
        tables: files that say how the images are labelled; part of the content.
    """

    reader: str
    kind: str
    path: Path
    root: Path
    classes: tuple[str, ...]
    files: tuple[LabelledFile, ...]
    settings: ImportSettings
    splitting: dict[str, Any]
    attributes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    tables: tuple[Path, ...] = ()

    @property
    def face_shape(self) -> tuple[int, int, int]:
        """(size, size, 1 or 3)."""
        return self.settings.face_shape

    @property
    def facts(self) -> dict[str, Any]:
        """How the validation split was drawn, if it was, and how faces were cut, if they were."""
        if not self.settings.crop_faces:
            return self.splitting
        faceless = "kept whole" if self.settings.keep_faceless else "left out"
        cut = {"detector": DETECTOR, "margin": MARGIN, "without a face": faceless}
        return {**self.splitting, "crop_faces": cut}

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
        files = sorted({file.path for file in self.files})
        whole = hashlib.sha256()
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for start in range(0, len(files), _IMAGES_AT_ONCE):
                group = files[start : start + _IMAGES_AT_ONCE]
                for path, content in zip(group, pool.map(_file_hash, group), strict=True):
                    whole.update(os.fsencode(self._relative(path).as_posix()))
                    whole.update(b"\0" + content)
                if progress:
                    progress(start + len(group), 2 * len(files))
        for table in self.tables:
            whole.update(_file_hash(table))
        return whole.hexdigest()

    def batches(self, skipped: Skipped, progress: Progress | None = None) -> Iterator[Batch]:
        """Decode, with several threads; what cannot be decoded is counted as skipped.

        Raises:
            ZooError: not one training face of some class can be decoded.
        """
        for reason, where in self.left_out:
            skipped.add(reason, where)
        total = len(self.files)
        seen: set[int] = set()
        for start in range(0, total, _IMAGES_AT_ONCE):
            group = self.files[start : start + _IMAGES_AT_ONCE]
            paths = [file.path for file in group]
            faces = decode_faces(paths, self.settings.size, self.settings.colour, self._cut)
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

    @property
    def _cut(self) -> Callable[[np.ndarray], np.ndarray | None] | None:
        """What is done to each image before it shrinks; None: nothing."""
        if not self.settings.crop_faces:
            return None
        return cut_face_or_whole if self.settings.keep_faceless else cut_face

    def _batches(self, decoded: list[tuple[LabelledFile, np.ndarray]]) -> Iterator[Batch]:
        for split in EVERY_SPLIT:
            chosen = [(file, face) for file, face in decoded if file.split == split]
            if chosen:
                yield Batch(
                    split,
                    np.stack([face for _, face in chosen]),
                    [] if split == UNLABELLED else [file.label for file, _ in chosen],
                    [self._id(file) for file, _ in chosen],
                    columns={
                        name: np.array([file.attributes[place] for file, _ in chosen])
                        for place, name in enumerate(self.attributes)
                    },
                )

    def _id(self, file: LabelledFile) -> str:
        return text(self._relative(file.path))

    def _relative(self, path: Path) -> Path:
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


def with_validation(
    files: Sequence[LabelledFile], settings: ImportSettings, attributes: Sequence[str] = ()
) -> tuple[list[LabelledFile], dict[str, Any]]:
    """`files`, some training files moved to validation if there is none, and how, as facts.

    Whole subjects are moved where there is a column of them, else a share of each class's files,
    one at least; a class with a single training file, or a single subject, keeps it.
    """
    if any(file.split == "validation" for file in files):
        return list(files), {}
    fraction, seed = settings.validation_fraction, settings.seed
    facts: dict[str, Any] = {"validation_fraction": fraction, "validation_seed": seed}
    train = sorted((f for f in files if f.split == "train"), key=lambda file: file.path)
    labels = np.array([file.label for file in train])
    if SUBJECT in attributes:
        place = attributes.index(SUBJECT)
        subjects = np.array([file.attributes[place] for file in train])
        held = hold_out_subjects(subjects, labels, fraction, seed)
        facts["validation_subjects"] = len(np.unique(subjects[held]))
    else:
        held = hold_out(labels, fraction, seed)
    moved = {file.path for file, out in zip(train, held, strict=True) if out}
    return [
        replace(file, split="validation") if file.path in moved else file for file in files
    ], facts


def _file_hash(path: Path) -> bytes:
    """sha256 of the file's content; of nothing if it cannot be read, for then it is skipped."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return hashlib.sha256().digest()
