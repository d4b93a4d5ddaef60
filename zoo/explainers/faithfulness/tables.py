"""A study's rows as tables, with intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.explainers.faithfulness.names import MEASURES
from zoo.intervals import mean_and_margin, wilson
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.explainers.faithfulness.names import Measure
    from zoo.explainers.faithfulness.study import Findings, Row
    from zoo.tables import Cell

TABLES = {
    "The model is asked about changed faces": (
        "deletion_auc", "deletion_gain", "insertion_auc", "insertion_gain", "mufidelity", "r2",
    ),
    "The method is asked again": ("rank_correlation", "leaders_shared", "survival"),
    "Maps are held against the truth": ("pointing", "inside"),
}  # fmt: skip

_PLAIN = ("deletion_auc", "insertion_auc")
"""Measures without an interval: that of the gain beside it is paired, and of use."""


def faithfulness_tables(findings: Findings) -> list[Table]:
    """What asking the model says, what asking the method again says, and what the truth says.

    Args:
        findings: from `study.measure_models`.

    Returns:
        The tables that have rows.
    """
    tables: list[Table] = []
    for title, names in TABLES.items():
        there = [name for name in names if any(name in row.values for row in findings.rows)]
        kept = [row for row in findings.rows if set(there) & row.values.keys()]
        if kept:
            timed = "survival" in names
            tables.append(_table(f"{title}: {findings.where}", kept, there, timed=timed))
    said = [f"{row.model}, {row.method}: {one}." for row in findings.rows for one in row.remarks]
    said += _nothing_survived(findings.rows)
    if findings.interrupted:
        said.append("Interrupted: what would follow the last row was not measured.")
    if tables:
        tables[0] = replace(tables[0], notes=[*tables[0].notes, *said])
    return tables


def _nothing_survived(rows: Sequence[Row]) -> list[str]:
    """Of which methods there is no correlation with any map of the shuffled networks, and why."""
    known = {row.model for row in rows if "survival" in row.values}
    return [
        f"{row.model}, {row.method}: no {MEASURES['survival'].label}: with shuffled weights all "
        "maps are constant."
        for row in rows
        if row.model in known and row.seconds is not None and "survival" not in row.values
    ]


def _table(title: str, rows: Sequence[Row], names: Sequence[str], *, timed: bool) -> Table:
    columns = [Column("model"), Column("method"), Column("faces")]
    for name in names:
        columns += _columns(name, MEASURES[name])
    columns += [Column("s per face", digits=3, lower_is_better=True)] if timed else []
    cells = [[*_cells(row, names), *([row.seconds] if timed else [])] for row in rows]
    notes = [
        f"{row.model}, {row.method}: {MEASURES[name].label} of {len(row.values[name])} of the "
        f"{row.faces} faces; the others' maps or probabilities are constant."
        for row in rows
        for name in names
        if 0 < len(row.values.get(name, ())) < row.faces
    ]
    return Table(title, columns, cells, notes)


def _columns(name: str, measure: Measure) -> list[Column]:
    """The measure's own column, and those of its interval."""
    column = Column(
        measure.heading, measure.digits, measure.percent, measure.lower_is_better,
        spare=name in _PLAIN,
    )  # fmt: skip
    if name in _PLAIN:
        return [column]
    ends = ("95 % low", "95 % high") if measure.hits else ("±",)
    return [column, *(Column(end, measure.digits, measure.percent) for end in ends)]


def _cells(row: Row, names: Sequence[str]) -> list[Cell]:
    cells: list[Cell] = [row.model, row.method, row.faces]
    for name in names:
        values = row.values.get(name, ())
        mean, margin = mean_and_margin(values) if values else (None, None)
        cells.append(mean)
        if name in _PLAIN:
            continue
        if MEASURES[name].hits:
            cells += wilson(sum(values), len(values)) if len(values) > 1 else (None, None)
        else:
            cells.append(margin if len(values) > 1 else None)
    return cells
