"""``zoo data``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli.common import (
    FILE,
    FOLDER,
    overwrite_option,
    progress_bar,
    say_written,
    show_tables,
)


@click.group()
def data() -> None:
    """Add, list, describe, show, audit and remove data sets."""


@data.command("add")
@click.argument("name")
@click.argument("path", type=FILE)
@click.option("--size", default=48, show_default=True, help="Side of the cached faces, pixels.")
@click.option("--colour", type=click.Choice(["grey", "rgb"]), default="grey", show_default=True)
@click.option(
    "--validation-fraction", default=0.1, show_default=True,
    help="Share of the training faces, where PATH has no validation split.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of that split.")
@click.option("--crop-faces", is_flag=True, help="Cut each image to the largest face in it.")
@click.option("--keep-faceless", is_flag=True, help="Then keep images without a face, whole.")
@click.option("--skip-bad-rows", is_flag=True, help="Count bad csv rows instead of stopping.")
@click.option("--votes", type=FILE, help="A csv of votes, row by row: soft labels.")
@click.option("--ferplus", type=FILE, help="FER+'s csv: its labels instead of FER2013's.")
@click.option("--classes", type=int, help="Of --ferplus: 8, or 7 without contempt.  [default: 8]")
@click.option(
    "--labels", type=click.Choice(["majority", "distribution"]),
    help="Of --ferplus: which training faces are kept.  [default: majority]",
)  # fmt: skip
@click.option(
    "--official-split", type=FILE, metavar="FER2013_CSV",
    help="Parts the folder version's test into validation and test.",
)  # fmt: skip
@overwrite_option
def data_add(name: str, path: Path, overwrite: bool, **settings: Any) -> None:
    """Import the faces at PATH under a NAME.

    PATH is a folder of class folders, a csv of pixels (FER2013's) or of paths, numpy arrays, CK+,
    CK+48, JAFFE, KDEF or RAF-DB as they come, or a zip, gz or tar archive of one of these. What it
    is is found out by a look inside, and said.
    """
    from zoo.data import description, library
    from zoo.data.settings import ImportSettings

    chosen = ImportSettings(**settings)
    with progress_bar(f"reading {path.name}") as progress:
        dataset = library.add(name, path, chosen, overwrite=overwrite, progress=progress)
    click.echo(f"{dataset.facts['source']}: {dataset.facts['kind']}")
    counts = ", ".join(f"{len(split):,} {split.name}" for split in dataset.splits.values())
    classes = f"classes {', '.join(dataset.classes)}" if dataset.classes else "no labels"
    click.echo(f"added {name}: {counts}; {classes}")
    idle = description.unused_options(dataset, chosen.given)
    for line in [*idle, *description.remarks(dataset)]:
        click.echo(line)


@data.command("list")
def data_list() -> None:
    """List the data sets that were added."""
    from zoo.data.description import list_table

    show_tables(list_table())


@data.command("describe")
@click.argument("name")
@click.option("--out", type=FOLDER, help="Folder for page and pictures [./NAME-description].")
@overwrite_option
def data_describe(name: str, out: Path | None, overwrite: bool) -> None:
    """Count faces per split and class, list columns; draw distribution, faces and their means."""
    from zoo.data import library
    from zoo.reports.description import write_description

    folder = out or Path(f"{name}-description")
    tables, paths = write_description(library.open_dataset(name), folder, overwrite=overwrite)
    show_tables(*tables)
    say_written(paths)


@data.command("show")
@click.argument("name")
@click.option("--split", metavar="SPLIT", help="train, validation, test, … [the first there is].")
@click.option("--class", "class_name", metavar="CLASS", help="Only faces of this class.")
@click.option("--page", default=1, show_default=True, help="80 faces each.")
@click.option("--out", type=FILE, metavar="FILE", help="[./NAME-SPLIT-CLASS-PAGE.png]")
@overwrite_option
def data_show(
    name: str,
    split: str | None,
    class_name: str | None,
    page: int,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Draw faces on a contact sheet, each with its label and id."""
    from zoo.data import library
    from zoo.data.showing import class_called, show_faces

    dataset = library.open_dataset(name)
    split = split or next(iter(dataset.splits))
    if class_name is not None:
        class_name = class_called(class_name, dataset.split(split), dataset)
    path = out or Path("-".join(filter(None, (name, split, class_name, f"{page}.png"))))
    shown = show_faces(
        dataset, path, split=split, class_name=class_name, page=page, overwrite=overwrite
    )
    click.echo(shown)
    say_written([path])


@data.command("audit")
@click.argument("name")
@click.option("--out", type=FOLDER, help="Folder for page, csv and pictures [./NAME-audit].")
@click.option(
    "--write-exclusions", "list_file", type=FILE, metavar="FILE",
    help="A list of faces to leave out, for zoo train and zoo evaluate --exclusions.",
)  # fmt: skip
@click.option(
    "--exclude", metavar="A,B,C", default="leaks,contradictions,blank", show_default=True,
    help="What goes on that list; also: faceless, doubted, outvoted, repeats.",
)  # fmt: skip
@click.option(
    "--labels/--no-labels", default=True, help="Whether a classifier looks for doubtful labels."
)
@overwrite_option
def data_audit(
    name: str,
    out: Path | None,
    list_file: Path | None,
    exclude: str,
    labels: bool,
    overwrite: bool,
) -> None:
    """Look for copies, contradicting labels, images without a face, and doubtful labels."""
    from zoo.data import library
    from zoo.data.audit import audit, audit_tables, choices_in, exclusions
    from zoo.data.exclusions import write_exclusions
    from zoo.files import refuse_existing
    from zoo.reports.audit import page_path, write_audit

    dataset, choices = library.open_dataset(name), choices_in(exclude)
    folder = out or Path(f"{name}-audit")
    for path in (page_path(folder, name), list_file):
        if path is not None:  # known now, not after the work
            refuse_existing(path, overwrite=overwrite)
    with progress_bar(f"auditing {name}") as progress:
        found = audit(dataset, labels=labels, progress=progress)
    show_tables(*audit_tables(found))
    paths = write_audit(found, folder, overwrite=overwrite)
    if list_file is not None:
        chosen = exclusions(found, choices)
        write_exclusions(chosen, list_file, overwrite=overwrite)
        click.echo(f"{len(chosen):,} faces to leave out ({', '.join(choices)})")
        paths.append(list_file)
    say_written(paths)


@data.command("export")
@click.argument("name")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--format", "output_format", type=click.Choice(["folders", "csv"]), default="folders",
    show_default=True, help="DIR/SPLIT/CLASS/*.png and DIR/faces.csv, or DIR/NAME.csv.",
)  # fmt: skip
@overwrite_option
def data_export(name: str, folder: Path, output_format: str, overwrite: bool) -> None:
    """Write a data set as class folders, or as a csv like fer2013.csv, without loss."""
    from zoo.data import library
    from zoo.data.export import export_csv, export_folders

    dataset = library.open_dataset(name)
    write, path = (
        (export_folders, folder)
        if output_format == "folders"
        else (export_csv, folder / f"{name}.csv")
    )
    with progress_bar(f"writing {path.name}") as progress:
        remarks = write(dataset, path, overwrite=overwrite, progress=progress)
    say_written([path])
    for line in remarks:
        click.echo(line)


@data.command("remove")
@click.argument("name")
def data_remove(name: str) -> None:
    """Forget a data set and its cache; its source is never touched."""
    from zoo.data import library

    library.remove(name)
    click.echo(f"removed {name}")
