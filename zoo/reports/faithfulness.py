"""Studies of maps as a page of Markdown, a section per data set, with what the measures mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.files import refuse_existing, write_text
from zoo.reports.markdown import markdown_page
from zoo.reports.page import Section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.tables import Table

_OPENING = (
    "Each map is that of the model's predicted class. Means over the faces; ±: half a 95 % "
    "interval of the mean (Student's), of the pointing game Wilson's. They cover another draw of "
    "faces, not another training. A dash: the method has no such number, or there is no interval.",
    "Every section was written by the command at its head, which replaces it with `--overwrite` "
    "and leaves the others.",
)

_MEASURES = (
    "**Deletion and insertion** (Petsiuk, Das and Saenko 2018, arXiv 1806.07421): pixels become "
    "the face's mean grey, or appear in a blurred face, the most relevant first; the area under "
    "the probability. Deletion should be small, insertion large; but both grow with the model's "
    "own probability of the face, so areas of two models say nothing of their maps. The **gains** "
    "do: by how much the area is better than that of a random map of the same face, paired face "
    "by face. 0 is no better, for deletion, too, larger is better.",
    "**MuFidelity** (Bhatt, Weller and Moura 2020, arXiv 2005.00631): over random fifths of an "
    "8×8 grid, the correlation of what the map adds up to there with what the probability loses.",
    "**R²** of the linear model behind a map, where there is one.",
    "**Other seeds**: rank correlation of superpixels (else of the grid's patches), and the share "
    "of the five leading ones that two seeds have in common. Methods that draw nothing have none.",
    "**Shuffled weights** (the parameter randomisation of Adebayo et al. 2018, arXiv 1810.03292): "
    "the map's rank correlation with that of the same network after every layer's weights were "
    "put in random order, without its sign (a map's may follow its logit's), over several orders. "
    "A large one means that the map shows the face rather than what the network has learned; two "
    "random orders of 64 patches have 0.10 on average.",
    "**s per face**: of explaining alone, by the wall clock, whatever else the machine did.",
    "**Against the truth**, on drawn faces: whether the map's peak lies on what carries the "
    "emotion (pointing game, Zhang et al. 2016, arXiv 1608.00507), and how much of the positive "
    "relevance does (relevance mass accuracy, Arras et al. 2022, arXiv 2003.07258). There all "
    "tables are of the faces that all models get right, the same for each.",
    "**random map** and **centred Gaussian** explain nothing: what is not clearly better than "
    "they are says no more than that a face is in the middle.",
)

NUMBERS = (
    "Below each map stands how far to believe it. R²: how much of the probability's variation the "
    "linear model behind it explains; repeatability: how probably another seed would show the "
    "same leading superpixels; kept by biases, and lost, at zero padding and to ε: shares of the "
    "logit that no pixel gets, without their signs; gap: by how much the map's sum misses the "
    "probability it shares out; deletion and insertion gain: by how much the area under the "
    "probability, as pixels go or come by the map, is better than by a random map of the same "
    "face."
)
"""What `zoo.explainers.faithfulness.beside` gives, for pages of many maps."""

_SECTION = re.compile(r"^<!-- data: (\S+) -->\n(.*?)\n<!-- end -->$", re.MULTILINE | re.DOTALL)


def write_faithfulness(
    path: Path,
    name: str,
    tables: Sequence[Table],
    command: str,
    models: Sequence[str],
    *,
    overwrite: bool = False,
) -> None:
    """Write a data set's tables into the page, which says how to read them.

    Args:
        path: the page; a new one, or one with sections of other data sets, which stay.
        name: the data set's.
        tables: from `zoo.explainers.faithfulness.tables`.
        command: that made them.
        models: what each model is, a line each.
        overwrite: whether what is there of this data set may be replaced.

    Raises:
        ZooError: see `check_page`.
    """
    sections = check_page(path, name, overwrite=overwrite)
    listed = "\n".join(f"- {line}" for line in models)
    blocks = [f"    {command}", listed, *(table.markdown().rstrip("\n") for table in tables)]
    sections[name] = "\n\n".join(blocks)
    content = [
        Section(f"On {data}", [f"<!-- data: {data} -->\n{text}\n<!-- end -->"])
        for data, text in sections.items()
    ]
    content.append(Section("What the measures say", list(_MEASURES)))
    write_text(path, markdown_page("How far maps may be believed", _OPENING, content))


def check_page(path: Path, name: str, *, overwrite: bool = False) -> dict[str, str]:
    """The sections of a page by their data set, none where there is no page yet.

    Raises:
        ZooError: there is one of the data set called `name`, or something else, and `overwrite` is
            false.
    """
    try:
        found = _SECTION.findall(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        found = []
    sections = dict(found)
    if not sections:
        refuse_existing(path, overwrite=overwrite)
    if name in sections and not overwrite:
        raise ZooError(f"{path}: has a section of {name!r}; --overwrite replaces it")
    return sections
