"""From images that a reader found, each with its class and split, to a source of faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.data.columns import SUBJECT
from zoo.data.dataset import EVERY_SPLIT, UNLABELLED
from zoo.data.emotions import ordered_classes
from zoo.data.readers.labelled import LabelledFile, LabelledImages, with_validation
from zoo.data.soft_labels import refuse_other_classes
from zoo.data.subjects import shared_subjects
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from zoo.data.settings import ImportSettings


@dataclass(frozen=True)
class FoundImage:
    """An image file and what is known of it.

    Attributes:
        file: where it is.
        name: its class, canonical; blank in the split `UNLABELLED`.
        split: one of `zoo.data.dataset.EVERY_SPLIT`.
        attributes: what else is known of it, one text for each of the columns.
        soft_label: one share for each of the find's soft classes; None where there are none.
        face_id: what it is to be called; blank where by its path.
    """

    file: Path
    name: str
    split: str = "train"
    attributes: tuple[str, ...] = ()
    soft_label: tuple[float, ...] | None = None
    face_id: str = ""


@dataclass(frozen=True)
class Find:
    """All that a reader found.

    Attributes:
        reader: its name.
        kind: what was found, in words.
        path: what the user named.
        root: the folder to which the faces' ids are relative.
        images: in the order of the faces.
        columns: what the images' attributes are called.
        left_out: what is not among `images`, each a reason and where it stands.
        tables: files that say how the images are labelled.
        way_out: what to do where a subject stands in two splits.
        soft_classes: canonical names of the classes that the images' soft labels are for.
    """

    reader: str
    kind: str
    path: Path
    root: Path
    images: Sequence[FoundImage]
    columns: tuple[str, ...] = ()
    left_out: Sequence[tuple[str, str]] = ()
    tables: tuple[Path, ...] = ()
    way_out: str = "without folders of splits the zoo splits by subject"
    soft_classes: tuple[str, ...] = ()


def as_source(find: Find, settings: ImportSettings) -> LabelledImages:
    """The images as a source, their classes in order, a validation split drawn if there is none.

    Raises:
        ZooError: there are no images, none for training, of one class only, a split has a class
            that train lacks, or a subject stands in two splits.
    """
    if not find.images:
        first = f" ({find.left_out[0][1]}: {find.left_out[0][0]})" if find.left_out else ""
        raise ZooError(f"{find.path}: {find.kind}, but no image in it can be taken{first}")
    of_splits: dict[str, set[str]] = {}
    for image in find.images:
        if image.split != UNLABELLED:
            of_splits.setdefault(image.split, set()).add(image.name)
    classes = classes_of_splits(find.path, of_splits) if of_splits else ()
    classes = _with_soft_classes(find, classes)
    _refuse_shared_subjects(find)
    labels = {name: label for label, name in enumerate(classes)}
    order = [find.soft_classes.index(name) for name in classes] if find.soft_classes else []
    files = [
        LabelledFile(
            image.file, image.split, labels.get(image.name, -1), image.attributes,
            tuple(image.soft_label[place] for place in order) if image.soft_label else None,
            image.face_id,
        )
        for image in find.images
    ]  # fmt: skip
    files, facts = with_validation(files, settings, find.columns) if classes else (files, {})
    files.sort(key=lambda file: EVERY_SPLIT.index(file.split))  # the find's order within a split
    return LabelledImages(
        find.reader, find.kind, find.path, find.root, classes, tuple(files), settings, facts,
        find.columns, tuple(find.left_out), find.tables,
    )  # fmt: skip


def classes_of_splits(path: Path, of_splits: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The classes of the training images, ordered.

    Args:
        path: what the user named.
        of_splits: canonical names of the classes that each split has.

    Raises:
        ZooError: there is no training image, only one class, or a split has a class that train
            lacks.
    """
    if "train" not in of_splits:
        raise ZooError(f"{path}: no images for training, only for {', '.join(of_splits)}")
    classes = ordered_classes(of_splits["train"])
    for split, names in of_splits.items():
        if extra := sorted(set(names) - set(classes)):
            raise ZooError(f"{path}: {split} has images of {', '.join(extra)}, train has none")
    if len(classes) == 1:
        raise ZooError(f"{path}: only one class, {classes[0]}: a classifier needs two")
    return classes


def _with_soft_classes(find: Find, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The classes, with those that are no face's own and have a share in soft labels.

    Raises:
        ZooError: a class has no share in them.
    """
    if not (classes and find.soft_classes):
        return classes
    classes = ordered_classes({*classes, *find.soft_classes})
    refuse_other_classes(find.path, find.soft_classes, classes)
    return classes


def _refuse_shared_subjects(find: Find) -> None:
    """Refuse splits that part the faces of one subject.

    Raises:
        ZooError: a subject stands in two splits.
    """
    if SUBJECT not in find.columns:
        return
    place = find.columns.index(SUBJECT)
    pairs = (
        (image.attributes[place], image.split)
        for image in find.images
        if image.split != UNLABELLED
    )
    if shared := shared_subjects(pairs):
        first, where = next(iter(shared.items()))
        count = "1 subject stands" if len(shared) == 1 else f"{len(shared)} subjects stand"
        raise ZooError(
            f"{find.path}: {count} in several splits ({first} in {' and '.join(where)}), so that a"
            f" model would be judged on people it knows: {find.way_out}"
        )
