"""One table, in every form."""

import csv
import io
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from zoo.errors import ZooError
from zoo.tables import Column, Table, in_latex


@pytest.fixture
def table():
    return Table(
        "models on fer2013, n = 7",
        (
            Column("model"),
            Column("top-1 accuracy %", percent=True),
            Column("log-loss", digits=3, lower_is_better=True),
            Column("parameters"),
            Column("split", spare=1),
        ),
        [
            ("b|<i>", 0.5, 1.25, 1234567, "validation"),
            ("a", 1.0, None, 60779, "validation"),
            ("c", None, 0.5, 7, "validation"),
        ],
        ["a note & more"],
    )


def models(table):
    return [row[0] for row in table.rows]


def shown(table, width):
    console = Console(width=width, file=io.StringIO())
    console.print(table.rich(width))
    return console.file.getvalue()


def test_sorting_puts_the_best_first_and_the_empty_last(table):
    assert models(table.sorted_by("top-1 accuracy %")) == ["a", "b|<i>", "c"]
    assert models(table.sorted_by("log-loss")) == ["c", "b|<i>", "a"]
    assert models(table.sorted_by("model")) == ["a", "b|<i>", "c"]


def test_some_columns_in_the_order_asked_for(table):
    headings = [column.heading for column in table.columns]
    some = table.only([headings[-1], headings[0]])
    assert [column.heading for column in some.columns] == [headings[-1], headings[0]]
    assert list(some.rows) == [[row[-1], row[0]] for row in table.rows]
    assert not any(column.spare for column in some.columns)
    with pytest.raises(ZooError, match="unknown column"):
        table.only(["nothing of the kind"])


def test_notes_on_columns_that_are_left_out_are_left_out(table):
    notes = ["log-loss: in nats.", "parameters, all.", "parameters: all.", "a note: b"]
    some = replace(table, notes=notes).only(["model", "log-loss"])
    assert some.notes == [notes[0], notes[1], notes[3]]


def test_sorting_can_be_told_its_direction(table):
    assert models(table.sorted_by("parameters", descending=False)) == ["c", "a", "b|<i>"]
    assert models(table.sorted_by("log-loss", descending=True)) == ["b|<i>", "c", "a"]


def test_a_column_answers_to_any_part_of_its_heading_in_any_case(table):
    by_accuracy = table.sorted_by("top-1 accuracy %")
    for part in ("Top-1", "ACCURACY", " accuracy "):
        assert table.sorted_by(part) == by_accuracy


def test_sorting_by_what_is_no_column_is_refused_with_the_nearest(table):
    with pytest.raises(ZooError, match="did you mean log-loss"):
        table.sorted_by("logloss")
    with pytest.raises(ZooError, match="there are log-loss, model"):
        table.sorted_by("")


def test_numbers_and_text_in_one_column_are_sorted_apart():
    table = Table("t", (Column("limit"),), [("all",), (3,), (None,), (20,)])
    assert table.sorted_by("limit", descending=False).rows == [(3,), (20,), ("all",), (None,)]


def test_cells_are_written_as_a_reader_wants_them():
    assert Column("x").text(1234.567) == "1,234.57"
    assert Column("x").text(1234567) == "1,234,567"
    assert Column("x", percent=True, digits=1).text(0.12345) == "12.3"
    assert Column("x", percent=True).text(1) == "100.00"
    assert Column("x").text(None) == "–"


def test_markdown_escapes_pipes_and_aligns_numbers(table):
    lines = table.markdown().splitlines()
    assert lines[0] == "**models on fer2013, n = 7**"
    assert lines[2] == "| model | top-1 accuracy % | log-loss | parameters | split |"
    assert lines[3] == "| --- | ---: | ---: | ---: | --- |"
    assert lines[4] == r"| b\|<i> | 50.00 | 1.250 | 1,234,567 | validation |"
    assert lines[-1] == "a note & more"


def test_a_line_break_in_a_cell_does_not_break_markdown():
    assert "| a b |" in Table("t", (Column("x"),), [("a\nb",)]).markdown()


def test_csv_holds_full_precision_and_reads_back(table):
    third = Table(
        "t", (Column("x,y", percent=True), Column("z")), [(1 / 3, 'a "b", c'), (None, "")]
    )
    rows = list(csv.reader(io.StringIO(third.csv())))
    assert rows == [["x,y", "z"], [repr(100 * (1 / 3)), 'a "b", c'], ["", ""]]


def test_html_escapes_every_text():
    nasty = "<script>&\"'"
    fragment = Table(nasty, (Column(nasty),), [(nasty,)], [nasty]).html()
    tags, texts = [], []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)
    parser.handle_data = texts.append
    parser.feed(fragment)
    assert "script" not in tags
    assert texts == [nasty] * 4


def test_html_marks_numbers_so_that_they_stand_to_the_right(table):
    assert '<td class="number">50.00</td>' in table.html()
    assert "<td>b|&lt;i&gt;</td>" in table.html()


def test_a_tall_table_is_one_line_per_column_but_stays_wide_in_csv():
    columns = (Column("model"), Column("n"), Column("top-1 %", percent=True))
    tall = Table("t", columns, [("vgg16", 7, 0.5)], tall=True)
    assert tall.markdown().splitlines()[2:] == [
        "| model | vgg16 |",
        "| --- | ---: |",
        "| n | 7 |",
        "| top-1 % | 50.00 |",
    ]
    assert tall.csv() == "model,n,top-1 %\nvgg16,7,50.0\n"


def test_the_rows_of_a_tall_table_stand_side_by_side():
    columns = (Column("faces"), Column("n"), Column("top-1 %", percent=True))
    tall = Table("t", columns, [("all", 7, 0.5), ("few", 3, None)], tall=True)
    assert tall.markdown().splitlines()[2:] == [
        "| faces | all | few |",
        "| --- | ---: | ---: |",
        "| n | 7 | 3 |",
        "| top-1 % | 50.00 | – |",
    ]
    assert tall.csv() == "faces,n,top-1 %\nall,7,50.0\nfew,3,\n"


def test_a_terminal_shows_title_cells_and_notes(table):
    text = shown(table, 100)
    assert text.startswith("models on fer2013, n = 7\n")
    for word in ("b|<i>", "50.00", "1,234,567", "validation", "a note & more"):
        assert word in text


def test_brackets_in_names_are_not_taken_for_markup():
    text = shown(Table("[red]t", (Column("[b]"),), [("[i]x",)], ["[u]n"]), 40)
    for word in ("[red]t", "[b]", "[i]x", "[u]n"):
        assert word in text


def test_a_narrow_terminal_loses_spare_columns_before_it_breaks_numbers(table):
    text = shown(table, 42)
    assert "validation" not in text
    assert "1,234,567" in text
    assert "validation" in shown(table, 48)


@pytest.mark.parametrize("width", [20, 34, 40, 50, 80])
def test_no_terminal_is_too_narrow_to_show_every_digit(table, width):
    text = shown(table, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    assert sorted(filter(str.isdigit, text)) == sorted(filter(str.isdigit, table.markdown()))


def test_an_empty_table_is_shown_as_its_headings():
    empty = Table("nothing", (Column("model"),), [])
    assert "model" in shown(empty, 40)
    assert "<th>model</th>" in empty.html()


def test_latex_is_a_table_for_a_paper(table):
    assert (
        table.latex()
        == r"""% \usepackage{booktabs}
\begin{table}
  \centering
  \caption{models on fer2013, n = 7}
  \begin{tabular}{lrrr}
    \toprule
    model & top-1 accuracy \% & log-loss & parameters \\
    \midrule
    b\textbar{}\textless{}i\textgreater{} & 50.00 & 1.250 & 1,234,567 \\
    a & 100.00 & -- & 60,779 \\
    c & -- & 0.500 & 7 \\
    \bottomrule
  \end{tabular}
  \par\smallskip
  \begin{minipage}{\linewidth}\footnotesize
    a note \& more\par
  \end{minipage}
\end{table}
"""
    )


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("five_layer (50 %)", r"five\_layer (50 \%)"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("$x^2$ & #1 ~", r"\$x\textasciicircum{}2\$ \& \#1 \textasciitilde{}"),
        ("-0.5 (-1.25 to +2)", "$-$0.5 ($-$1.25 to +2)"),
        ("run 20261121-065109-s0", "run 20261121-065109-s0"),
        ("a ± 2\n× 3 …", r"a $\pm$ 2 $\times$ 3 \ldots{}"),
        ("émotion", "émotion"),
    ],
)
def test_nothing_in_a_text_is_a_command_of_latex(text, latex):
    assert in_latex(text) == latex


def test_a_narrow_terminal_leaves_out_the_most_spare_columns_first_and_no_more_than_needed():
    columns = (
        Column("a"), Column("bbbb", spare=1), Column("cccc", spare=2), Column("dddd", spare=1),
    )  # fmt: skip
    table = Table("", columns, [("1", "2", "3", "4")])
    headings = [shown(table, width).split("\n")[2].split() for width in (22, 14, 10, 4)]
    assert headings == [["a", "bbbb", "cccc", "dddd"], ["a", "bbbb", "dddd"], ["a", "bbbb"], ["a"]]
