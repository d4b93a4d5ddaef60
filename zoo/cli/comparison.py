"""``zoo compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.common import (
    FILE,
    data_option,
    dataset_or_only,
    exclusions_option,
    faces_left_out,
    listed_names,
    measured_split_option,
    overwrite_option,
    runs_option,
    runs_or_default,
    say_aside,
    show_tables,
    tta_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.evaluation.compare import Comparison
    from zoo.tables import Table


@click.command()
@click.argument("names", metavar="[MODELS]...", nargs=-1)
@data_option
@runs_option
@measured_split_option
@tta_option
@click.option("--calibrated", is_flag=True, help="Rows with scaled probabilities, too.")
@click.option("--sort", default="top-1", show_default=True, metavar="COLUMN")
@click.option("--ascending/--descending", default=None, help="Default: best first.")
@click.option("--paired", is_flag=True, help="Test any two models for a difference, too.")
@click.option("--columns", metavar="A,B,C", help="Only these, in this order [all that fit].")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "csv", "markdown", "latex"]),
    default="text", show_default=True, help="latex: for the package booktabs.",
)  # fmt: skip
@click.option("--markdown", is_flag=True, help="Short for --format markdown.")
@exclusions_option
@click.option("--costs", is_flag=True, help="Measure sizes and times anew, on this machine.")
@click.option(
    "--figure", type=FILE, metavar="FILE",
    help="Where the picture of accuracies goes [among the runs, there refreshed].",
)  # fmt: skip
@click.option("--pareto", type=FILE, metavar="FILE", help="Draw accuracy against --cost.")
@click.option(
    "--cost", type=click.Choice(["multiply-adds", "parameters", "size", "ms", "ms-alone"]),
    default="multiply-adds", show_default=True, help="What --pareto draws accuracy against.",
)  # fmt: skip
@click.option("--per-class", type=FILE, metavar="FILE", help="Draw the F1 of each class.")
@click.option(
    "--report", type=FILE, metavar="FILE",
    help="Write everything as one HTML page, its tables sorted by a click.",
)  # fmt: skip
@overwrite_option
def compare(
    names: tuple[str, ...],
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    tta: str,
    calibrated: bool,
    sort: str,
    ascending: bool | None,
    paired: bool,
    columns: str | None,
    output_format: str,
    markdown: bool,
    exclusions: Path | None,
    costs: bool,
    figure: Path | None,
    pareto: Path | None,
    cost: str,
    per_class: Path | None,
    report: Path | None,
    overwrite: bool,
) -> None:
    """Compare models on one table; without MODELS, every finished run and shipped weights."""
    from zoo.evaluation.compare import compare_models
    from zoo.evaluation.guard import GUARD
    from zoo.files import refuse_existing
    from zoo.predictions import stem

    for path in (figure, pareto, per_class, report):
        if path is not None:  # before anything is measured for it
            refuse_existing(path, overwrite=overwrite)
    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    listed = faces_left_out(exclusions, dataset)
    compared = compare_models(
        names, dataset, runs, split, tta=tta, calibrated=calibrated, exclusions=listed,
        costs=costs, say=say_aside,
    )  # fmt: skip
    table = compared.table.sorted_by(sort, descending=None if ascending is None else not ascending)
    output_format = "markdown" if markdown else output_format
    if columns:
        guarded = GUARD if output_format == "csv" else ()
        table = _only(table, listed_names(columns), guarded)
    more = [compared.paired() if paired else None, compared.seeds]
    left_out = "" if listed is None else f"-{listed.stem}"
    usual = runs / f"comparison-{dataset.name}-{stem(split, tta)}{left_out}.png"
    written = _draw(compared, figure, usual, pareto, cost, per_class, overwrite=overwrite)
    if report is not None:
        from zoo.reports.comparison import write_comparison

        write_comparison(report, compared, overwrite=overwrite)
        written.append(report)
    _show([table, *(one for one in more if one)], output_format)
    for path in written:
        click.echo(f"wrote {path}", err=True)


def _only(table: Table, wanted: Sequence[str], guarded: Sequence[str]) -> Table:
    """Some columns, and those of `guarded` that are there and not among them."""
    chosen = table.only(wanted)
    named = {column.heading for column in chosen.columns}
    there = [column.heading for column in table.columns]
    kept = [heading for heading in guarded if heading in there and heading not in named]
    return table.only([*(column.heading for column in chosen.columns), *kept])


def _show(tables: Sequence[Table], output_format: str) -> None:
    if output_format == "csv":  # one table, so that other programs can read it
        click.echo(tables[0].csv(), nl=False)
    elif output_format == "markdown":
        click.echo("\n".join(one.markdown() for one in tables), nl=False)
    elif output_format == "latex":
        click.echo("\n".join(one.latex() for one in tables), nl=False)
    else:
        show_tables(*tables)


def _draw(
    compared: Comparison,
    figure: Path | None,
    usual: Path,
    pareto: Path | None,
    cost: str,
    per_class: Path | None,
    *,
    overwrite: bool,
) -> list[Path]:
    """Draw what was asked for, and the accuracies in any case; the files that were written."""
    from zoo.evaluation.output import shown_anyway
    from zoo.evaluation.pictures import comparison_figure, cost_figure, per_class_figure

    entries, written = compared.entries, []
    told: dict[str, Any] = {
        "data_name": compared.data_name,
        "test_readings": compared.test_readings,
    }
    with shown_anyway(figure, say_aside):
        path = figure or usual
        comparison_figure(entries, path, **told, overwrite=overwrite or figure is None)
        written.append(path)
    if pareto is not None:
        cost_figure(entries, pareto, cost=cost, **told, overwrite=overwrite)
        written.append(pareto)
    if per_class is not None:
        per_class_figure(entries, per_class, **told, overwrite=overwrite)
        written.append(per_class)
    return written
