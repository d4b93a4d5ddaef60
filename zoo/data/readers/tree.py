"""What stands in the folders that a user names: no hidden entries, no links that lead out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.images import SUFFIXES
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

MAX_DEPTH = 100
"""How many folders may stand in one another: nobody's faces do, and recursion has an end."""


def folders(folder: Path, root: Path) -> list[Path]:
    """The folders in `folder`, sorted by name."""
    return [path for path in visible(folder, root) if path.is_dir()]


def images(folder: Path, root: Path) -> list[Path]:
    """The files in `folder` that are called as images, sorted by name."""
    return [path for path in visible(folder, root) if is_image(path)]


def images_below(folder: Path, root: Path) -> Iterator[Path]:
    """The files called as images in `folder` and all folders below it, in the order of paths.

    Folders that are links are passed by, so that no loop of links is walked.
    """
    for path in visible(folder, root):
        if path.is_dir():
            if not path.is_symlink():
                yield from images_below(path, root)
        elif is_image(path):
            yield path


def stray_links(folder: Path, root: Path) -> list[Path]:
    """The links below `folder` that lead out of `root`, back to a folder above, or nowhere.

    Raises:
        ZooError: folders stand in one another too deeply.
    """
    _refuse_depth(folder, root)
    found = []
    inside, here = Path(os.path.realpath(root)), Path(os.path.realpath(folder))
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # where images are looked for there, that is refused
        return []
    for entry in entries:
        if entry.is_symlink():
            if not entry.name.startswith(".") and _leads_astray(entry, inside, here):
                found.append(Path(entry.path))
        elif entry.is_dir():
            found += stray_links(Path(entry.path), root)
    return found


def told(links: Iterable[Path], root: Path) -> list[tuple[str, str]]:
    """What `stray_links` gives as what is left out: each a reason and where it stands."""
    return [
        ("link out of the folder, back or to nothing", text(link.relative_to(root)))
        for link in links
    ]


def is_image(path: Path) -> bool:
    """Whether it is a file that is called as an image."""
    return path.suffix.casefold() in SUFFIXES and path.is_file()


def visible(folder: Path, root: Path) -> list[Path]:
    """What stands in `folder`, sorted, but hidden entries and what `stray_links` gives.

    Raises:
        ZooError: `folder` cannot be read, or is too deep in `root`.
    """
    _refuse_depth(folder, root)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ZooError(f"{folder}: cannot be read ({error.strerror})") from None
    inside, here = Path(os.path.realpath(root)), Path(os.path.realpath(folder))
    return [
        Path(entry.path)
        for entry in entries
        if not entry.name.startswith(".")
        and not (entry.is_symlink() and _leads_astray(entry, inside, here))
    ]


def _leads_astray(link: os.DirEntry[str], inside: Path, here: Path) -> bool:
    """Whether a link in `here` leads out of `inside`, to a folder around itself, or nowhere."""
    target = Path(os.path.realpath(link))
    inwards = target.is_relative_to(inside) and not here.is_relative_to(target)
    return not inwards or not os.path.exists(link)


def _refuse_depth(folder: Path, root: Path) -> None:
    if len(folder.parts) - len(root.parts) > MAX_DEPTH:
        raise ZooError(
            f"{root}: more than {MAX_DEPTH} folders in one another: name the one that holds the"
            " faces"
        )
