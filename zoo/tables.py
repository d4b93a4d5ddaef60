"""A table of results, once, in every form it is asked for."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from zoo.errors import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import rich.console

Cell = str | int | float | None


def rounded(value: float, digits: int) -> str:
    """A number as it stands in a sentence: with a true minus sign, which no zero has."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


@dataclass(frozen=True)
class Column:
    """One column: its heading and how a number in it is written.

    Attributes:
        heading: what stands above it, with the unit.
        digits: decimals of a float.
        percent: the values are fractions in 0–1, written as per cent.
        lower_is_better: the smallest number is the best one; decides the order of sorting.
        spare: 0: always shown. Where a terminal is too narrow those with the largest number are
            left out first, of equal ones the last.
    """

    heading: str
    digits: int = 2
    percent: bool = False
    lower_is_better: bool = False
    spare: int = 0

    def text(self, cell: Cell) -> str:
        """`cell` as a reader wants it; a dash where there is nothing."""
        if cell is None:
            return "–"
        if isinstance(cell, str):
            return cell
        if self.percent:
            return f"{cell * 100:.{self.digits}f}"
        return f"{cell:,.{self.digits}f}" if isinstance(cell, float) else f"{cell:,}"


@dataclass(frozen=True)
class Table:
    """Rows under columns, with notes that must be read with them.

    Attributes:
        title: what the table shows, on how many faces; empty where a heading above says it.
        columns: the columns, in order.
        rows: one sequence of cells per row, in the order of `columns`.
        notes: lines to print below (what a number is, what chose it).
        tall: shown with one line per column, so that few rows stand side by side; csv stays wide.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)
    tall: bool = False

    def sorted_by(self, heading: str, *, descending: bool | None = None) -> Table:
        """The same table sorted by one column; rows without a value there come last.

        Args:
            heading: of the column; its beginning or any part will do, in any case.
            descending: largest first; None: best first, text in alphabetical order.

        Raises:
            ZooError: no column is called `heading`.
        """
        key = self._position(heading)
        filled = [row for row in self.rows if row[key] is not None]
        empty = [row for row in self.rows if row[key] is None]
        if descending is None:
            text = any(isinstance(row[key], str) for row in filled)
            descending = not (text or self.columns[key].lower_is_better)
        # Numbers and text cannot be compared: keep each kind together.
        filled.sort(key=lambda row: (isinstance(row[key], str), row[key]), reverse=descending)
        return replace(self, rows=[*filled, *empty])

    def only(self, headings: Sequence[str]) -> Table:
        """The same table with some of its columns, in the order asked for.

        Notes on the others, which begin with their heading and a colon, are left out.

        Args:
            headings: of the columns; as for `sorted_by`.

        Raises:
            ZooError: no column is called so.
        """
        places = [self._position(heading) for heading in headings]
        shown = self._with(places)
        return replace(shown, columns=[replace(column, spare=0) for column in shown.columns])

    def _with(self, places: Sequence[int]) -> Table:
        about = {column.heading.partition(",")[0] for column in self.columns}
        about -= {self.columns[place].heading.partition(",")[0] for place in places}
        return replace(
            self,
            columns=[self.columns[place] for place in places],
            rows=[[row[place] for place in places] for row in self.rows],
            notes=[note for note in self.notes if note.partition(":")[0] not in about],
        )

    def with_notes(self, notes: Sequence[str]) -> Table:
        """The same table with more notes, below its own."""
        return replace(self, notes=[*self.notes, *notes])

    def _position(self, heading: str) -> int:
        """Where the column called `heading` stands."""
        wanted = heading.casefold().strip()
        names = [column.heading.casefold() for column in self.columns]
        exact = [i for i, name in enumerate(names) if name == wanted]
        beginning = [i for i, name in enumerate(names) if wanted and name.startswith(wanted)]
        part = [i for i, name in enumerate(names) if wanted and wanted in name]
        for matches in (exact, beginning, part):
            if matches:
                return matches[0]
        raise unknown("column", heading, [column.heading for column in self.columns])

    def _grid(self) -> tuple[list[str], list[list[str]], list[bool]]:
        """Headings, rows as text, and which columns hold numbers and so stand to the right."""
        headings = [column.heading for column in self.columns]
        rows = [
            [column.text(cell) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]
        if self.tall:
            lines = [list(line) for line in zip(headings, *rows, strict=True)]
            return lines[0], lines[1:], [False] + [True] * len(rows)
        numeric = [
            any(isinstance(row[index], int | float) for row in self.rows)
            for index in range(len(self.columns))
        ]
        return headings, rows, numeric

    def rich(self, width: int | None = None) -> rich.console.Group:
        """The table for a terminal: title, table, notes.

        Args:
            width: of the terminal, in characters; None: found out.
        """
        import rich
        import rich.box
        import rich.console
        import rich.table
        from rich.text import Text

        width = width or rich.get_console().width
        shown = self._fitting(width)
        headings, rows, numeric = shown._grid()
        # Where not even that fits, cells are broken over lines, never cut.
        layout = shown._layout(width)
        widths: Sequence[int | None] = layout[0] if layout else [None] * len(headings)
        gap = layout[1] if layout else 1
        # Text, not str: rich would take "[...]" in a name for markup.
        table = rich.table.Table(
            box=rich.box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap - 1, 0, 0)
        )
        for heading, right, wide in zip(headings, numeric, widths, strict=True):
            justify: Literal["left", "right"] = "right" if right else "left"
            table.add_column(
                Text(heading), justify=justify, overflow="fold", width=wide,
                no_wrap=not table.columns,
            )  # fmt: skip
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        notes = [Text(note, style="dim") for note in self.notes]
        return rich.console.Group(Text(self.title, style="bold"), "", table, "", *notes, "")

    def _layout(self, width: int) -> tuple[list[int], int] | None:
        """The columns' widths and the gap between them, in characters; None: it does not fit.

        Headings and text are broken between words at most, numbers not at all.
        """
        headings, rows, _ = self._grid()
        columns = list(zip(headings, *rows, strict=True))
        wished = [max(map(len, cells)) for cells in columns]
        least = [max(len(word) for cell in cells for word in cell.split()) for cells in columns]
        for gap in (2, 1):
            room = width - sum(least) - gap * (len(least) - 1)
            if room >= 0:
                break
        else:
            return None
        for index in reversed(range(len(least))):
            more = min(room, wished[index] - least[index])
            least[index] += more
            room -= more
        return least, gap

    def _fitting(self, width: int) -> Table:
        """The table without the spare columns that a terminal has no room for."""
        table = self
        while any(column.spare for column in table.columns) and not table._layout(width):
            spare = [column.spare for column in table.columns]
            last = max(range(len(spare)), key=lambda place: (spare[place], place))
            table = table._without([last])
        return table

    def without_spare_columns(self) -> Table:
        """The table without what its title or a note says, too."""
        return self._without([i for i, column in enumerate(self.columns) if column.spare])

    def _without(self, places: Sequence[int]) -> Table:
        return self._with([i for i in range(len(self.columns)) if i not in places])

    def markdown(self) -> str:
        """The table as Markdown, with the notes below."""

        def line(cells: Sequence[str]) -> str:
            escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
            return "| " + " | ".join(escaped) + " |"

        headings, rows, numeric = self._grid()
        lines = [line(headings), line(["---:" if right else "---" for right in numeric])]
        lines += [line(row) for row in rows]
        notes = [f"\n{note}" for note in self.notes]
        title = f"**{self.title}**\n\n" if self.title else ""
        return title + "\n".join([*lines, *notes]) + "\n"

    def csv(self) -> str:
        """The table as csv: full precision, shares in per cent as the headings say, no notes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.heading for column in self.columns])
        for row in self.rows:
            cells = zip(self.columns, row, strict=True)
            writer.writerow(
                100 * cell if column.percent and isinstance(cell, float) else cell
                for column, cell in cells
            )
        return text.getvalue()

    def latex(self) -> str:
        """The table for a paper, with the notes below; it needs the package booktabs.

        Columns that its title or a note says, too, are left out: a page is narrow.
        """
        shown = self.without_spare_columns()
        headings, rows, numeric = shown._grid()

        def line(cells: Sequence[str]) -> str:
            return "    " + " & ".join(map(in_latex, cells)) + r" \\"

        columns = "".join("r" if right else "l" for right in numeric)
        caption = [rf"  \caption{{{in_latex(self.title)}}}"] if self.title else []
        notes = [rf"    {in_latex(note)}\par" for note in self.notes]
        minipage = [r"  \begin{minipage}{\linewidth}\footnotesize", *notes, r"  \end{minipage}"]
        lines = [
            r"% \usepackage{booktabs}", r"\begin{table}", r"  \centering", *caption,
            rf"  \begin{{tabular}}{{{columns}}}", r"    \toprule", line(headings),
            r"    \midrule", *map(line, rows), r"    \bottomrule", r"  \end{tabular}",
            *([r"  \par\smallskip", *minipage] if notes else []), r"\end{table}",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """The table as an HTML fragment; every text in it is escaped."""
        headings, rows, numeric = self._grid()
        starts = [' class="number">' if right else ">" for right in numeric]

        def line(tag: str, cells: Sequence[str]) -> str:
            inner = "".join(
                f"<{tag}{start}{html.escape(cell)}</{tag}>"
                for start, cell in zip(starts, cells, strict=True)
            )
            return f"<tr>{inner}</tr>"

        head, body = line("th", headings), "".join(line("td", row) for row in rows)
        notes = "".join(f'<p class="note">{html.escape(note)}</p>' for note in self.notes)
        caption = f"<caption>{html.escape(self.title)}</caption>"
        return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>{notes}"


_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
        **{sign: "\\" + sign for sign in "{}$&#_%"},
        "−": "$-$", "±": r"$\pm$", "×": r"$\times$", "·": r"$\cdot$", "≤": r"$\leq$",
        "≥": r"$\geq$", "→": r"$\rightarrow$", "↓": r"$\downarrow$", "Σ": r"$\Sigma$",
        "…": r"\ldots{}", "–": "--", "—": "---",
    }
)  # fmt: skip


def in_latex(text: str) -> str:
    """A line of text as LaTeX shows it: nothing in it is a command, and minus is a minus."""
    signed = re.sub(r"(?<![\w)])-(?=\d)", "−", " ".join(text.split()))
    return signed.translate(_LATEX)
