"""Reading image folders: train|validation|test/<class>/* or just <class>/*.

Only files that are called as images are read, in the order of their paths; hidden ones, and links
that lead out of the folder, are left alone. Folders in a class's folder are the class's, too,
unless they are called as another class or a split. Where there is no validation folder, a
stratified, seeded share of the training faces becomes the validation split.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.dataset import SPLITS
from zoo.data.emotions import KNOWN_CLASSES, canonical, ordered_classes
from zoo.data.readers import csv_folder, official, paths
from zoo.data.readers.archives import archive_kind
from zoo.data.readers.found import classes_of_splits
from zoo.data.readers.labelled import LabelledFile, LabelledImages, with_validation
from zoo.data.readers.tree import SPLIT_FOLDERS as SPLIT_FOLDERS
from zoo.data.readers.tree import folders, images, images_below, stray_links, visible
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from zoo.data.settings import ImportSettings

_NAMED = 3
"""How many of what is left alone are named."""

_LOOKED_AT = 100

EXPECTED = "a folder of train|validation|test/<class>/* or <class>/*"
TAKES = frozenset({"crop_faces", "official_split"})


def recognise(path: Path) -> bool:
    """Whether it is a folder."""
    return path.is_dir()


def open_source(path: Path, settings: ImportSettings) -> LabelledImages:
    """Find the images below `path`, their splits and classes, decoding nothing.

    Raises:
        ZooError: there are no images, there is one class only, or a split has a class that train
            lacks; or it is not the folder version of the csv that `settings` names.
    """
    found, loose = _images_of_splits(path)
    classes = classes_of_splits(path, found)
    files = [
        LabelledFile(file, split, classes.index(name))
        for split in SPLITS
        for name, images_of_class in found.get(split, {}).items()
        for file in images_of_class
    ]
    if settings.official_split:
        files, facts, words = official.restore(path, files, classes, settings.official_split)
    else:
        words = official.hint(files)
        files, facts = with_validation(files, settings)
    files.sort(key=lambda file: (SPLITS.index(file.split), file.path))
    alone = _left_alone(path, found, loose, settings.official_split)
    kind = f"a folder of images{words}{alone}"
    return LabelledImages("folders", kind, path, path, classes, tuple(files), settings, facts)


def _left_alone(
    root: Path, found: Collection[str], loose: Sequence[Path], official_split: Path | None
) -> str:
    """What is passed by, in words: empty folders of splits, loose images, links astray, tables."""
    read = official_split and official_split.resolve()
    tables = [table for table in csv_folder.tables(root) if table.resolve() != read]
    empty = [
        folder
        for folder in folders(root, root)
        if SPLIT_FOLDERS.get(folder.name.casefold(), "train") not in found
    ]
    told = ""
    for what, places in (
        ("without images", empty),
        (f"{len(loose):,} images in no class's folder", loose),
        ("links out of it, back or to nothing", stray_links(root, root)),
        ("a csv of paths", paths.labelling(root)),
        (
            "a csv of faces",
            tables,
        ),
    ):
        named = ", ".join(text(place.relative_to(root)) for place in places[:_NAMED])
        more = f" and {len(places) - _NAMED:,} more" if len(places) > _NAMED else ""
        told += f"; {what}, left alone: {named}{more}" if places else ""
    return told


def _images_of_splits(root: Path) -> tuple[dict[str, dict[str, list[Path]]], list[Path]]:
    """Images by split and canonical class name; everything is train where no folder is a split.

    Also those that are in no class's folder.

    Raises:
        ZooError: there are no images, no training images, or folders that contradict each other.
    """
    of_splits = _folders_of_splits(root)
    parents = of_splits or {"train": root}
    plain = _plain_classes([*parents.values()], root)
    loose: list[Path] = []
    found = {
        split: _images_of_classes(folder, root, plain, loose) for split, folder in parents.items()
    }
    if of_splits:
        loose += _images_beside(of_splits.values(), root)
    found = {split: classes for split, classes in found.items() if classes}
    if not found:
        raise _no_images(root, loose)
    if "train" not in found:
        raise ZooError(f"{root}: no images in a folder called train, only in {', '.join(found)}")
    return found, loose


def _folders_of_splits(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders(root, root):
        split = SPLIT_FOLDERS.get(folder.name.casefold())
        if split in found:
            raise ZooError(f"{root}: several folders are the {split} split: merge them")
        if split:
            found[split] = folder
    return found


def _images_beside(of_splits: Collection[Path], root: Path) -> list[Path]:
    """The images in no folder of a split, none of them in a folder that might be a class."""
    beside = images(root, root)
    for folder in folders(root, root):
        if folder not in of_splits:
            if images(folder, root):
                raise ZooError(
                    f"{folder}: images beside the folders of splits: expected only train,"
                    " validation and test there"
                )
            beside += images_below(folder, root)
    return beside


def _no_images(root: Path, loose: Sequence[Path]) -> ZooError:
    tables = sorted(root.glob("*.csv"))
    hint = f"; it holds {tables[0].name}: name that file instead" if tables else ""
    if not hint and (packed := _archive_in(root)):
        hint = f"; it holds the archive {text(packed.relative_to(root))}: unpack it"
    where = f" in a class's folder, but {text(loose[0].relative_to(root))}" if loose else ""
    return ZooError(
        f"{root}: no images{where}: expected train|validation|test/<class>/* or <class>/*{hint}"
    )


def _archive_in(root: Path) -> Path | None:
    """An archive in `root` or in a folder there, if one is among the first files."""
    children = [root, *folders(root, root)]
    files = (path for child in children for path in visible(child, root) if path.is_file())
    return next((path for path in islice(files, _LOOKED_AT) if archive_kind(path)), None)


def _plain_classes(parents: Sequence[Path], root: Path) -> set[str]:
    """What the folders in `parents` are called that are classes: an emotion, or with images.

    Where there is none, as in ``subject/happy/*``, nobody knows what the others are.
    """
    children = ((child, _class(child.name)) for at in parents for child in folders(at, root))
    return {name for child, name in children if name in KNOWN_CLASSES or images(child, root)}


def _images_of_classes(
    folder: Path, root: Path, plain: Collection[str], loose: list[Path]
) -> dict[str, list[Path]]:
    """Images below the folders in `folder`, by canonical class name; to `loose` those of none."""
    loose += images(folder, root)
    filled: dict[Path, list[Path]] = {}
    for child in folders(folder, root):
        others = {*plain, *KNOWN_CLASSES, *SPLIT_FOLDERS} - {_class(child.name)}
        for image in images_below(child, root):
            between = image.relative_to(child).parts[:-1]
            if plain and others.isdisjoint(map(_class, between)):
                filled.setdefault(child, []).append(image)
            else:
                loose.append(image)
    try:
        ordered_classes(text(Path(child.name)) for child in filled)
    except ZooError as error:
        raise ZooError(f"{folder}: {error}") from None
    return {_class(child.name): found for child, found in filled.items()}


def _class(name: str) -> str:
    """What the class of a folder called `name` is called."""
    return canonical(text(Path(name)))
