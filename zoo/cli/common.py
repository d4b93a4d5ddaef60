"""What the commands share: options, tables on the terminal, a progress bar."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from click.decorators import FC

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.tables import Table

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(path_type=Path)

data_option = click.option(
    "--data", "data_name", metavar="NAME", help="Data set; default: the only one added."
)
runs_option = click.option(
    "--runs", "runs_folder", type=FOLDER, metavar="DIR", help="Folder of runs [$ZOO_HOME/runs]."
)
measured_split_option = click.option(
    "--split", type=click.Choice(["validation", "test"]), default="validation", show_default=True
)
shown_split_option = click.option(  # nobody reads a test split only to look at it
    "--split", type=click.Choice(["train", "validation"]), default="validation", show_default=True
)
exclusions_option = click.option(
    "--exclusions", type=FILE, metavar="FILE",
    help="A list of faces to leave out, as zoo data audit --write-exclusions writes it.",
)  # fmt: skip
tta_option = click.option(
    "--tta", type=click.Choice(["none", "flip"]), default="none", show_default=True,
    help="flip: average each face and its mirror image; always shown apart.",
)  # fmt: skip
calibrated_option = click.option(
    "--calibrated", is_flag=True, help="Scale probabilities by the temperature of zoo calibrate."
)
whole_image_option = click.option(
    "--whole-image", is_flag=True, help="Do not cut photos to the faces that are found in them."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace existing output.")


def seed_option(help: str) -> Callable[[FC], FC]:
    """The option of a command that draws something; `help` says what."""
    return click.option(
        "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help=help
    )


def listed_names(text: str) -> list[str]:
    """``a, b`` as the user lists names."""
    return [name.strip() for name in text.split(",") if name.strip()]


def show_tables(*tables: Table) -> None:
    """Print tables as wide as the terminal is, a note that several share below the first."""
    from rich.console import Console

    # A pipe has no width of its own; a table cut to 80 columns would lose figures there.
    console = Console(width=None if sys.stdout.isatty() else 200)
    told: set[str] = set()
    for table in tables:
        notes = [note for note in table.notes if note not in told]
        told.update(notes)
        console.print(replace(table, notes=notes).rich(console.width))


def say_aside(line: str) -> None:
    """Tell what takes time apart from results, which a pipe may take."""
    click.echo(line, err=True)


def runs_or_default(folder: Path | None) -> Path:
    """The folder of runs the user named, or the one at home."""
    from zoo import home

    return folder or home.runs_folder()


def dataset_or_only(name: str | None, split: str | None = None) -> Dataset:
    """The data set the user named, or the only one there is; refused if it lacks `split`."""
    from zoo.data import library

    dataset = library.open_dataset(name or library.default_dataset())
    if split:
        dataset.split(split)
    return dataset


def faces_left_out(path: Path | None, dataset: Dataset) -> Exclusions | None:
    """The list that the user named; refused if it is of another data set."""
    from zoo.data.exclusions import read_exclusions

    return None if path is None else read_exclusions(path, dataset)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something lasts, with rate and time left.

    Gives its ``progress(done, total)``.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    count, rate = TextColumn("{task.fields[count]}"), TextColumn("{task.fields[rate]}")
    columns = (TextColumn(title), BarColumn(), count, rate, TimeLeft())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        # Until the first report, while a source is opened, say, nobody knows how much there is.
        task = bar.add_task(title, total=None, count="", rate="")

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, count=f"{done:,}/{total:,}")
            if speed := bar.tasks[task].speed:
                bar.update(task, rate=f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s")

        yield progress


def say_written(paths: Sequence[Path]) -> None:
    """Name the files that were written."""
    for path in paths:
        click.echo(f"wrote {path}")
