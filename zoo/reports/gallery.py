"""What a model gets right and wrong, and why, class by class on one page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoo.explainers.gallery import write_gallery_npz
from zoo.explainers.methods import METHODS
from zoo.figures.gallery import write_gallery
from zoo.files import output_folder
from zoo.reports.faithfulness import NUMBERS
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.explainers.gallery import Gallery, Wing
    from zoo.predictor import Predictor

_READING = (
    "Faces are drawn by a seed, none is picked for its looks. Each is explained for its predicted "
    "class and, where that is wrong, for its label, too."
)


def write_gallery_page(
    wings: Sequence[Wing],
    predictor: Predictor,
    where: str,
    gallery: Gallery,
    folder: Path,
    *,
    notes: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Path]:
    """Write ``gallery.html``, the pictures on it, one per wing, and ``gallery.npz``.

    Args:
        wings: from `zoo.explainers.gallery.gallery_of`.
        predictor: and its
        where: the faces, in words.
        gallery: which faces, which method.
        folder: where they go.
        notes: what must be known of the faces, a line each.
        overwrite: whether existing files may be replaced.

    Returns:
        The files, the page first.

    Raises:
        ZooError: a file exists and `overwrite` is false.
    """
    method, files = METHODS[gallery.method].label, ["gallery.html", "gallery.npz"]
    sections: dict[str, list[str | Picture]] = {}
    with output_folder(folder, overwrite=overwrite) as temporary:
        for wing in wings:
            title = (
                f"{wing.label}, {wing.outcome}: {len(wing.rows)} of {wing.of_outcome:,} faces "
                f"(of {wing.of_class:,} labelled so)"
            )
            path = temporary / f"{_stem(wing.label, predictor.classes)}-{wing.outcome}.png"
            heading = f"{title}\n{method} of {predictor.name}"
            write_gallery(wing.rows, predictor.classes, heading, path, remarks=wing.remarks)
            picture = Picture(path, title, f"faces, probabilities and maps: {title}")
            sections.setdefault(wing.label, []).append(picture)
            files.append(path.name)
        write_gallery_npz(wings, predictor, gallery, temporary / files[1])
        opening = Section("How to read it", [f"{_READING} {NUMBERS}", *notes, *wings[0].remarks])
        write_page(
            temporary / files[0],
            f"{predictor.name} on {where}: explained by {method}",
            [opening, *(Section(name, pictures) for name, pictures in sections.items())],
            contents=True,
        )
    return [folder / name for name in files]


def _stem(name: str, classes: Sequence[str]) -> str:
    """What a class's files begin with: its name, or its number where that is no file's name."""
    return name if re.fullmatch(r"[\w-]+", name) else f"class-{classes.index(name)}"
