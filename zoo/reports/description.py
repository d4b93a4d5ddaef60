"""What a data set holds, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.columns import BRIGHTNESS, CONTRAST, SHARPNESS, measured
from zoo.data.description import class_counts, counted_faces, description_tables
from zoo.data.mean_faces import mean_faces
from zoo.figures.contact_sheet import Tile, contact_sheet, in_rows
from zoo.figures.data import class_distribution, column_histograms
from zoo.files import output_folder, refuse_existing
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.tables import Table

_COLUMNS = 8
_EXAMPLES = 10
"""Of each class."""

_AXES = {
    BRIGHTNESS: "brightness, mean grey level",
    CONTRAST: "contrast, standard deviation of grey levels",
    SHARPNESS: "sharpness, variance of the Laplacian",
}


def write_description(
    dataset: Dataset, folder: Path, *, overwrite: bool = False
) -> tuple[list[Table], list[Path]]:
    """Count, list, draw, and show all of it on a page.

    Args:
        dataset: what to describe.
        folder: where ``<name>-description.html`` and the pictures go; made if missing.
        overwrite: whether those may be replaced.

    Returns:
        `zoo.data.description.description_tables`, and the files' paths, the page first: bars of
        the classes, some faces, mean faces, histograms; without labels neither bars nor means.

    Raises:
        ZooError: one of the files exists and `overwrite` is false, or none can be written; nothing
            is written then.
    """
    name = dataset.name
    draw = {
        file: how for file, how in _PICTURES.items() if dataset.classes or how not in _LABELLED
    }
    paths = [folder / f"{name}-{file}" for file in ("description.html", *draw)]
    for path in paths:  # known now, not after the work
        refuse_existing(path, overwrite=overwrite)
    tables = description_tables(dataset)
    with output_folder(folder, overwrite=overwrite) as temporary:
        page, *pictures = (temporary / path.name for path in paths)
        drawn = [how(dataset, path) for how, path in zip(draw.values(), pictures, strict=True)]
        bars, faces = (drawn[:1], drawn[1:-1]) if dataset.classes else ([], drawn[:-1])
        sections = [
            Section("Classes and splits", [tables[0], *bars]),
            Section("Faces", faces),
            Section("Measured", [drawn[-1], *tables[1:]]),
        ]
        write_page(page, f"{name}: description", sections)
    return tables, paths


def _draw_classes(dataset: Dataset, path: Path) -> Picture:
    class_distribution(class_counts(dataset), dataset.classes, path, name=dataset.name)
    return Picture(path, f"Faces per class in {dataset.name}.", "Bar chart.")


def _draw_examples(dataset: Dataset, path: Path) -> Picture:
    """A few faces of each class, a row for each, drawn by a fixed lot."""
    split = next(iter(dataset.splits.values()))
    labels = split.labels if split.labelled else np.zeros(len(split), np.int64)
    chance = np.random.default_rng(0)
    rows = []
    for label in np.unique(labels).tolist():
        there = np.flatnonzero(labels == label)
        chosen = np.sort(chance.choice(there, min(_EXAMPLES, len(there)), replace=False))
        below = (dataset.classes[label],) if split.labelled else ()
        rows.append([Tile(split.faces[row], below) for row in chosen.tolist()])
    whole = counted_faces(len(split), split.name)
    contact_sheet(rows, path, title=f"{dataset.name}: {sum(map(len, rows))} of its {whole}")
    return Picture(path, "Some faces, drawn by lot.", f"Contact sheet of {dataset.name}.")


def _draw_means(dataset: Dataset, path: Path) -> Picture:
    split = next(iter(dataset.splits.values()))
    faces = mean_faces(split, len(dataset.classes))
    tiles = [
        Tile(face, (name, f"n = {count:,}"))
        for face, (name, count) in zip(
            faces, dataset.class_counts(split.name).items(), strict=True
        )
    ]
    title = f"{dataset.name}: mean faces of {split.name}"
    contact_sheet(in_rows(tiles, _COLUMNS), path, title=title)
    caption = f"The mean of each class's {split.name} faces, pixel by pixel."
    return Picture(path, caption, f"Mean face of each class of {dataset.name}.")


def _draw_histograms(dataset: Dataset, path: Path) -> Picture:
    of_splits = {
        # Drawn faces come without columns.
        name: split.columns if BRIGHTNESS in split.columns else measured(split.faces)
        for name, split in dataset.splits.items()
    }
    columns = {
        text: {name: np.asarray(of_split[column]) for name, of_split in of_splits.items()}
        for column, text in _AXES.items()
    }
    column_histograms(columns, path, name=dataset.name)
    spread = f"Brightness, contrast and sharpness of the faces of {dataset.name}, by split."
    return Picture(path, spread, "Histograms.")


_PICTURES = {
    "classes.png": _draw_classes,
    "faces.png": _draw_examples,
    "mean-faces.png": _draw_means,
    "measured.png": _draw_histograms,
}
_LABELLED = (_draw_classes, _draw_means)
"""Those that need labels."""
