"""Pictures of what the model says as a map's pixels go, or come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zoo.figures.style import AGAINST, FOR, new_figure

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np


class Curves(Protocol):
    """What the picture needs to know; `zoo.explainers.faithfulness.perturbation` explains it."""

    @property
    def shares(self) -> np.ndarray:
        """(P,), of all pixels that are changed, 0–1."""
        ...

    @property
    def deletion(self) -> np.ndarray:
        """(P,), 0–1."""
        ...

    @property
    def insertion(self) -> np.ndarray:
        """(P,), 0–1."""
        ...

    @property
    def deletion_auc(self) -> float:
        """0–1."""
        ...

    @property
    def insertion_auc(self) -> float:
        """0–1."""
        ...


def write_curves(
    curves: Curves, name: str, heading: str, path: Path, *, overwrite: bool = False
) -> None:
    """Draw a class's probability over the share of pixels that were deleted, or inserted.

    Args:
        curves: of one map.
        name: of the class.
        heading: which method, which model.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    with new_figure(6.4, 3.6, path, overwrite=overwrite) as figure:
        axis = figure.subplots()
        for values, area, label, colour in (
            (curves.insertion, curves.insertion_auc, "insertion", FOR),
            (curves.deletion, curves.deletion_auc, "deletion", AGAINST),
        ):
            axis.plot(
                100 * curves.shares, values, ".-", color=colour, label=f"{label}, AUC {area:.3f}"
            )
            axis.fill_between(100 * curves.shares, values, color=colour, alpha=0.12)
        axis.set_xlim(0, 100)
        axis.set_ylim(0, 1.02)
        axis.set_xlabel("pixels changed, the most relevant first (%)")
        axis.set_ylabel(f"P({name})")
        axis.legend(frameon=False)
        figure.suptitle(f"{heading}: n = 1 face")
