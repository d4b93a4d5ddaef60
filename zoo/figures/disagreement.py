"""How often models choose differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.figures.pairs import pairs_figure
from zoo.figures.style import SEQUENTIAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def disagreement_figure(
    matrix: np.ndarray,
    names: Sequence[str],
    *,
    split: str,
    n: int,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw the pairwise disagreement of M models.

    Args:
        matrix: (M, M) shares of faces on which two models' top-1 differ, symmetric.
        names: of the M models.
        split: the faces' split.
        n: number of faces.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    pairs_figure(
        np.asarray(matrix) * 100, names, title=f"Pairwise disagreement on {split}, n = {n:,}",
        label="faces whose top-1 differ, %", digits=1, colours=SEQUENTIAL, limits=(0, None),
        path=path, overwrite=overwrite,
    )  # fmt: skip
