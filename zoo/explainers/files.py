"""An explanation on disk: its pictures, its arrays, its facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.explainers.faithfulness.names import caption
from zoo.explainers.superpixels import SuperpixelExplanation
from zoo.figures.faithfulness import write_curves
from zoo.figures.maps import write_map_figures
from zoo.figures.superpixels import write_superpixel_figures
from zoo.files import output_folder, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.explainers.base import Explanation
    from zoo.explainers.faithfulness.measures import Faithfulness


def write_explanation(
    explanation: Explanation,
    folder: Path,
    *,
    measured: Faithfulness | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write the pictures, ``explanation.npz`` and ``explanation.json``.

    Args:
        explanation: of one face.
        folder: a new one, or one whose files may be replaced.
        measured: how far the map may be believed, which is said beside it; adds
            ``faithfulness.png`` and ``faithfulness.json``.
        overwrite: whether existing files may be replaced.

    Returns:
        The files, in this order: of superpixels four pictures, else ``map.png`` and
        ``probabilities.png``.

    Raises:
        ZooError: one of them exists and `overwrite` is false; then none is written.
    """
    if measured is not None:
        said = f"{measured.name}: {caption(measured.known())}"
        explanation = replace(explanation, remarks=(*explanation.remarks, said))
    with output_folder(folder, overwrite=overwrite) as temporary:
        if isinstance(explanation, SuperpixelExplanation):
            paths = write_superpixel_figures(explanation, temporary)
        else:
            paths = write_map_figures(explanation, temporary)
        paths += [temporary / "explanation.npz", temporary / "explanation.json"]
        explanation.write_npz(paths[-2])
        explanation.write_json(paths[-1])
        if measured is not None:
            paths += [temporary / "faithfulness.png", temporary / "faithfulness.json"]
            heading = f"{explanation.label} of {explanation.predictor}"
            write_curves(measured.perturbed.curves, measured.name, heading, paths[-2])
            write_json(paths[-1], measured.facts())
    return [folder / path.name for path in paths]
