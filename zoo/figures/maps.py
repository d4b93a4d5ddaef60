"""Pictures of relevance maps: over the face, each member's, and where members disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from zoo.figures.faces import faded, rgb, show_face
from zoo.figures.probabilities import write_probabilities
from zoo.figures.style import DIVERGING, SEQUENTIAL, new_figure
from zoo.files import refuse_existing

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

UNDER_MAP = 0.45
"""How much of the face shines through its map."""

PERCENTILE = 99.5
"""Of a map's magnitudes, what the colours end at, so that no single pixel blanches the rest."""


class MapExplanation(Protocol):
    """What the pictures need to know; `zoo.explainers.base` says what it means."""

    @property
    def face(self) -> np.ndarray:
        """(H, W, 1|3), 0–255."""
        ...

    @property
    def maps(self) -> np.ndarray:
        """(L, H, W)."""
        ...

    @property
    def targets(self) -> np.ndarray:
        """(L,) int, positions in `classes`."""
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
    def signed(self) -> bool:
        """Whether the maps may be negative."""
        ...

    @property
    def top(self) -> int:
        """The row of the most probable explained class."""
        ...


def write_map_figures(
    explanation: MapExplanation, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write ``map.png``, a row per explained class, and ``probabilities.png``.

    Args:
        explanation: of one face. Where it has the maps of several `members`, they and their
            `disagreement` are shown, too, and so are its `remarks`.
        folder: where they go; made if missing.
        overwrite: whether existing pictures may be replaced.

    Returns:
        The two files, in this order.

    Raises:
        ZooError: one of them exists and `overwrite` is false; then none is written.
    """
    paths = [folder / "map.png", folder / "probabilities.png"]
    for path in paths:
        refuse_existing(path, overwrite=overwrite)
    _write_maps(explanation, paths[0])
    write_probabilities(explanation, _heading(explanation), paths[1])
    return paths


def _heading(explanation: MapExplanation) -> str:
    target = explanation.targets[explanation.top]
    return (
        f"{explanation.label} of {explanation.predictor}: {explanation.classes[target]} "
        f"{explanation.probabilities[target]:.3f}"
    )


def _write_maps(explanation: MapExplanation, path: Path) -> None:
    members = getattr(explanation, "members", ())
    several = len(members) > 1
    columns = 2 + (len(members) + 1 if several else 0)
    rows = len(explanation.targets)
    with new_figure(max(2.1 * columns, 6.4), 2.5 * rows + 0.9, path, overwrite=True) as figure:
        axes = figure.subplots(rows, columns, squeeze=False)
        for row, target in enumerate(explanation.targets):
            name = explanation.classes[target]
            title = f"{name} {explanation.probabilities[target]:.3f}"
            show_face(axes[row, 0], rgb(explanation.face), title)
            image = overlay(
                axes[row, 1], explanation.face, explanation.maps[row], "the map",
                signed=explanation.signed,
            )  # fmt: skip
            bar = figure.colorbar(image, ax=axes[row, 1], shrink=0.7, format="%.2g")
            bar.set_label(f"relevance for {name}", fontsize=8)
            if several:
                _show_members(axes[row, 2:], explanation, row)
        figure.suptitle(_heading(explanation))
        legend = ["red: speaks for the class, blue: against it"] if explanation.signed else []
        notes = [*legend, *getattr(explanation, "remarks", ())]
        figure.supxlabel("; ".join(notes), fontsize=8, wrap=True)


def _show_members(axes: np.ndarray, explanation: Any, row: int) -> None:
    """Each member's map in its own scale, and where they disagree."""
    *places, last = axes
    for place, axis in enumerate(places):
        title = f"{explanation.members[place]}\nweight {explanation.member_weights[place]:.2g}"
        relevance = explanation.member_maps[place, row]
        overlay(axis, explanation.face, relevance, title, signed=explanation.signed)
    disagreement = explanation.disagreement[row]
    show_face(last, faded(explanation.face, UNDER_MAP), "disagreement\n(sd of maps of peak 1)")
    last.imshow(
        disagreement, cmap=SEQUENTIAL, vmin=0, vmax=float(disagreement.max()) or 1.0, alpha=0.75
    )


def overlay(
    axis: Axes,
    face: np.ndarray,
    relevance: np.ndarray,
    title: str,
    *,
    signed: bool,
    limit: float | None = None,
) -> Any:
    """Show a map, (H, W), over its faded face.

    Args:
        axis: where.
        face: (H, W, 1|3), 0–255.
        relevance: (H, W).
        title: above.
        signed: whether it may be negative: red is for, blue is against.
        limit: the value at which the colours end; by default the map's own `colour_limit`.

    Returns:
        The image, for a colour bar.
    """
    if limit is None:
        limit = colour_limit(relevance)
    show_face(axis, faded(face, UNDER_MAP), title)
    colours, low = (DIVERGING, -limit) if signed else (SEQUENTIAL, 0.0)
    return axis.imshow(relevance, cmap=colours, vmin=low, vmax=limit, alpha=0.75)


def colour_limit(maps: np.ndarray) -> float:
    """Where the colours of maps end: at `PERCENTILE` of their magnitudes.

    At the largest where so few pixels have any that this is 0, and at 1 where none has.
    """
    magnitudes = np.abs(maps)
    return float(np.percentile(magnitudes, PERCENTILE) or magnitudes.max() or 1.0)


def show_numbers(axis: Axes, caption: str) -> None:
    """Write below a map how far it may be believed, a number per line."""
    axis.set_xlabel(caption.replace(", ", "\n"), fontsize=7)
