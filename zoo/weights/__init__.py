"""Trained weights that come with the package, and the format in which weights are exchanged.

Here are the folder ``shipped`` with one run per architecture, in the shape that `zoo.runs` knows;
``manifest.json``, which says what is shipped and is written by ``zoo weights ship``; and
``probe.npz``, drawn faces whose probabilities must come out again on every machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.runs import Run

SHIPPED = Path(__file__).parent / "shipped"
"""The folder of shipped runs. Others read it as ``weights.SHIPPED``, so that tests can move it."""


def shipped_runs() -> list[Run]:
    """The runs that come with the package, by architecture; none where none is shipped."""
    from zoo.runs import Run

    runs = (
        Run(path.parent)
        for path in sorted(SHIPPED.glob("*/recipe.toml"))
        if not path.parent.name.startswith(".")
    )
    return [run for run in runs if run.finished and run.fault is None]
