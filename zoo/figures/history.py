"""Loss and accuracy over the epochs of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter

from zoo.figures.style import CLASS_COLOURS, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

_PANELS = (("loss", "loss (mean per face)"), ("accuracy", "top-1 accuracy"))


def draw_history(
    path: Path,
    columns: Mapping[str, Sequence[float]],
    *,
    best_epoch: int,
    title: str,
    train_faces: int,
    validation_faces: int,
) -> None:
    """Draw training and validation curves side by side; an existing picture is replaced.

    Args:
        path: where the picture goes (.png, .svg or .pdf).
        columns: ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``: one value per
            finished epoch; accuracies 0–1.
        best_epoch: the epoch whose weights were kept; it is marked.
        title: the model's name and the run's.
        train_faces: n of the training curves.
        validation_faces: n of the validation curves.
    """
    with new_figure(8, 3.4, path, overwrite=True) as figure:
        figure.suptitle(title)
        panels: list[Axes] = list(figure.subplots(1, len(_PANELS)))
        for axes, (name, label) in zip(panels, _PANELS, strict=True):
            _curves(axes, columns, name, train_faces, validation_faces)
            axes.axvline(
                best_epoch, color="#777777", linestyle=":", label=f"best epoch, {best_epoch}"
            )
            axes.set(xlabel="epoch", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        panels[1].yaxis.set_major_formatter(PercentFormatter(xmax=1))
        panels[0].legend(frameon=False)


def _curves(
    axes: Axes,
    columns: Mapping[str, Sequence[float]],
    name: str,
    train_faces: int,
    validation_faces: int,
) -> None:
    """Training and validation differ in colour, line and marker, so print keeps them apart."""
    curves = (
        (name, f"train, n = {train_faces:,}", "o", "-"),
        (f"val_{name}", f"validation, n = {validation_faces:,}", "s", "--"),
    )
    for colour, (column, label, marker, line) in zip(CLASS_COLOURS, curves, strict=False):
        axes.plot(
            columns["epoch"], columns[column], line, marker=marker, markersize=3, color=colour,
            label=label,
        )  # fmt: skip
