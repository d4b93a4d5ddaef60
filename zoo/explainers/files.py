"""An explanation on disk: its pictures, its arrays, its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.explainers.superpixels import SuperpixelExplanation
from zoo.figures.maps import write_map_figures
from zoo.figures.superpixels import write_superpixel_figures
from zoo.files import output_folder

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.explainers.base import Explanation


def write_explanation(
    explanation: Explanation, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write the pictures, ``explanation.npz`` and ``explanation.json``.

    Returns:
        The files, in this order: of superpixels four pictures, else ``map.png`` and
        ``probabilities.png``.

    Raises:
        ZooError: one of them exists and `overwrite` is false; then none is written.
    """
    with output_folder(folder, overwrite=overwrite) as temporary:
        if isinstance(explanation, SuperpixelExplanation):
            paths = write_superpixel_figures(explanation, temporary)
        else:
            paths = write_map_figures(explanation, temporary)
        paths += [temporary / "explanation.npz", temporary / "explanation.json"]
        explanation.write_npz(paths[-2])
        explanation.write_json(paths[-1])
    return [folder / path.name for path in paths]
