"""Arrays on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.files import refuse_existing, replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], *, overwrite: bool = False) -> None:
    """Save arrays by their names, whole or not at all; they are read without unpickling.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    refuse_existing(path, overwrite=overwrite)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
