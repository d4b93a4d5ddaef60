"""Reading folders whose images are called by a scheme: whose face it is, and often its label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.emotions import KNOWN_CLASSES, canonical
from zoo.data.readers.found import Find, FoundImage, as_source
from zoo.data.readers.tree import SPLIT_FOLDERS, images_below, stray_links, told
from zoo.data.source import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.data.readers.labelled import LabelledImages
    from zoo.data.settings import ImportSettings

EXPECTED = "a folder of images called as CK+48's, JAFFE's or KDEF's"
TAKES = frozenset({"crop_faces"})

_LOOKED_AT = 100
_SHARE = 0.9


@dataclass(frozen=True)
class Scheme:
    """How the images of a data set are called.

    Attributes:
        name: of the data set.
        pattern: of a file's name without its ending; its groups become columns, but ``emotion``.
        emotions: the emotion of each code in ``emotion``; empty where folders are the classes.
    """

    name: str
    pattern: re.Pattern[str]
    emotions: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the groups that become columns."""
        return tuple(name for name in self.pattern.groupindex if name != "emotion")


SCHEMES = (
    # Subject, sequence and frame of CK+ (Lucey et al. 2010): S010_004_00000017.png. Its frames cut
    # to 48×48 pixels in seven class folders go around as CK+48.
    Scheme("CK+48", re.compile(r"(?P<subject>S\d{3,4})_(?P<sequence>\d{3})_\d{8}"), {}),
    # Subject, expression and its take, number: KA.AN1.39.tiff (Lyons et al. 1998, "Coding facial
    # expressions with Gabor wavelets").
    Scheme(
        "JAFFE",
        re.compile(r"(?P<subject>[A-Z]{2})\.(?P<emotion>AN|DI|FE|HA|NE|SA|SU)\d?\.\d+"),
        {
            "AN": "angry", "DI": "disgust", "FE": "fear", "HA": "happy", "NE": "neutral",
            "SA": "sad", "SU": "surprise",
        },
    ),
    # Session, gender and number of the subject, expression, angle: AF01ANS.JPG (Lundqvist, Flykt
    # and Öhman 1998, "The Karolinska Directed Emotional Faces").
    Scheme(
        "KDEF",
        re.compile(
            r"(?P<session>[AB])(?P<subject>[FM]\d{2})(?P<emotion>AF|AN|DI|HA|NE|SA|SU)"
            r"(?P<angle>FL|HL|S|HR|FR)",
            re.IGNORECASE,
        ),
        {
            "AF": "fear", "AN": "angry", "DI": "disgust", "HA": "happy", "NE": "neutral",
            "SA": "sad", "SU": "surprise",
        },
    ),
)  # fmt: skip


def recognise(path: Path) -> bool:
    """Whether it is a folder of images, nine in ten of the first called by one of `SCHEMES`."""
    return path.is_dir() and _scheme(path) is not None


def open_source(path: Path, settings: ImportSettings) -> LabelledImages:
    """Take the images' names apart, decoding nothing.

    Raises:
        ZooError: they make no data set, or a subject stands in two splits.
    """
    scheme = _scheme(path) or SCHEMES[0]
    found: list[FoundImage] = []
    left_out = told(stray_links(path, path), path)
    for file in images_below(path, path):
        image = _image(file, path, scheme)
        if isinstance(image, str):
            left_out.append((image, text(file.relative_to(path))))
        else:
            found.append(image)
    kind = f"images called as {scheme.name}'s"
    find = Find("file_names", kind, path, path, found, scheme.columns, left_out)
    return as_source(find, settings)


def _scheme(path: Path) -> Scheme | None:
    first = list(islice(images_below(path, path), _LOOKED_AT))
    for scheme in SCHEMES:
        there = [file for file in first if scheme.pattern.fullmatch(file.stem)]
        in_classes = scheme.emotions or all(file.parent != path for file in there)
        if there and in_classes and len(there) >= _SHARE * len(first):
            return scheme
    return None


def _image(file: Path, root: Path, scheme: Scheme) -> FoundImage | str:
    """What a file's name and folders say, or why it is left out."""
    match = scheme.pattern.fullmatch(file.stem)
    if match is None:
        return f"not called as {scheme.name}'s"
    top = file.relative_to(root).parts[0].casefold()
    folder = canonical(text(Path(file.parent.name)))
    if scheme.emotions:
        name = scheme.emotions[match["emotion"].upper()]
        if folder in KNOWN_CLASSES and folder != name and file.parent != root:
            return "folder and name say different emotions"
    else:
        name = folder
    attributes = tuple(match[column].upper() for column in scheme.columns)
    return FoundImage(file, name, SPLIT_FOLDERS.get(top, "train"), attributes)
