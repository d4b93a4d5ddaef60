"""Pictures of superpixel explanations: what speaks for a class, what against it, how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from matplotlib.collections import LineCollection

from zoo.figures.faces import faded, grey, rgb, show_face
from zoo.figures.probabilities import write_probabilities
from zoo.figures.style import AGAINST, DIVERGING, FOR, new_figure
from zoo.files import refuse_existing

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

GHOST = 0.12
"""How much of a superpixel that is not shown still shines through."""

UNDER_WEIGHTS = 0.4
"""How much of the face shines through its weights."""


class SuperpixelExplanation(Protocol):
    """What the pictures need to know; `zoo.explainers.superpixels` says what it means."""

    @property
    def face(self) -> np.ndarray:
        """(H, W, 1|3), 0–255."""
        ...

    @property
    def segments(self) -> np.ndarray:
        """(H, W) int, numbered from 0."""
        ...

    @property
    def maps(self) -> np.ndarray:
        """(L, H, W) signed weights."""
        ...

    @property
    def targets(self) -> np.ndarray:
        """(L,) int, positions in `classes`."""
        ...

    @property
    def r2(self) -> np.ndarray:
        """(L,) float."""
        ...

    @property
    def local_predictions(self) -> np.ndarray:
        """(L,) float."""
        ...

    @property
    def probabilities(self) -> np.ndarray:
        """(K,) float."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The K names."""
        ...

    @property
    def predictor(self) -> str:
        """The model's name."""
        ...

    @property
    def label(self) -> str:
        """The method as people write it."""
        ...

    @property
    def samples(self) -> int:
        """Perturbed faces seen."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know, a line each."""
        ...

    @property
    def minimum_weight(self) -> float:
        """The least weight of what `supporting` and `opposing` give."""
        ...

    @property
    def top(self) -> int:
        """The row of the most probable explained class."""
        ...

    def supporting(self, row: int) -> np.ndarray:
        """The superpixels to show as speaking for a class."""
        ...

    def opposing(self, row: int) -> np.ndarray:
        """The superpixels to show as speaking against a class."""
        ...


def write_superpixel_figures(
    explanation: SuperpixelExplanation, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write the four pictures of an explanation by superpixels.

    ``panels.png`` (the face; what speaks for its most probable class; its borders; what speaks
    against it), ``classes.png`` (one panel per class, each from its own weights),
    ``heatmap.png`` (the weights of the most probable class) and ``probabilities.png``.

    Args:
        explanation: of one face.
        folder: where they go; made if missing.
        overwrite: whether existing pictures may be replaced.

    Returns:
        The four files, in this order.

    Raises:
        ZooError: one of them exists and `overwrite` is false; then none is written.
    """
    writers = {
        "panels.png": _write_panels,
        "classes.png": _write_classes,
        "heatmap.png": _write_heatmap,
        "probabilities.png": _write_probabilities,
    }
    paths = [folder / name for name in writers]
    for path in paths:
        refuse_existing(path, overwrite=overwrite)
    for path, write in zip(paths, writers.values(), strict=True):
        write(explanation, path)
    return paths


def _write_panels(explanation: SuperpixelExplanation, path: Path) -> None:
    top = explanation.top
    supporting, opposing = explanation.supporting(top), explanation.opposing(top)
    name = explanation.classes[explanation.targets[top]]
    with new_figure(9.2, 3.0, path, overwrite=True) as figure:
        axes = figure.subplots(1, 4)
        show_face(axes[0], rgb(explanation.face), "the face")
        show_face(axes[1], _only(explanation, supporting), _counted(supporting, f"for {name}"))
        _outline(axes[1], explanation, supporting, FOR, width=1.0)
        show_face(axes[2], grey(explanation.face), f"borders of what is for {name}")
        _outline(axes[2], explanation, supporting, FOR)
        show_face(axes[3], _only(explanation, opposing), _counted(opposing, f"against {name}"))
        _outline(axes[3], explanation, opposing, AGAINST, width=1.0)
        figure.suptitle(_heading(explanation, top))
        notes = [_shown(explanation), *explanation.remarks]
        figure.supxlabel("\n".join(notes), fontsize=8, wrap=True)


def _write_classes(explanation: SuperpixelExplanation, path: Path) -> None:
    columns = min(4, len(explanation.targets))
    rows = -(-len(explanation.targets) // columns)
    with new_figure(max(2.3 * columns, 6.0), 2.75 * rows + 0.8, path, overwrite=True) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for row, target in enumerate(explanation.targets):
            supporting, opposing = explanation.supporting(row), explanation.opposing(row)
            title = (
                f"{explanation.classes[target]} {explanation.probabilities[target]:.3f}\n"
                f"{len(supporting)} for, {len(opposing)} against, "
                f"R² {_written(explanation.r2[row])}"
            )
            both = np.concatenate([supporting, opposing])
            show_face(axes[row], _only(explanation, both), title)
            _outline(axes[row], explanation, opposing, AGAINST)
            _outline(axes[row], explanation, supporting, FOR)
        for axis in axes[len(explanation.targets) :]:
            axis.set_axis_off()
        figure.suptitle(
            f"{explanation.label} of {explanation.predictor}, "
            f"n = {explanation.samples:,} samples\n"
            "each class with its probability and its own weights"
        )
        figure.supxlabel(
            f"orange border: speaks for the class, blue: against it; {_shown(explanation)}",
            fontsize=8,
        )


def _write_heatmap(explanation: SuperpixelExplanation, path: Path) -> None:
    top = explanation.top
    weights = explanation.maps[top]
    limit = float(np.abs(weights).max()) or 1.0
    name = explanation.classes[explanation.targets[top]]
    with new_figure(7.2, 3.7, path, overwrite=True) as figure:
        left, right = figure.subplots(1, 2)
        superpixels = np.unique(explanation.segments)
        show_face(left, rgb(explanation.face), f"the face in {len(superpixels)} superpixels")
        _outline(left, explanation, superpixels, "white", width=0.5)
        show_face(right, faded(explanation.face, UNDER_WEIGHTS), f"weights for {name}")
        image = right.imshow(weights, cmap=DIVERGING, vmin=-limit, vmax=limit, alpha=0.75)
        _outline(right, explanation, superpixels, "#777777", width=0.5)
        bar = figure.colorbar(image, ax=right, shrink=0.85)
        bar.set_label(f"change of P({name}) when shown")
        figure.suptitle(_heading(explanation, top))


def _write_probabilities(explanation: SuperpixelExplanation, path: Path) -> None:
    write_probabilities(explanation, _heading(explanation, explanation.top), path)


def _heading(explanation: SuperpixelExplanation, row: int) -> str:
    target = explanation.targets[row]
    return (
        f"{explanation.label} of {explanation.predictor}: {explanation.classes[target]} "
        f"{explanation.probabilities[target]:.3f}, n = {explanation.samples:,} samples, "
        f"R² {_written(explanation.r2[row])}"
    )


def _shown(explanation: SuperpixelExplanation) -> str:
    return f"shown: the strongest superpixels with |weight| > {explanation.minimum_weight:g}"


def _counted(superpixels: np.ndarray, what: str) -> str:
    return f"{what}: {len(superpixels) or 'none'}"


def _only(explanation: SuperpixelExplanation, superpixels: np.ndarray) -> np.ndarray:
    """The face's chosen superpixels; the rest is a ghost on white."""
    chosen = np.isin(explanation.segments, superpixels)[..., np.newaxis]
    return np.where(chosen, rgb(explanation.face), faded(explanation.face, GHOST))


def _outline(
    axis: Axes,
    explanation: SuperpixelExplanation,
    superpixels: np.ndarray,
    colour: str,
    width: float = 1.6,
) -> None:
    """Draw the borders of some superpixels along the pixels' edges."""
    segments = explanation.segments
    regions = np.where(np.isin(segments, superpixels), segments, -1)
    y, x = np.nonzero(regions[:, 1:] != regions[:, :-1])
    upright = np.stack([x + 0.5, y - 0.5, x + 0.5, y + 0.5], axis=-1)
    y, x = np.nonzero(regions[1:] != regions[:-1])
    level = np.stack([x - 0.5, y + 0.5, x + 0.5, y + 0.5], axis=-1)
    lines = np.concatenate([upright, level]).reshape(-1, 2, 2)
    axis.add_collection(
        LineCollection(list(lines), colors=colour, linewidths=width, capstyle="round"),
        autolim=False,
    )


def _written(value: float) -> str:
    """A number, or a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.2f}"
