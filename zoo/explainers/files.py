"""An explanation on disk: its pictures, its arrays, its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.explanation import write_lime_figures
from zoo.files import refuse_existing

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.explainers.lime_explanation import LimeExplanation


def write_explanation(
    explanation: LimeExplanation, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write the four pictures, ``explanation.npz`` and ``explanation.json``.

    Returns:
        The files, in this order.

    Raises:
        ZooError: one of them exists and `overwrite` is false; then none is written.
    """
    arrays, facts = folder / "explanation.npz", folder / "explanation.json"
    for path in (arrays, facts):
        refuse_existing(path, overwrite=overwrite)
    pictures = write_lime_figures(explanation, folder, overwrite=overwrite)
    explanation.write_npz(arrays, overwrite=overwrite)
    explanation.write_json(facts, overwrite=overwrite)
    return [*pictures, arrays, facts]
