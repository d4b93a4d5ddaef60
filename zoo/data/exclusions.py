"""Lists of faces to leave out: csv files of ids with reasons, as an audit writes them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.text_lines import text_lines
from zoo.errors import ZooError
from zoo.files import refuse_existing, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zoo.data.dataset import Dataset

_HEADER = ["id", "split", "reason", "source"]
_DIGITS = 12


@dataclass(frozen=True)
class Exclusions:
    """Faces of a data set that are to be left out.

    Attributes:
        reasons: why, by split and id.
        source: what the data set was made from (`source_of`); blank where that is not said.
    """

    reasons: Mapping[tuple[str, str], str]
    source: str = ""

    def __len__(self) -> int:
        return len(self.reasons)

    @property
    def sha256(self) -> str:
        """Hex sha256 over splits and ids, whatever their order and the reasons."""
        return hashlib.sha256(json.dumps(sorted(self.reasons)).encode()).hexdigest()

    @property
    def stem(self) -> str:
        """What names of folders and files of numbers without these faces end with."""
        return f"without-{self.sha256[:12]}"

    def kept(self, split: str, ids: np.ndarray) -> np.ndarray:
        """Which faces of a split, by its name and their ids (N,), are not left out: (N,) bool."""
        out = [face for name, face in self.reasons if name == split]
        return ~np.isin(ids, np.array(out, np.str_))


def source_of(dataset: Dataset) -> str:
    """The beginning of the sha256 of what a data set was made from, whatever the settings."""
    return str(dataset.facts.get("content", dataset.fingerprint))[:_DIGITS]


def write_exclusions(exclusions: Exclusions, path: Path, *, overwrite: bool = False) -> None:
    """Write a list as a csv with columns ``id, split, reason, source``.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    refuse_existing(path, overwrite=overwrite)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(
        [face, split, why, exclusions.source] for (split, face), why in exclusions.reasons.items()
    )
    write_text(path, text.getvalue())


def read_exclusions(path: Path, dataset: Dataset) -> Exclusions:
    """Read a list of faces of `dataset`.

    Args:
        path: a csv with columns ``id`` and ``split``, in any order; ``reason`` and ``source`` may
            be missing, and other columns are left alone.
        dataset: whose faces they must be.

    Raises:
        ZooError: the file cannot be read or is no such list, or names a face that the data set
            does not have, or one of another source; the first such line is named.
    """
    own, source = source_of(dataset), ""
    there = {name: set(split.ids.tolist()) for name, split in dataset.splits.items()}
    reasons = {}
    for line, cells in _rows(path):
        face, split = cells["id"], cells["split"]
        source = cells.get("source", "")
        if face not in there.get(split, ()):
            fault = f"data set {dataset.name!r} has no {split} face {face!r}"
        elif source not in ("", own):
            fault = f"data set {dataset.name!r} was made from {own}, not from {source}"
        else:
            reasons[split, face] = cells.get("reason", "")
            continue
        raise ZooError(
            f"{path} line {line}: {fault}: the list is of another one; zoo data audit"
            f" {dataset.name} --write-exclusions FILE makes one"
        )
    return Exclusions(reasons, source)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Each row's line and cells by column.

    Raises:
        ZooError: the file cannot be read, or is no list of faces.
    """
    try:
        with path.open("rb") as file:
            reader = csv.reader(text_lines(path, file))
            header = [name.strip().casefold() for name in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    except csv.Error as error:
        raise ZooError(f"{path}: not a csv of faces to leave out ({error})") from None
    if not {"id", "split"} <= set(header):
        raise ZooError(f"{path} line 1: expected columns id and split, as zoo data audit writes")
    for line, row in rows:
        if len(row) != len(header):
            raise ZooError(f"{path} line {line}: {len(row)} columns, expected {len(header)}")
    return [(line, dict(zip(header, row, strict=True))) for line, row in rows]
