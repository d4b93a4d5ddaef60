"""How several models fare on each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.style import CLASS_COLOURS, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LARGEST = len(CLASS_COLOURS)
"""Models: of more nobody could tell the colours apart."""


def class_bars_figure(
    classes: Sequence[str],
    measured: Mapping[str, Sequence[tuple[float, float, float] | None]],
    *,
    title: str,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw a bar with its interval per class and model, side by side.

    Args:
        classes: what stands below each of the K groups.
        measured: by the model's name, `LARGEST` at most: per class F1 and its interval's ends,
            fractions in 0–1; None where the class has no face.
        title: what was compared, with the split and n.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    width = 0.84 / len(measured)
    inches = min(16.0, max(6.5, 1.0 + len(classes) * (0.35 + 0.14 * len(measured))))
    with new_figure(inches, 4.6, path, overwrite=overwrite) as figure:
        axes = figure.subplots()
        for place, (name, values) in enumerate(measured.items()):
            offset = (place - (len(measured) - 1) / 2) * width
            there = [(k + offset, value) for k, value in enumerate(values) if value is not None]
            colour = CLASS_COLOURS[place]
            axes.bar(
                [x for x, _ in there], [100 * value[0] for _, value in there], 0.9 * width,
                color=colour, label=name, zorder=2,
            )  # fmt: skip
            axes.vlines(
                [x for x, _ in there],
                [100 * value[1] for _, value in there],
                [100 * value[2] for _, value in there],
                color="#222222", lw=1, zorder=3,
            )  # fmt: skip
        for place in range(len(classes)):
            if all(values[place] is None for values in measured.values()):
                axes.text(place, 2, "no face", ha="center", fontsize=8, color="#555555")
        axes.set_xticks(range(len(classes)), classes)
        axes.set_xlim(-0.55, len(classes) - 0.45)
        axes.set_ylim(0, 100)
        axes.set_ylabel("F1, % (line: 95 % interval)")
        axes.tick_params(axis="x", length=0)
        axes.grid(axis="y", color="#DDDDDD", lw=0.6)
        axes.set_axisbelow(True)
        figure.suptitle(wrapped(title, round(12.5 * inches)), fontsize=9)
        figure.legend(
            loc="outside lower center", ncols=min(4, len(measured)), frameon=False, fontsize=8
        )
