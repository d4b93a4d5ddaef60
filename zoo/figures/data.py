"""Pictures of data sets: how many faces of each class, and what they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.figures.style import CLASS_COLOURS, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes


def class_distribution(
    counts: Mapping[str, Sequence[int]],
    classes: Sequence[str],
    path: Path,
    *,
    name: str,
    overwrite: bool = False,
) -> None:
    """Draw the faces per class as bars, one panel per split, the count and share at each bar.

    Args:
        counts: per split, the number of faces of each class, in the order of `classes`.
        classes: class names.
        path: where the picture goes.
        name: the data set's name, for the title.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    height = 1.2 + 0.28 * len(classes)
    with new_figure(1.2 + 3.0 * len(counts), height, path, overwrite=overwrite) as figure:
        figure.suptitle(f"Faces per class in {name}")
        panels = figure.subplots(1, len(counts), sharey=True, squeeze=False)[0]
        places = np.arange(len(classes))
        for panel, colour, (split, faces) in zip(
            panels, CLASS_COLOURS, counts.items(), strict=False
        ):
            total = sum(faces)
            bars = panel.barh(places, faces, color=colour)
            shares = [f"{count:,} ({count / max(total, 1):.0%})" for count in faces]
            panel.bar_label(bars, shares, padding=3, fontsize=8)
            panel.set_xlim(0, 1.45 * max(*faces, 1))
            panel.set_title(f"{split}, n = {total:,}")
            panel.set_xlabel("faces")
        panels[0].set_yticks(places, classes)
        panels[0].set_ylabel("class")
        panels[0].invert_yaxis()


def face_sheet(
    faces: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    path: Path,
    *,
    title: str,
    overwrite: bool = False,
) -> None:
    """Draw faces in rows by class, in the order given.

    Args:
        faces: (N, H, W, 1|3) uint8, 0–255.
        labels: (N,) positions in `classes`.
        classes: class names; those without a face get no row.
        path: where the picture goes.
        title: what the sheet shows, the data set's name in it.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    shown = [label for label in range(len(classes)) if np.any(labels == label)]
    columns = max((int(np.sum(labels == label)) for label in shown), default=1)
    with new_figure(
        1.1 + 0.8 * columns, 0.6 + 0.8 * len(shown), path, overwrite=overwrite
    ) as figure:
        figure.suptitle(title)
        grid = figure.subplots(max(len(shown), 1), columns, squeeze=False)
        for panel in grid.flat:
            panel.axis("off")
        for row, label in zip(grid, shown, strict=False):
            for panel, face in zip(row, faces[labels == label], strict=False):
                _draw_face(panel, face)
            row[0].text(
                -0.12, 0.5, classes[label], transform=row[0].transAxes, ha="right", va="center"
            )


def _draw_face(panel: Axes, face: np.ndarray) -> None:
    grey = face.shape[-1] == 1
    panel.imshow(face[..., 0] if grey else face, cmap="gray" if grey else None, vmin=0, vmax=255)
