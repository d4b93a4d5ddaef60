"""Whether any two models on the leaderboard differ, as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.evaluation.comparison import faces_told, same_faces
from zoo.evaluation.entry import distinct_names
from zoo.evaluation.notes import split_notes
from zoo.evaluation.paired import paired_tests
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.evaluation.entry import Entry
    from zoo.evaluation.paired import PairedTest
    from zoo.tables import Cell

LARGEST = 40
"""Models: of more nobody reads the matrix, and Holm's correction for 780 pairs finds little."""


def paired_table(
    entries: Sequence[Entry], *, data_name: str | None = None, test_readings: int | None = None
) -> Table:
    """Whether any two models differ on the same faces, the best first.

    Args:
        entries: models with predictions on the same faces.
        data_name: what the data set is called; None: the beginning of its fingerprint.
        test_readings: how often its test split has been read.

    Raises:
        ZooError: there are no entries, more than `LARGEST`, or two speak of different faces.
    """
    first = same_faces(entries)
    if len(entries) > LARGEST:
        raise ZooError(
            f"{len(entries):,} models are {len(entries) * (len(entries) - 1) // 2:,} pairs to "
            f"test: name those in question, {LARGEST} at most"
        )
    ranked = sorted(
        distinct_names(entries), key=lambda entry: entry.predictions.measure().top1, reverse=True
    )
    right = {
        entry.name: entry.predictions.probabilities.argmax(axis=1) == entry.predictions.labels
        for entry in ranked
    }
    tests = {(test.first, test.second): test for test in paired_tests(right)}
    columns = [Column("top-1 less that of"), *(Column(name) for name in right)]
    rows: list[list[Cell]] = []
    for name in right:
        there = [tests.get((name, other)) for other in right]
        rows.append([name, *(_difference(test) if test else None for test in there)])
    pairs = f"{len(tests)} pairs" if len(tests) > 1 else "1 pair"
    notes = [
        *split_notes(first.split, [entry.chose for entry in entries], test_readings),
        "Points; in brackets the 95 % interval of the paired bootstrap, and p of the exact "
        f"McNemar test after Holm's correction for {pairs}: what another draw of faces would "
        "change, not another training seed.",
    ]
    return Table(f"Differences on {faces_told(first, data_name)}", columns, rows, notes)


def _difference(test: PairedTest) -> str:
    p = f"p = {test.p_corrected:.3f}" if test.p_corrected >= 0.001 else "p < 0.001"
    points = [f"{100 * value:+.2f}" for value in (test.difference, test.low, test.high)]
    return f"{points[0]} ({points[1]} to {points[2]}, {p})"
