"""Faces, what a model gives them, and why, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from zoo.figures.faces import rgb, show_face
from zoo.figures.maps import overlay, show_numbers
from zoo.figures.style import FOR, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes


class ShownFace(Protocol):
    """What the picture needs to know; `zoo.explainers.gallery` explains it."""

    @property
    def face(self) -> np.ndarray:
        """(H, W, 1|3), 0–255."""
        ...

    @property
    def name(self) -> str:
        """Where it stands in its source."""
        ...

    @property
    def label(self) -> int:
        """Its class's position."""
        ...

    @property
    def probabilities(self) -> np.ndarray:
        """(K,), the model's."""
        ...

    @property
    def maps(self) -> Mapping[int, np.ndarray]:
        """(H, W) each, by the class's position that it explains."""
        ...

    @property
    def signed(self) -> bool:
        """Whether maps may be negative."""
        ...

    def caption(self, target: int) -> str:
        """How far a map may be believed, in one line."""
        ...


def write_gallery(
    rows: Sequence[ShownFace],
    classes: Sequence[str],
    title: str,
    path: Path,
    *,
    remarks: Sequence[str] = (),
    overwrite: bool = False,
) -> None:
    """Draw a row per face: the face, bars of its probabilities, a map per explained class.

    Args:
        rows: at least one.
        classes: the K names.
        title: which faces, which model, which method.
        path: where the picture goes.
        remarks: what a reader of the maps must know, a line each.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    columns = 2 + max(len(row.maps) for row in rows)
    size = (2.1 * columns + 0.6, 2.15 * len(rows) + 0.8)
    with new_figure(*size, path, overwrite=overwrite) as figure:
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for axes, row in zip(grid, rows, strict=True):
            show_face(axes[0], rgb(row.face), f"{row.name}\nlabel: {classes[row.label]}")
            _bars(axes[1], row, classes)
            for axis, (target, relevance) in zip(axes[2:], row.maps.items(), strict=False):
                overlay(axis, row.face, relevance, f"for {classes[target]}", signed=row.signed)
                show_numbers(axis, row.caption(target))
            for axis in axes[2 + len(row.maps) :]:
                axis.set_axis_off()
        grid[-1, 1].set_xlabel("probability", fontsize=7)
        figure.suptitle(title)
        legend = ["red: speaks for the class, blue: against it"] if rows[0].signed else []
        figure.supxlabel("; ".join([*legend, *remarks]), fontsize=8, wrap=True)


def _bars(axis: Axes, row: ShownFace, classes: Sequence[str]) -> None:
    places, predicted = np.arange(len(classes)), int(row.probabilities.argmax())
    colours = [FOR if place == predicted else "#999999" for place in places]
    axis.barh(places, row.probabilities, color=colours, height=0.7)
    axis.set_yticks(places, classes, fontsize=7)
    axis.get_yticklabels()[row.label].set_fontweight("bold")
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"], fontsize=7)
    axis.set_title(f"{classes[predicted]} {row.probabilities[predicted]:.2f}", fontsize=9)
