"""What cards say in words, whatever the numbers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.emotions import FER2013_CLASSES
from zoo.reports.page import Section
from zoo.weights.manifest import LICENCE_REMARK

if TYPE_CHECKING:
    from zoo.predictions import Predictions

_PUBLIC_TEST = 3589
"""Faces of FER2013's PublicTest, in every copy in circulation."""

CHOSE = "**chose this model**"

_INTENDED = (
    "To study and teach facial-expression recognition: to compare architectures, ensembles and "
    "explanations, and as a start for training on other faces."
)
_NOT_FOR = (
    "Not for telling who somebody is, not for detecting lies, and not for monitoring people at "
    "work or in education: inferring emotions there is forbidden in the European Union, but for "
    "medical or safety reasons (Regulation (EU) 2024/1689, Article 5(1)(f))."
)
_CATEGORIES = (
    "**An expression is not a feeling.** The model puts every picture into one of {count} "
    "categories, whatever the person feels, and whether it shows a face or not."
)
_FACES = (
    "The faces of FER2013 are posed or come from the web, cropped by a detector to 48×48 grey "
    "pixels. Nothing was measured for other cameras, poses and lights, or by age, sex or descent."
)
_LABELS = (
    "Labels are noisy: for 64.8 % of the PublicTest faces no other of the seven classes has more "
    "votes of FER+'s ten annotators than the label (Barsoum et al. 2016, arXiv 1608.01041)."
)
_COLLECTED = (
    "FER2013 was collected from the web and carries no licence to redistribute its faces; none of "
    "them comes with the zoo."
)


def is_fer2013(predictions: Predictions) -> bool:
    """Whether validation predictions are of FER2013's PublicTest, whatever its user calls it."""
    return predictions.classes == FER2013_CLASSES and len(predictions) == _PUBLIC_TEST


def split_name(split: str, *, fer2013: bool) -> str:
    """A split as the zoo calls it, and as FER2013 does."""
    theirs = {"train": "Training", "validation": "PublicTest", "test": "PrivateTest"}
    return f"{split} ({theirs[split]})" if fer2013 else split


def tried_sections(tried: str) -> list[Section]:
    """What else was tried, where somebody tells it."""
    return [Section("What was tried", [tried])] if tried else []


def use_section() -> Section:
    """What a model is for, and what not."""
    return Section("Intended use", [_INTENDED, _NOT_FOR])


def limits_section(classes: int, *, fer2013: bool) -> Section:
    """What a model cannot do."""
    known = [_FACES, _LABELS] if fer2013 else []
    return Section("Limits", [_CATEGORIES.format(count=classes), *known])


def licence_section(licence: str | None, *, shipped: bool, fer2013: bool) -> Section:
    """Under what the weights may be used; None: nobody has said it."""
    if shipped:
        return Section("Licence", [f"Weights: {licence}. {LICENCE_REMARK}"])
    told = f"Weights: {licence}." if licence else "These weights are not shipped; no licence yet."
    return Section("Licence", [told, *([_COLLECTED] if fer2013 else [])])
