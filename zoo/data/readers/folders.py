"""Reading image folders: train|validation|test/<class>/* or just <class>/*.

Only files that are called as images are read, in the order of their paths; hidden ones, and links
that lead out of the folder, are left alone. Where there is no validation folder, a stratified,
seeded share of the training faces becomes the validation split.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.dataset import SPLITS
from zoo.data.emotions import canonical, ordered_classes
from zoo.data.readers import official
from zoo.data.readers.found import classes_of_splits
from zoo.data.readers.labelled import LabelledFile, LabelledImages, with_validation
from zoo.data.readers.tree import SPLIT_FOLDERS as SPLIT_FOLDERS
from zoo.data.readers.tree import folders, images, stray_links
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Collection

    from zoo.data.settings import ImportSettings

_NAMED = 3
"""How many of what is left alone are named."""

EXPECTED = "a folder of train|validation|test/<class>/* or <class>/*"
JOINS = frozenset({"crop_faces", "official_split"})


def recognise(path: Path) -> bool:
    """Whether it is a folder."""
    return path.is_dir()


def open_source(path: Path, settings: ImportSettings) -> LabelledImages:
    """Find the images below `path`, their splits and classes, decoding nothing.

    Raises:
        ZooError: there are no images, there is one class only, or a split has a class that train
            lacks; or it is not the folder version of the csv that `settings` names.
    """
    found = _images_of_splits(path)
    classes = classes_of_splits(path, found)
    files = [
        LabelledFile(file, split, classes.index(name))
        for split in SPLITS
        for name, paths in found.get(split, {}).items()
        for file in paths
    ]
    if settings.official_split:
        files, facts, words = official.restore(path, files, classes, settings.official_split)
    else:
        words = official.hint(files)
        files, facts = with_validation(files, settings)
    files.sort(key=lambda file: (SPLITS.index(file.split), file.path))
    kind = f"a folder of images{words}{_left_alone(path, found)}"
    return LabelledImages("folders", kind, path, path, classes, tuple(files), settings, facts)


def _left_alone(root: Path, found: Collection[str]) -> str:
    """What is passed by, in words: folders of splits without images, links that lead astray."""
    empty = [
        folder
        for folder in folders(root, root)
        if SPLIT_FOLDERS.get(folder.name.casefold(), "train") not in found
    ]
    told = ""
    for what, places in (
        ("without images", empty),
        ("links out of it or back", stray_links(root, root)),
    ):
        named = ", ".join(text(place.relative_to(root)) for place in places[:_NAMED])
        more = f" and {len(places) - _NAMED:,} more" if len(places) > _NAMED else ""
        told += f"; {what}, left alone: {named}{more}" if places else ""
    return told


def _images_of_splits(root: Path) -> dict[str, dict[str, list[Path]]]:
    """Images by split and canonical class name; everything is train where no folder is a split.

    Raises:
        ZooError: there are no images, no training images, or folders that contradict each other.
    """
    children = folders(root, root)
    split_folders = [folder for folder in children if folder.name.casefold() in SPLIT_FOLDERS]
    if not split_folders:
        found = {"train": _images_of_classes(root, root)}
    else:
        found = {}
        for folder in split_folders:
            split = SPLIT_FOLDERS[folder.name.casefold()]
            if split in found:
                raise ZooError(f"{root}: several folders are the {split} split: merge them")
            found[split] = _images_of_classes(folder, root)
        for folder in children:
            if folder not in split_folders and images(folder, root):
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
    every = {child: images(child, root) for child in folders(folder, root)}
    filled = {child: found for child, found in every.items() if found}
    try:
        ordered_classes(text(Path(child.name)) for child in filled)
    except ZooError as error:
        raise ZooError(f"{folder}: {error}") from None
    return {canonical(text(Path(child.name))): found for child, found in filled.items()}
