"""What a model looks at to say each class, by several methods on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.figures.atlas import write_emotions, write_pairs
from zoo.files import output_folder
from zoo.reports.faithfulness import NUMBERS
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.explainers.atlas import Atlas

_READING = (
    "Each face is explained for its predicted class; each map is divided by the sum of "
    "its magnitudes, so that every face counts alike, and laid over the faces' mean. Means show "
    "where relevance lies in most faces, and hide what single faces differ in."
)


def write_atlas_page(
    atlases: Mapping[str, Atlas], where: str, folder: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write three pictures and an npz per method, and ``atlas.html`` with all pictures.

    Args:
        atlases: by the method's name.
        where: the faces, in words.
        folder: where they go.
        overwrite: whether existing files may be replaced.

    Returns:
        The files, the page first.

    Raises:
        ZooError: a file exists and `overwrite` is false.
    """
    files, sections = ["atlas.html"], []
    with output_folder(folder, overwrite=overwrite) as temporary:
        for name, atlas in atlases.items():
            predicted, correct, pairs = (
                temporary / f"{name}-{kind}.png" for kind in ("emotions", "correct", "pairs")
            )
            write_emotions(atlas, where, predicted)
            write_emotions(atlas, where, correct, correct=True)
            write_pairs(atlas, where, pairs)
            atlas.write_npz(temporary / f"{name}.npz")
            captions = {
                predicted: "All faces that are predicted as the class.",
                correct: "Only those that are correctly predicted.",
                pairs: "By label (row) and prediction (column), which is explained.",
            }
            pictures = [
                Picture(path, text, f"{atlas.label}, mean maps. {text}")
                for path, text in captions.items()
            ]
            sections.append(Section(atlas.label, [*atlas.remarks, *pictures]))
            files += [path.name for path in captions] + [f"{name}.npz"]
        model = next(iter(atlases.values())).predictor
        opening = Section(
            "How to read it", [f"{where}. {_READING}", f"{NUMBERS} Medians over the faces."]
        )
        title = f"{model}: what it looks at to say each class"
        write_page(temporary / files[0], title, [opening, *sections], contents=True)
    return [folder / name for name in files]
