"""What a data set holds, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.columns import BRIGHTNESS, CONTRAST, SHARPNESS, measured
from zoo.data.description import describe
from zoo.data.mean_faces import mean_faces
from zoo.figures.contact_sheet import Tile, contact_sheet, in_rows
from zoo.figures.data import column_histograms
from zoo.files import refuse_existing
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset, Split
    from zoo.tables import Table

_COLUMNS = 8

_AXES = {
    BRIGHTNESS: "brightness, mean grey level",
    CONTRAST: "contrast, standard deviation of grey levels",
    SHARPNESS: "sharpness, variance of the Laplacian",
}


def write_description(
    dataset: Dataset, folder: Path, *, overwrite: bool = False
) -> tuple[list[Table], list[Path]]:
    """Count, list, draw: `zoo.data.description.describe`, and a page that shows all of it.

    Args:
        dataset: what to describe.
        folder: where ``<name>-description.html`` and the pictures go; made if missing.
        overwrite: whether those may be replaced.

    Returns:
        The tables, and the files' paths, the page first.

    Raises:
        ZooError: one of the files exists and `overwrite` is false.
    """
    name = dataset.name
    page, means, histograms = (
        folder / f"{name}-{what}"
        for what in ("description.html", "mean-faces.png", "measured.png")
    )
    for path in (page, means, histograms):
        refuse_existing(path, overwrite=overwrite)
    tables, pictures = describe(dataset, folder, overwrite=overwrite)
    *distribution, examples = pictures
    looks = [Picture(examples, "Some faces, drawn by lot.", f"Contact sheet of {name}.")]
    split = next(iter(dataset.splits.values()))
    if split.labelled:
        _draw_means(dataset, split, means, overwrite=overwrite)
        caption = f"The mean of each class's {split.name} faces, pixel by pixel."
        looks.append(Picture(means, caption, f"Mean face of each class of {name}."))
    _draw_histograms(dataset, histograms, overwrite=overwrite)
    spread = f"Brightness, contrast and sharpness of the faces of {name}, by split."
    bars = [Picture(path, f"Faces per class in {name}.", "Bar chart.") for path in distribution]
    sections = [
        Section("Classes and splits", [tables[0], *bars]),
        Section("Faces", looks),
        Section("Measured", [Picture(histograms, spread, "Histograms."), *tables[1:]]),
    ]
    write_page(page, f"{name}: description", sections, overwrite=overwrite)
    drawn = [means] if split.labelled else []
    return tables, [page, *pictures, *drawn, histograms]


def _draw_means(dataset: Dataset, split: Split, path: Path, *, overwrite: bool) -> None:
    counts = np.bincount(split.labels, minlength=len(dataset.classes)).tolist()
    faces = mean_faces(split, len(dataset.classes))
    tiles = [
        Tile(face, (name, f"n = {count:,}"))
        for face, name, count in zip(faces, dataset.classes, counts, strict=True)
    ]
    title = f"{dataset.name}: mean faces of {split.name}"
    contact_sheet(in_rows(tiles, _COLUMNS), path, title=title, overwrite=overwrite)


def _draw_histograms(dataset: Dataset, path: Path, *, overwrite: bool) -> None:
    of_splits = {
        # Drawn faces come without columns.
        name: split.columns if BRIGHTNESS in split.columns else measured(split.faces)
        for name, split in dataset.splits.items()
    }
    columns = {
        text: {name: np.asarray(of_split[column]) for name, of_split in of_splits.items()}
        for column, text in _AXES.items()
    }
    column_histograms(columns, path, name=dataset.name, overwrite=overwrite)
