"""Reading RAF-DB's basic emotions: a list of names and codes beside a folder of aligned faces.

``EmoLabel/list_patition_label.txt`` (so spelt) holds lines as ``train_00001.jpg 5``; the face is
``Image/aligned/train_00001_aligned.jpg`` (Li, Deng and Du 2017, "Reliable crowdsourcing and deep
locality-preserving learning for expression recognition in the wild"). RAF-DB does not say whose
faces they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.readers.found import Find, FoundImage, as_source
from zoo.data.readers.tree import folders, stray_links, told
from zoo.data.text_lines import text_lines
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.data.readers.labelled import LabelledImages
    from zoo.data.settings import ImportSettings

EXPECTED = "RAF-DB with list_patition_label.txt and Image/aligned"
TAKES = frozenset({"crop_faces"})

EMOTIONS = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")
"""By code, 1–7."""

_LISTS = ("list_patition_label.txt", "list_partition_label.txt")
_FACES = (Path("Image/aligned"), Path("aligned"))
_SPLITS = {"train": "train", "test": "test"}


def recognise(path: Path) -> bool:
    """Whether it holds RAF-DB's list, or faces that are called as its own, at most two deep."""
    return path.is_dir() and bool(_list(path) or _faces(path))


def open_source(path: Path, settings: ImportSettings) -> LabelledImages:
    """Read the list, decoding nothing.

    Raises:
        ZooError: the list or the faces are missing, or a line of it is not as it should be (unless
            bad rows are skipped).
    """
    table, faces = _list(path), _faces(path)
    if table is None or faces is None:
        there, missing = (
            (_LISTS[0], _FACES[0].as_posix()) if faces is None else (_FACES[0].name, _LISTS[0])
        )
        raise ZooError(f"{path}: half of RAF-DB, {there} without {missing}: unpack both into it")
    found: list[FoundImage] = []
    strays = set(stray_links(faces, path))
    left_out = told(sorted(strays), path)
    for number, line in _lines(table):
        image = _image(line.split(), faces)
        if image is None:
            if not settings.skip_bad_rows:
                raise ZooError(
                    f"{table} line {number}: {line[:40]!r}, expected a name as train_00001.jpg and"
                    " a code 1–7; mend it, or pass --skip-bad-rows"
                )
            left_out.append(("line that is not as RAF-DB's", f"line {number}"))
        elif image.file in strays:
            continue
        elif not image.file.is_file():
            left_out.append(("no such file", f"line {number}: {image.file.name}"))
        else:
            found.append(image)
    find = Find("rafdb", "RAF-DB", path, path, found, (), left_out, (table,))
    return as_source(find, settings)


def _lines(table: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, and their numbers."""
    with table.open("rb") as file:
        for number, line in enumerate(text_lines(table, file), 1):
            if line.strip():
                yield number, line.rstrip()


def _bases(path: Path) -> list[Path]:
    children = folders(path, path)
    return [path, *children, *(path / name / "EmoLabel" for name in ("basic", "Basic"))]


def _list(path: Path) -> Path | None:
    tables = (base / name for base in _bases(path) for name in _LISTS)
    return next((table for table in tables if table.is_file()), None)


def _faces(path: Path) -> Path | None:
    """The folder of aligned faces."""
    candidates = (base / name for base in _bases(path) for name in _FACES)
    return next(
        (folder for folder in candidates if next(folder.glob("t*_*_aligned.jpg"), None)), None
    )


def _image(fields: list[str], faces: Path) -> FoundImage | None:
    """What a line of two fields names; None where it is not as it should be."""
    if len(fields) != 2 or fields[1] not in {str(code) for code in range(1, 8)}:
        return None
    name = Path(fields[0])
    split = _SPLITS.get(name.stem.partition("_")[0])
    if split is None or name.name != fields[0]:
        return None
    file = faces / f"{name.stem}_aligned{name.suffix}"
    return FoundImage(file, EMOTIONS[int(fields[1]) - 1], split)
