"""A table of results, once, in every form it is asked for."""

from __future__ import annotations

import csv
import html
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zoo.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import rich.table

Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """One column: its heading and how a number in it is written.

    Attributes:
        heading: what stands above it, with the unit.
        digits: decimals of a float.
        percent: the values are fractions in 0–1, written as per cent.
    """

    heading: str
    digits: int = 2
    percent: bool = False

    def text(self, cell: Cell) -> str:
        """`cell` as a reader wants it; a dash where there is nothing."""
        if cell is None:
            return "–"
        if isinstance(cell, str):
            return cell
        if isinstance(cell, float):
            return f"{cell * 100:.{self.digits}f}" if self.percent else f"{cell:,.{self.digits}f}"
        return f"{cell:,}"


@dataclass(frozen=True)
class Table:
    """Rows under columns, with notes that must be read with them.

    Attributes:
        title: what the table shows, on how many faces.
        columns: the columns, in order.
        rows: one sequence of cells per row, in the order of `columns`.
        notes: lines to print below (what a number is, what chose it).
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)

    def sorted_by(self, heading: str, *, descending: bool = True) -> Table:
        """The same table sorted by one column; rows without a value there come last.

        Raises:
            ZooError: no column is called `heading` (case and unit may be left out).
        """
        wanted = heading.casefold()
        names = [column.heading.casefold() for column in self.columns]
        matches = [i for i, name in enumerate(names) if name == wanted] or [
            i for i, name in enumerate(names) if name.startswith(wanted)
        ]
        if not matches:
            raise unknown("column", heading, [column.heading for column in self.columns])
        key = matches[0]
        filled = [row for row in self.rows if row[key] is not None]
        empty = [row for row in self.rows if row[key] is None]
        filled.sort(key=lambda row: row[key], reverse=descending)  # type: ignore[arg-type,return-value]
        return Table(self.title, self.columns, [*filled, *empty], self.notes)

    def _texts(self) -> list[list[str]]:
        return [
            [column.text(cell) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    def rich(self) -> rich.table.Table:
        """The table for a terminal."""
        import rich.box
        import rich.table
        from rich.text import Text

        table = rich.table.Table(
            title=self.title, title_justify="left", box=rich.box.SIMPLE, caption_justify="left",
            caption="\n".join(self.notes) or None,
        )  # fmt: skip
        for index, column in enumerate(self.columns):
            numeric = any(isinstance(row[index], int | float) for row in self.rows)
            table.add_column(column.heading, justify="right" if numeric else "left")
        for row in self._texts():
            table.add_row(*(Text(cell) for cell in row))
        return table

    def markdown(self) -> str:
        """The table as Markdown, with the notes below."""

        def line(cells: Sequence[str]) -> str:
            return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

        lines = [line([column.heading for column in self.columns])]
        lines.append(line(["---"] * len(self.columns)))
        lines += [line(row) for row in self._texts()]
        notes = [f"\n{note}" for note in self.notes]
        return f"**{self.title}**\n\n" + "\n".join([*lines, *notes]) + "\n"

    def csv(self) -> str:
        """The table as csv: full precision, fractions as fractions, no notes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.heading for column in self.columns])
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.rows)
        return text.getvalue()

    def html(self) -> str:
        """The table as an HTML fragment; every text in it is escaped."""
        head = "".join(f"<th>{html.escape(column.heading)}</th>" for column in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self._texts()
        )
        notes = "".join(f'<p class="note">{html.escape(note)}</p>' for note in self.notes)
        caption = f"<caption>{html.escape(self.title)}</caption>"
        return (
            f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )
