"""Accuracy by kinds of faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BLUE, _ORANGE = CLASS_COLOURS[:2]


@dataclass(frozen=True)
class Dot:
    """One slice.

    Attributes:
        column: what is known of faces.
        name: what these have there.
        n: how many they are.
        accuracy: share that is right, 0–1.
        low: lower end of its 95 % interval.
        high: its upper end.
        differs: whether it differs from the column's other faces.
    """

    column: str
    name: str
    n: int
    accuracy: float
    low: float
    high: float
    differs: bool


def slices_figure(
    dots: Sequence[Dot], *, overall: float, title: str, path: Path, overwrite: bool = False
) -> None:
    """Draw one dot with its interval per slice, columns apart; filled where it differs.

    Args:
        dots: slices of one column beside each other.
        overall: accuracy on all faces, 0–1.
        title: which model on which split, with n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    columns = list(dict.fromkeys(dot.column for dot in dots))
    height = 1.4 + 0.19 * len(dots) + 0.28 * len(columns)
    with new_figure(6.5, height, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        axes.axvline(100 * overall, color=_ORANGE, lw=1.2, ls="--", zorder=1)
        place, places, labels = 0.0, [], []
        for column in columns:
            axes.text(0.01, place, column, transform=axes.get_yaxis_transform(), weight="bold",
                      fontsize=8, va="center")  # fmt: skip
            for dot in (one for one in dots if one.column == column):
                place += 1
                places.append(place)
                labels.append(f"{dot.name}  (n = {dot.n:,})")
                axes.plot([100 * dot.low, 100 * dot.high], [place, place], color=_BLUE, lw=1.5)
                axes.plot(
                    100 * dot.accuracy, place, "o", color=_BLUE, ms=5, zorder=3,
                    mfc=_BLUE if dot.differs else "white",
                )  # fmt: skip
            place += 1.5
        axes.set_yticks(places, labels, fontsize=8)
        axes.set_ylim(place - 0.8, -0.8)
        axes.set_xlim(0, 100)
        axes.set_xlabel(
            f"top-1 accuracy, % (bar: 95 % interval; dashed: all faces, {100 * overall:.1f} %)\n"
            "filled: differs from the column's other faces\n(Fisher's test, p < 0.05 after Holm)"
        )
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        figure.suptitle(wrapped(title, 75), fontsize=10)
