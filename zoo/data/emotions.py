"""The names of emotions, and their one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable

FER2013_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in the order of its label numbers 0–6 (Goodfellow et al. 2013)."""

SYNONYMS = {
    "anger": "angry",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "natural": "neutral",
    "neutrality": "neutral",
}


def canonical(name: str) -> str:
    """The zoo's name for an emotion: ``" Happiness "`` → ``"happy"``; unknown ones lower-cased."""
    name = name.strip().casefold()
    return SYNONYMS.get(name, name)


def ordered_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Canonical, distinct class names: FER2013's first, in its order, others after, sorted.

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
    known_first = [name for name in FER2013_CLASSES if name in found]
    return (*known_first, *sorted(found.keys() - set(FER2013_CLASSES)))
