"""How alike models' errors are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.figures.pairs import pairs_figure
from zoo.figures.style import DIVERGING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def error_correlation_figure(
    matrix: np.ndarray,
    names: Sequence[str],
    *,
    split: str,
    n: int,
    path: Path,
    overwrite: bool = False,
) -> None:
    """Draw the pairwise correlation of M models' being wrong.

    Args:
        matrix: (M, M) correlations, symmetric; NaN where one is not defined.
        names: of the M models.
        split: the faces' split.
        n: number of faces.
        path: where the picture goes.
        overwrite: whether an existing file may be replaced.
    """
    pairs_figure(
        np.asarray(matrix), names, title=f"Correlation of errors on {split}, n = {n:,}",
        label="φ of being wrong on the same face", digits=2, colours=DIVERGING, limits=(-1, 1),
        path=path, overwrite=overwrite,
    )  # fmt: skip
