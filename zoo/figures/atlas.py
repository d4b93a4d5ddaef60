"""Mean maps of many faces, per class and per confusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from zoo.figures.maps import colour_limit, overlay, show_numbers
from zoo.figures.style import new_figure

if TYPE_CHECKING:
    from pathlib import Path

MANY = 10
"""Faces whose mean map is no longer that of any one of them."""


class Atlas(Protocol):
    """What the pictures need to know; `zoo.explainers.atlas` says what it means."""

    @property
    def label(self) -> str:
        """The method as people write it."""
        ...

    @property
    def predictor(self) -> str:
        """The model's name."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The K names."""
        ...

    @property
    def signed(self) -> bool:
        """Whether maps may be negative."""
        ...

    @property
    def counts(self) -> np.ndarray:
        """(K, K), by label and prediction."""
        ...

    @property
    def maps(self) -> np.ndarray:
        """(K, K, H, W)."""
        ...

    @property
    def faces(self) -> np.ndarray:
        """(K, K, H, W), 0–255."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know, a line each."""
        ...

    def of_class(self, target: int, *, correct: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Mean map and mean face of what is predicted as a class."""
        ...

    def caption(self, target: int, label: int | None = None) -> str:
        """How far the maps of what is predicted as a class may be believed, in one line."""
        ...


def write_emotions(
    atlas: Atlas, where: str, path: Path, *, correct: bool = False, overwrite: bool = False
) -> None:
    """Draw a panel per class: the mean map of the faces predicted as it, over their mean.

    Args:
        atlas: the means.
        where: the faces, in words.
        path: where the picture goes.
        correct: whether only of faces that are of the class.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    count = len(atlas.classes)
    columns = min(4, count)
    rows = -(-count // columns)
    means = [atlas.of_class(target, correct=correct) for target in range(count)]
    ns = atlas.counts.diagonal() if correct else atlas.counts.sum(axis=0)
    limit = _limit(np.array([relevance for relevance, _ in means]), ns)
    with new_figure(2.2 * columns + 0.9, 2.45 * rows + 0.9, path, overwrite=overwrite) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for target, (relevance, face) in enumerate(means):
            image = overlay(
                axes[target], face[..., np.newaxis], relevance,
                f"{atlas.classes[target]}, n = {ns[target]:,}", signed=atlas.signed, limit=limit,
            )  # fmt: skip
            show_numbers(axes[target], atlas.caption(target, target if correct else None))
        for axis in axes[count:]:
            axis.set_axis_off()
        bar = figure.colorbar(image, ax=axes, shrink=0.7, format="%.2g")
        bar.set_label("mean share of relevance", fontsize=8)
        what = "correctly predicted faces by class" if correct else "faces by predicted class"
        figure.suptitle(f"{atlas.label} of {atlas.predictor}: {what}\n{where}")
        figure.supxlabel("; ".join(atlas.remarks), fontsize=8, wrap=True)


def write_pairs(atlas: Atlas, where: str, path: Path, *, overwrite: bool = False) -> None:
    """Draw the mean map of each pair of label (row) and prediction (column), for the prediction.

    Args:
        atlas: the means.
        where: the faces, in words.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    count = len(atlas.classes)
    limit = _limit(atlas.maps, atlas.counts)
    with new_figure(1.3 * count + 1.2, 1.75 * count + 1.1, path, overwrite=overwrite) as figure:
        axes = figure.subplots(count, count, squeeze=False)
        for (label, target), axis in np.ndenumerate(axes):
            n = atlas.counts[label, target]
            if n:
                numbers = atlas.caption(target, label).split(", ")
                overlay(
                    axis, atlas.faces[label, target, ..., np.newaxis], atlas.maps[label, target],
                    "\n".join([f"n = {n:,}", *numbers]), signed=atlas.signed, limit=limit,
                )  # fmt: skip
                axis.title.set_fontsize(6.5)
            else:
                axis.set_box_aspect(1)
                axis.set_xticks([])
                axis.set_yticks([])
                axis.spines[:].set_visible(False)
            if target == 0:
                axis.set_ylabel(atlas.classes[label])
            if label == count - 1:
                axis.set_xlabel(atlas.classes[target])
        figure.supylabel("label")
        figure.supxlabel("\n".join(["prediction, which is explained", *atlas.remarks]))
        figure.suptitle(f"{atlas.label} of {atlas.predictor}\n{where}")


def _limit(maps: np.ndarray, counts: np.ndarray) -> float:
    """Where the colours of mean maps end that are to be compared.

    Means of few faces have larger values, and would leave the others pale: where there are means
    of `MANY`, they alone decide.
    """
    least = MANY if counts.max() >= MANY else 1
    return colour_limit(maps[counts >= least]) if counts.max() else 1.0
