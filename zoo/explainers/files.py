"""An explanation on disk: its pictures, its arrays, its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.explanation import write_lime_figures
from zoo.files import output_folder

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
    with output_folder(folder, overwrite=overwrite) as temporary:
        paths = write_lime_figures(explanation, temporary)
        paths += [temporary / "explanation.npz", temporary / "explanation.json"]
        explanation.write_npz(paths[-2])
        explanation.write_json(paths[-1])
    return [folder / path.name for path in paths]
