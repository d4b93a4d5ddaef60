"""Image files whose splits and classes are known: what all readers of image files come down to."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.columns import FACES_FOUND, SUBJECT
from zoo.data.dataset import EVERY_SPLIT, UNLABELLED
from zoo.data.images import UnreadableImage, map_images
from zoo.data.soft_labels import SOFT_LABELS
from zoo.data.source import Batch, Part, text
from zoo.data.stratified import hold_out
from zoo.data.subjects import hold_out_subjects
from zoo.errors import ZooError
from zoo.preprocessing.cropping import (
    DETECTOR,
    FILLED,
    MARGIN,
    FacePhoto,
    cut_face,
    in_shape,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from zoo.data.settings import ImportSettings
    from zoo.data.source import Progress, Skipped

_IMAGES_AT_ONCE = 256
_BYTES_AT_ONCE = 1 << 24
"""As many decoded images as have so many bytes are held at once, if they are fewer."""

NO_FACE = "no face found"
"""The reason where there was one to be cut out."""


@dataclass(frozen=True)
class LabelledFile:
    """An image file, its split and class.

    Attributes:
        path: the file.
        split: one of `zoo.data.dataset.EVERY_SPLIT`.
        label: its position in the classes; -1 in the split `UNLABELLED`.
        attributes: what else is known of it, in the order of `LabelledImages.attributes`.
        soft_label: the share of each class, in their order; None where there are none.
        face_id: what it is called; blank where by its path.
    """

    path: Path
    split: str
    label: int
    attributes: tuple[str, ...] = ()
    soft_label: tuple[float, ...] | None = None
    face_id: str = ""


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
        """How validation was drawn and faces were cut, if they were; whether labels are soft."""
        facts = dict(self.splitting)
        if any(file.soft_label for file in self.files):
            facts[SOFT_LABELS] = True
        if not self.settings.crop_faces:
            return facts
        faceless = "kept whole" if self.settings.keep_faceless else "left out"
        cut = {"detector": DETECTOR, "margin": MARGIN, "filled": FILLED}
        cut["without a face"] = faceless
        return {**facts, "crop_faces": cut}

    @property
    def strict(self) -> bool:
        """Never: images that cannot be read are counted."""
        return False

    @property
    def expected_faces(self) -> int:
        """Every image file."""
        return len(self.files)

    @property
    def elsewhere(self) -> tuple[Path, ...]:
        """The images, where `path` is the file that names them."""
        return () if self.path.is_dir() else tuple(file.path for file in self.files)

    def content_hash(self, progress: Progress | None = None) -> str:
        """Hex sha256 over the relative paths and contents."""
        files = sorted({file.path for file in self.files})
        whole = hashlib.sha256()
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for start in range(0, len(files), _IMAGES_AT_ONCE):
                group = files[start : start + _IMAGES_AT_ONCE]
                for path, content in zip(group, pool.map(_file_hash, group), strict=True):
                    whole.update(os.fsencode(_relative(path, self.root).as_posix()))
                    whole.update(b"\0" + content)
                if progress:
                    progress(start + len(group), len(files))
        for table in self.tables:
            whole.update(_file_hash(table))
        return whole.hexdigest()

    def parts(self) -> Iterator[Part]:
        """Some images each, few at first, so that it is soon known how long they take."""
        most = max(1, min(_IMAGES_AT_ONCE, _BYTES_AT_ONCE // math.prod(self.face_shape)))
        total, start, left_out = len(self.files), 0, self.left_out
        for size in (min(most, 8 << step) for step in itertools.count()):
            stop = min(start + size, total)
            yield Part((self.files[start:stop], left_out), start, stop, total)
            start, left_out = stop, ()
            if stop == total:
                return

    @property
    def decoder(self) -> ImageDecoder:
        """What a process needs to know to decode some of them."""
        return ImageDecoder(self.root, self.settings, self.attributes)

    def check(self, trained: Collection[int], skipped: Skipped) -> None:
        """Refuse a class without training faces.

        Raises:
            ZooError: not one training face of some class can be decoded, or has a face to crop.
        """
        faceless, images = skipped.counts[NO_FACE], len(self.files)
        # Soft labels may be for a class that is no face's own.
        to_train = {file.label for file in self.files if file.split == "train"}
        for label, name in enumerate(self.classes):
            if label in to_train and label not in trained:
                if faceless:
                    raise ZooError(
                        f"{self.path}: no face found in {faceless:,} of {images:,} images, train"
                        f" has none of class {name!r} left: leave out --crop-faces, or add"
                        " --keep-faceless to keep them whole"
                    )
                reasons = ", ".join(f"{skipped.first[r]}: {r}" for r in skipped.counts)
                raise ZooError(
                    f"{self.path}: no training image of class {name!r} can be read ({reasons})"
                )


@dataclass(frozen=True)
class ImageDecoder:
    """Decodes images, each by itself; the attributes are those of `LabelledImages`."""

    root: Path
    settings: ImportSettings
    attributes: tuple[str, ...]

    def decode(
        self,
        content: tuple[Sequence[LabelledFile], Sequence[tuple[str, str]]],
        skipped: Skipped,
    ) -> Iterator[Batch]:
        """Decode some images; what cannot be decoded is counted as skipped."""
        files, left_out = content
        for reason, where in left_out:
            skipped.add(reason, where)
        paths = [file.path for file in files]
        decoded = []
        for file, face in zip(files, map_images(self._face, paths, threads=1), strict=True):
            where = text(_relative(file.path, self.root))
            if isinstance(face, UnreadableImage):
                skipped.add(face.reason, where)
            elif face.found == 0 and not self.settings.keep_faceless:
                skipped.add(NO_FACE, where)
            else:
                decoded.append((file, face))
        for split in EVERY_SPLIT:
            if chosen := [(file, face) for file, face in decoded if file.split == split]:
                yield self._batch(split, chosen)

    def _batch(self, split: str, chosen: list[tuple[LabelledFile, FacePhoto]]) -> Batch:
        columns = {
            name: np.array([file.attributes[place] for file, _ in chosen])
            for place, name in enumerate(self.attributes)
        }
        if self.settings.crop_faces:
            columns[FACES_FOUND] = np.array([face.found for _, face in chosen], np.float64)
        soft_labels = [file.soft_label for file, _ in chosen if file.soft_label]
        return Batch(
            split,
            np.stack([face.pixels for _, face in chosen]),
            [] if split == UNLABELLED else [file.label for file, _ in chosen],
            [file.face_id or text(_relative(file.path, self.root)) for file, _ in chosen],
            np.array(soft_labels, np.float32) if soft_labels else None,
            columns,
        )

    def _face(self, image: np.ndarray) -> FacePhoto:
        """An image as a face, cut out if so wanted before it shrinks."""
        photo = cut_face(image) if self.settings.crop_faces else FacePhoto(image)
        return in_shape(photo, self.settings.face_shape)


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
    facts = settings.drawn_validation
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


def _relative(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def _file_hash(path: Path) -> bytes:
    """sha256 of the file's content; of nothing if it cannot be read, for then it is skipped."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return hashlib.sha256().digest()
