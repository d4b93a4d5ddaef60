"""Reading CK+ as it is distributed: sequences of frames in one tree, their emotions in another.

``cohn-kanade-images/S005/001/S005_001_00000001.png`` and so on is a sequence from a neutral face
to the peak of an expression; ``Emotion/S005/001/S005_001_00000011_emotion.txt`` holds its code, as
``3.0000000e+00``, where CK+ says one: 327 of its 593 sequences (Lucey et al. 2010, "The Extended
Cohn-Kanade Dataset (CK+)"). The last three frames are taken as the emotion and the first as
neutral, as most who report numbers on CK+ do; sequences without a code are counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zoo.data.columns import SUBJECT
from zoo.data.readers.found import Find, FoundImage, as_source
from zoo.data.readers.tree import folders, images, stray_links, told, visible
from zoo.data.source import text
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.data.readers.labelled import LabelledImages
    from zoo.data.settings import ImportSettings

EXPECTED = "CK+ with its folders cohn-kanade-images and Emotion"
TAKES = frozenset({"crop_faces"})

IMAGES = "cohn-kanade-images"
LABELS = "Emotion"
EMOTIONS = ("neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
"""By code, 0–7."""

PEAK_FRAMES = 3

_LABEL_BYTES = 100
"""More than a label file holds, which is a number and a line's end."""

_SUBJECT = re.compile(r"S\d{3,4}")
_SEQUENCE = re.compile(r"\d{3}")
_FRAME = re.compile(r"S\d{3,4}_\d{3}_(\d+)")


def recognise(path: Path) -> bool:
    """Whether it holds one of CK+'s two trees, or one folder further down, or is one of them."""
    return path.is_dir() and bool(_is_tree(path) or _tree(path, IMAGES) or _tree(path, LABELS))


def open_source(path: Path, settings: ImportSettings) -> LabelledImages:
    """Find the labelled sequences and their frames, decoding nothing.

    Raises:
        ZooError: one of the two trees is missing, or no sequence has a label.
    """
    frames, labels = _tree(path, IMAGES), _tree(path, LABELS)
    if frames is None or labels is None:
        there, missing = (IMAGES, LABELS) if labels is None else (LABELS, IMAGES)
        if _is_tree(path):
            raise ZooError(f"{path}: one tree of CK+: name the folder with {IMAGES} and {LABELS}")
        raise ZooError(f"{path}: half of CK+, {there} without {missing}: unpack both into it")
    found: list[FoundImage] = []
    strays = [link for tree in (frames, labels) for link in stray_links(tree, path)]
    left_out = told(strays, path)
    files = _label_files(labels, path)
    tables = tuple(sorted(files.values()))
    for key, sequence in _sequences(frames, path).items():
        file = files.pop(key, None)
        numbered = _frames(sequence, path, strays)
        emotion, fault = _emotion(file) if file else ("", "sequence without a label")
        if len(numbered) < 2:
            fault = fault or "sequence of fewer than two frames"
        if fault:
            left_out.append((fault, text(sequence.relative_to(path))))
            continue
        first, *rest = numbered
        named = [(first, "neutral"), *((frame, emotion) for frame in rest[-PEAK_FRAMES:])]
        found += [FoundImage(file, name, attributes=key) for file, name in named
                  if file not in strays]  # fmt: skip
    left_out += [("label without frames", text(f.relative_to(path))) for f in files.values()]
    whole = "" if settings.crop_faces else ", whole frames: --crop-faces cuts them to the face"
    find = Find(
        "ckplus", f"CK+ as it is distributed{whole}", path, path, found, (SUBJECT, "sequence"),
        left_out, tables,
    )  # fmt: skip
    return as_source(find, settings)


def _tree(path: Path, name: str) -> Path | None:
    """The folder called `name` with subjects inside, in `path` or one of its folders."""
    candidates = (base / name for base in (path, *folders(path, path)))
    return next((folder for folder in candidates if folder.is_dir() and _is_tree(folder)), None)


def _is_tree(path: Path) -> bool:
    """Whether folders called as CK+'s subjects hold folders called as its sequences."""
    subjects = [folder for folder in folders(path, path) if _SUBJECT.fullmatch(folder.name)]
    return any(
        _SEQUENCE.fullmatch(folder.name)
        for subject in subjects[:3]
        for folder in folders(subject, path)
    )


def _sequences(tree: Path, root: Path) -> dict[tuple[str, str], Path]:
    """The folders of sequences by subject and sequence."""
    return {
        (subject.name, sequence.name): sequence
        for subject in folders(tree, root)
        if _SUBJECT.fullmatch(subject.name)
        for sequence in folders(subject, root)
        if _SEQUENCE.fullmatch(sequence.name)
    }


def _label_files(tree: Path, root: Path) -> dict[tuple[str, str], Path]:
    """The first label file of each sequence that has any."""
    files = {
        key: [file for file in visible(folder, root) if file.name.endswith("_emotion.txt")]
        for key, folder in _sequences(tree, root).items()
    }
    return {key: found[0] for key, found in files.items() if found}


def _frames(sequence: Path, root: Path, strays: Sequence[Path]) -> list[Path]:
    """Its images in the order of their numbers, and the links that stand for some of them.

    Those are counted as frames so that no other frame is taken for the first or one of the last.
    """
    links = [link for link in strays if link.parent == sequence]
    numbered = [(_FRAME.fullmatch(file.stem), file) for file in [*images(sequence, root), *links]]
    return [
        image for _, image in sorted((int(match[1]), image) for match, image in numbered if match)
    ]


def _emotion(file: Path) -> tuple[str, str]:
    """The emotion that a label file names, and what is wrong with it, one of them blank."""
    try:
        with file.open("rb") as opened:
            code = float(opened.read(_LABEL_BYTES))
    except (OSError, ValueError):
        code = float("nan")
    if code not in range(len(EMOTIONS)):
        return "", "label that is no code 0–7"
    return EMOTIONS[int(code)], ""
