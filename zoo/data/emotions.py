"""The names of emotions, and their one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable

FER2013_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in the order of its label numbers 0–6 (Goodfellow et al. 2013)."""

KNOWN_CLASSES = (*FER2013_CLASSES, "contempt", "calm")
"""The emotions whose order is known: FER2013's, then CK+'s and FER+'s eighth, then RAVDESS'."""

SYNONYMS = {
    "anger": "angry",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "happiness": "happy",
    "joy": "happy",
    "joyful": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "natural": "neutral",
    "neutrality": "neutral",
    "contemptuous": "contempt",
    "calmness": "calm",
}


def canonical(name: str) -> str:
    """The zoo's name for an emotion: ``" Happiness "`` → ``"happy"``; unknown ones lower-cased."""
    name = name.strip().casefold()
    return SYNONYMS.get(name, name)


def ordered_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Canonical, distinct class names: `KNOWN_CLASSES` first, in that order, others after.

    The others are sorted, as numbers where all of them are whole numbers.

    Raises:
        ZooError: two of the names mean the same class (e.g. ``happy`` and ``happiness``).
    """
    names = list(names)
    found: dict[str, str] = {}
    for name in names:
        if (known := canonical(name)) in found:
            raise ZooError(
                f"class names {found[known]!r} and {name!r} both mean {known!r}: merge them"
            )
        found[known] = name
    known_first = [name for name in KNOWN_CLASSES if name in found]
    others = sorted(found.keys() - set(KNOWN_CLASSES))
    if all(name.isdecimal() for name in others):
        others.sort(key=int)
    return (*known_first, *others)
