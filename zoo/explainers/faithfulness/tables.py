"""A study's rows as tables, with intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.intervals import mean_and_margin
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.explainers.faithfulness.study import Row
    from zoo.tables import Cell

_TABLES = {
    "The model is asked about changed faces": {
        "deletion_auc": Column("deletion AUC", digits=3, lower_is_better=True),
        "insertion_auc": Column("insertion AUC", digits=3),
        "mufidelity": Column("MuFidelity", digits=3),
        "r2": Column("R²", digits=3),
    },
    "The method is asked again": {
        "rank_correlation": Column("rank correlation, other seeds", digits=3),
        "leaders_shared": Column("leading 5 shared, other seeds", digits=3),
        "survival": Column("|rank correlation|, shuffled weights", digits=3, lower_is_better=True),
    },
    "Maps are held against the truth": {
        "pointing": Column("pointing game %", percent=True, digits=1),
        "inside": Column("positive relevance inside %", percent=True, digits=1),
    },
}


def faithfulness_tables(rows: Sequence[Row], where: str) -> list[Table]:
    """What asking the model says, what asking the method again says, and what the truth says.

    Args:
        rows: from `study.measure_models`.
        where: the faces, in words.

    Returns:
        The tables that have rows.
    """
    tables: list[Table] = []
    for title, columns in _TABLES.items():
        there = {
            key: column for key, column in columns.items() if any(key in r.values for r in rows)
        }
        kept = [row for row in rows if there.keys() & row.values.keys()]
        if kept:
            timed = "survival" in columns
            tables.append(_table(f"{title}: {where}", kept, there, timed=timed))
    said = [f"{row.model}, {row.method}: {one}." for row in rows for one in row.remarks]
    if tables:
        tables[0] = replace(tables[0], notes=[*tables[0].notes, *said])
    return tables


def _table(title: str, rows: Sequence[Row], measures: dict[str, Column], *, timed: bool) -> Table:
    columns = [Column("model"), Column("method"), Column("faces")]
    for column in measures.values():
        columns += [column, Column("±", digits=column.digits, percent=column.percent)]
    columns += [Column("s per face", digits=3, lower_is_better=True)] if timed else []
    cells = [[*_cells(row, list(measures)), *([row.seconds] if timed else [])] for row in rows]
    notes = [
        f"{row.model}, {row.method}: {measures[name].heading} of {len(row.values[name])} of the "
        f"{row.faces} faces; the others' maps or probabilities are constant."
        for row in rows
        for name in measures
        if 0 < len(row.values.get(name, ())) < row.faces
    ]
    return Table(title, columns, cells, notes)


def _cells(row: Row, names: Sequence[str]) -> list[Cell]:
    cells: list[Cell] = [row.model, row.method, row.faces]
    for name in names:
        values = row.values.get(name, ())
        mean, margin = mean_and_margin(values) if values else (None, None)
        cells += [mean, margin if len(values) > 1 else None]
    return cells
