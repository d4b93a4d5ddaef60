"""Reading annotators' votes: a csv with a column per class and a row per row of the source.

So FER+'s fer2013new.csv stands beside fer2013.csv (Barsoum et al., arXiv 1608.01041). What the
votes make of the faces: `zoo.data.annotations`.
"""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.emotions import canonical
from zoo.data.text_lines import text_lines
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

USAGE = "usage"
"""The column, in any case, that says the same of a row as the source's column of that name."""

AGREEMENT = "agreement"
"""The column of a face's share of votes for its label, 0–1; NaN where nobody voted."""

VOTE_ENTROPY = "vote entropy"
"""The column of the entropy of a face's votes, in bits: 0 where all are for the same."""

COLUMN_NAMES = (AGREEMENT, VOTE_ENTROPY)
"""The columns that faces with votes have besides."""


@dataclass(frozen=True, eq=False)
class Aggregated:
    """What votes make of n faces.

    Attributes:
        labels: (n,) int64 positions in the classes; they mean nothing where a face is left out.
        soft_labels: (n, K) float32, rows sum to 1, but where a face is left out; None where
            there are no votes.
        columns: (n,) each, `AGREEMENT` and `VOTE_ENTROPY`.
        dropped: n reasons why a face is left out, blank where it is not.
    """

    labels: np.ndarray
    soft_labels: np.ndarray | None
    columns: Mapping[str, np.ndarray]
    dropped: Sequence[str]


@dataclass(frozen=True, eq=False)
class Votes:
    """The votes on N faces for K classes.

    Attributes:
        path: the csv file.
        content: hex sha256 of its bytes.
        counts: (N, K) float64, finite, at least 0: votes for each class, rows in the file's order.
        lines: (N,) where each row stands in the file.
        usages: N texts, the column `USAGE`; None where there is none.
        ignored: the columns that are neither a class nor `USAGE`.
    """

    path: Path
    content: str
    counts: np.ndarray
    lines: Sequence[int]
    usages: Sequence[str] | None
    ignored: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.counts)

    def check_rows(self, source: Path, rows: Iterable[tuple[int, int, str]]) -> None:
        """Refuse votes that do not stand row by row beside the source's rows.

        Args:
            source: the csv of faces.
            rows: of its rows the position from 0, the line and the usage.

        Raises:
            ZooError: there are no votes for a row, or they have another usage.
        """
        for position, line, usage in rows:
            if position >= len(self):
                raise ZooError(
                    f"{self.path}: votes for {len(self):,} rows, {source} has more (line {line}):"
                    " expected one row of votes for each, in the same order"
                )
            if self.usages is not None and self.usages[position] != usage:
                raise ZooError(
                    f"{self.path} line {self.lines[position]}: Usage {self.usages[position]!r},"
                    f" but {source} line {line} has {usage!r}: expected one row of votes for each"
                    " of its rows, in the same order"
                )

    def check_count(self, source: Path, rows: int) -> None:
        """Refuse votes for more rows than `source` has.

        Raises:
            ZooError: there are more.
        """
        if len(self) > rows:
            raise ZooError(
                f"{self.path}: votes for {len(self):,} rows, {source} has {rows:,}: expected one"
                " row of votes for each, in the same order"
            )


def shares(counts: np.ndarray) -> np.ndarray:
    """How the votes of each row are shared out: (N, K) finite → (N, K), sums 1, or 0 for none."""
    # Two steps: the sum of finite votes may not be finite.
    most = counts.max(axis=1, keepdims=True, initial=0)
    parts = counts / np.where(most > 0, most, 1)
    sums = parts.sum(axis=1, keepdims=True)
    return np.asarray(parts / np.where(sums > 0, sums, 1))


def agreement(counts: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """How far annotators agree on each face.

    Args:
        counts: (N, K) votes, none left out.
        labels: (N,) the column of each face's label.

    Returns:
        (N,) float64 for `AGREEMENT` and `VOTE_ENTROPY`, NaN where nobody voted.
    """
    of = shares(counts)
    entropy = -(of * np.log2(np.where(of > 0, of, 1))).sum(axis=1)
    nobody = counts.max(axis=1, initial=0) == 0
    of_label = np.take_along_axis(of, labels[:, None], axis=1)[:, 0]
    return {
        AGREEMENT: np.where(nobody, np.nan, of_label),
        VOTE_ENTROPY: np.where(nobody, np.nan, entropy + 0.0),  # no −0
    }


def read_votes(path: Path, classes: Sequence[str], *, usage_needed: bool = False) -> Votes:
    """Read a csv of votes.

    Args:
        path: with a header; columns called like `classes` or a synonym of them, in any order.
        classes: canonical names, the columns of `Votes.counts`.
        usage_needed: whether the column `USAGE` has to be there.

    Raises:
        ZooError: the file cannot be read, a class has no column or several, or votes are not
            finite numbers of at least 0.
    """
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            reader = csv.reader(text_lines(path, file))
            header = [name.strip() for name in next(reader, [])]
            columns = _class_columns(path, header, classes)
            rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ZooError(f"{path}: not a csv of votes ({error})") from None
    except OSError as error:
        raise ZooError(f"{path}: cannot be read ({error.strerror})") from None
    lowered = [name.casefold() for name in header]
    usage = lowered.index(USAGE) if USAGE in lowered else None
    if usage is None and usage_needed:
        raise ZooError(f"{path} line 1: no column Usage: without it the rows cannot be compared")
    counts = [_counts(path, line, row, header, columns) for line, row in rows]
    return Votes(
        path,
        content,
        np.array(counts, np.float64).reshape(len(counts), len(classes)),
        [line for line, _ in rows],
        None if usage is None else [row[usage].strip() for _, row in rows],
        tuple(name for i, name in enumerate(header) if i not in columns and i != usage),
    )


def _class_columns(path: Path, header: list[str], classes: Sequence[str]) -> list[int]:
    """Where each class's column stands.

    Raises:
        ZooError: a class has no column or several.
    """
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        known = canonical(name)
        if known in classes and known in places:
            raise ZooError(
                f"{path} line 1: {header[places[known]]!r} and {name!r} both mean {known}"
            )
        places[known] = index
    if missing := [name for name in classes if name not in places]:
        found = ", ".join(header)
        raise ZooError(
            f"{path} line 1: no column of votes for {', '.join(missing)}: expected one for each of"
            f" {', '.join(classes)}, found {found if len(found) <= 80 else found[:80] + '…'}"
        )
    return [places[name] for name in classes]


def _counts(
    path: Path, line: int, row: list[str], header: list[str], columns: list[int]
) -> list[float]:
    if len(row) != len(header):
        raise ZooError(f"{path} line {line}: {len(row)} columns, expected {len(header)}")
    counts = []
    for column in columns:
        try:
            count = float(row[column])
        except ValueError:
            count = math.nan
        if not 0 <= count < math.inf:
            raise ZooError(
                f"{path} line {line}: {header[column]} {row[column][:20]!r}, expected a number of"
                " votes, 0 or more"
            )
        counts.append(count)
    return counts
