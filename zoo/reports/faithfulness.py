"""A study of maps as a page of Markdown, with what the measures mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.files import refuse_existing, write_text
from zoo.reports.markdown import markdown_page
from zoo.reports.page import Section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.tables import Table

_MEASURES = (
    "**Deletion and insertion** (Petsiuk, Das and Saenko 2018, arXiv 1806.07421): pixels become "
    "the face's mean grey, or appear in a blurred face, the most relevant first; the area under "
    "the probability. Deletion should be small, insertion large. Both grow with the model's own "
    "probability for the face: compare methods on one model, not models.",
    "**MuFidelity** (Bhatt, Weller and Moura 2020, arXiv 2005.00631): over random fifths of an "
    "8×8 grid, the correlation of what the map adds up to there with what the probability loses.",
    "**R²** of the linear model behind a map, where there is one.",
    "**Other seeds**: rank correlation of superpixels (else of the grid's patches), and the share "
    "of the five leading ones that two seeds have in common. Methods that draw nothing have none.",
    "**Shuffled weights** (the parameter randomisation of Adebayo et al. 2018, arXiv 1810.03292): "
    "the map's rank correlation with that of the same network after every layer's weights were "
    "put in random order, without its sign (a map's may follow its logit's), over several orders. "
    "A large one means that the map shows the face rather than what the network has learned.",
    "**Against the truth**, on drawn faces: whether the map's peak lies on what carries the "
    "emotion (pointing game, Zhang et al. 2016, arXiv 1608.00507), and how much of the positive "
    "relevance does (relevance mass accuracy, Arras et al. 2022, arXiv 2003.07258). Only of faces "
    "that the model gets right.",
    "**random map** and **centred Gaussian** explain nothing: what is not clearly better than "
    "they are says no more than that a face is in the middle.",
)


def write_faithfulness(
    path: Path, tables: Sequence[Table], command: str, *, overwrite: bool = False
) -> None:
    """Write the tables of a study, and how to read them.

    Args:
        path: where the page goes.
        tables: from `zoo.explainers.faithfulness.tables`.
        command: that made them.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    refuse_existing(path, overwrite=overwrite)
    opening = [
        f"    {command}",
        "Each map is that of the model's predicted class. Means over the faces, ±: half a 95 % "
        "interval of the mean (Student's), which covers another draw of faces.",
    ]
    sections = [
        Section("Tables", list(tables)),
        Section("What the measures say", list(_MEASURES)),
    ]
    write_text(path, markdown_page("How far maps may be believed", opening, sections))
