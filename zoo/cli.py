"""The command: parse, call, print. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import errno
import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from zoo import __version__
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zoo.data.dataset import Dataset
    from zoo.tables import Table

SPLITS = click.Choice(["validation", "test"])
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(path_type=Path)

data_option = click.option(
    "--data", "data_name", metavar="NAME", help="Data set; default: the only one added."
)
runs_option = click.option(
    "--runs", "runs_folder", type=FOLDER, metavar="DIR", help="Folder of runs [$ZOO_HOME/runs]."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace existing output.")


class Refusal(click.ClickException):
    """What click shows as one line before it exits with the code."""

    def __init__(self, message: str, exit_code: int):
        super().__init__(" ".join(message.split()))
        self.exit_code = exit_code  # type: ignore[misc]  # click reads the instance's

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it, the command's name first."""
        click.echo(f"zoo: {self.message}", file=file, err=file is None)


class Command(click.Group):
    """The group of all commands; never shows a traceback for what a user can mend."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; refusals become one line and an exit code."""
        for stream in (sys.stdout, sys.stderr):  # "×" on an ASCII terminal is no reason to fail
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except ZooError as error:
            raise Refusal(str(error), error.exit_code) from error
        except KeyboardInterrupt:
            raise Refusal("interrupted", 130) from None
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "zoo"
            raise Refusal(f"{error.format_message()} ({where} --help)", 2) from error
        except MemoryError:
            raise Refusal("out of memory: try smaller settings", 2) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # `zoo list | head`: click ends quietly
                raise
            place = f"{error.filename}: " if error.filename else ""
            raise Refusal(f"{place}{error.strerror or error}", 2) from error


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zoo")
def main() -> None:
    """Train, compare, average and explain networks for facial-expression recognition."""


# --- what every command shares -------------------------------------------------------------


def _print(*tables: Table) -> None:
    from rich.console import Console

    # A pipe has no width of its own; a table cut to 80 columns would lose figures there.
    console = Console(width=None if sys.stdout.isatty() else 200)
    for table in tables:
        console.print(table.rich(console.width))


def _runs(folder: Path | None) -> Path:
    from zoo import home

    return folder or home.runs_folder()


def _dataset(name: str | None) -> Dataset:
    from zoo.data import library

    return library.open_dataset(name or library.default_dataset())


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeLeft())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _written(paths: Sequence[Path]) -> None:
    for path in paths:
        click.echo(f"wrote {path}")


# --- architectures ---------------------------------------------------------------------------


@main.command("list")
@data_option
@runs_option
def list_(data_name: str | None, runs_folder: Path | None) -> None:
    """List the architectures, and the best run of each."""
    from zoo import models
    from zoo.architectures.summary import list_table
    from zoo.runs import damaged_runs

    runs = _runs(runs_folder)
    fingerprint = models.fingerprint(data_name) if data_name else None
    _print(list_table(models.best_accuracies(fingerprint, runs)))
    for line in damaged_runs(runs):
        click.echo(line, err=True)


@main.command()
@click.argument("name")
def show(name: str) -> None:
    """Show an architecture's layers, shapes, parameters and facts."""
    from zoo.architectures.summary import show as show_architecture
    from zoo.backend import import_keras

    import_keras()
    _print(*show_architecture(name))


# --- data ------------------------------------------------------------------------------------


@main.group()
def data() -> None:
    """Add, list, describe and remove data sets."""


@data.command("add")
@click.argument("name")
@click.argument("path", type=FILE)
@click.option("--size", default=48, show_default=True, help="Side of the cached faces, pixels.")
@click.option("--colour", type=click.Choice(["grey", "rgb"]), default="grey", show_default=True)
@click.option(
    "--validation-fraction", default=0.1, show_default=True,
    help="Share of the training faces, where a folder has no validation split.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of that split.")
@click.option("--skip-bad-rows", is_flag=True, help="Count bad csv rows instead of stopping.")
@overwrite_option
def data_add(name: str, path: Path, **settings: Any) -> None:
    """Import faces from a FER2013 csv or an image folder under a NAME."""
    from zoo.data import description, library

    with _progress(f"reading {path.name}") as progress:
        dataset = library.add(name, path, **settings, progress=progress)
    counts = ", ".join(f"{len(split):,} {split.name}" for split in dataset.splits.values())
    click.echo(f"added {name}: {counts}; classes {', '.join(dataset.classes)}")
    for line in description.remarks(dataset):
        click.echo(line)


@data.command("list")
def data_list() -> None:
    """List the data sets that were added."""
    from zoo.data.description import list_table

    _print(list_table())


@data.command("describe")
@click.argument("name")
@click.option("--out", type=FOLDER, help="Folder for the pictures [./NAME-description].")
@overwrite_option
def data_describe(name: str, out: Path | None, overwrite: bool) -> None:
    """Count faces per split and class; draw the distribution and a sheet of faces."""
    from zoo.data import library
    from zoo.data.description import describe

    folder = out or Path(f"{name}-description")
    table, paths = describe(library.open_dataset(name), folder, overwrite=overwrite)
    _print(table)
    _written(paths)


@data.command("remove")
@click.argument("name")
def data_remove(name: str) -> None:
    """Forget a data set and its cache; its source is never touched."""
    from zoo.data import library

    library.remove(name)
    click.echo(f"removed {name}")


# --- training --------------------------------------------------------------------------------


@main.command()
@click.argument("architecture", required=False)
@data_option
@runs_option
@click.option("--config", type=FILE, metavar="FILE", help="A TOML over the built-in recipe.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One recipe key.")
@click.option("--epochs", type=int, help="Short for --set epochs=N.")
@click.option("--seed", type=int, help="Short for --set seed=N.")
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]))
@click.option("--limit", type=int, metavar="N", help="Train on N faces only.")
@click.option("--resume", metavar="RUN", help="Go on with an unfinished run.")
def train(
    architecture: str | None,
    data_name: str | None,
    runs_folder: Path | None,
    config: Path | None,
    settings: tuple[str, ...],
    limit: int | None,
    resume: str | None,
    **overrides: Any,
) -> None:
    """Train an ARCHITECTURE by its recipe, or go on with --resume RUN."""
    from zoo.backend import import_keras

    overrides = {key: value for key, value in overrides.items() if value is not None}
    if resume is not None:
        if architecture or config or settings or limit is not None or overrides or data_name:
            raise ZooError("--resume takes everything from the run: pass it alone")
        import_keras()
        from zoo.training import trainer

        run = trainer.resume(trainer.unfinished(resume, _runs(runs_folder)))
    else:
        if architecture is None:
            raise ZooError("name an architecture (zoo list shows them), or --resume RUN")
        from zoo.training.recipe import load_recipe

        recipe = load_recipe(architecture, config=config, settings=settings, overrides=overrides)
        dataset = _dataset(data_name)
        import_keras()
        from zoo.training import trainer

        run = trainer.train(recipe, dataset, runs=_runs(runs_folder), limit=limit)
    top1, n = run.metrics["validation"]["top1"], run.metrics["validation"]["n"]
    click.echo(
        f"{run.architecture} {run.id}: {top1:.2%} of {n:,} validation faces, epoch "
        f"{run.metrics['best_epoch']} of {run.metrics['epochs']} (chosen on them); {run.folder}"
    )


# --- evaluation ------------------------------------------------------------------------------


@main.command()
@click.argument("model")
@data_option
@runs_option
@click.option("--split", type=SPLITS, default="validation", show_default=True)
@click.option(
    "--out", type=FOLDER, help="Folder for tables and pictures [in the run, there refreshed]."
)
@overwrite_option
def evaluate(
    model: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Evaluate a MODEL: a run, an architecture's best run, or the ensemble."""
    from zoo import models
    from zoo.evaluation.evaluate import evaluate_model

    dataset, runs = _dataset(data_name), _runs(runs_folder)
    resolved = models.resolve(model, dataset.fingerprint, runs)
    click.echo(resolved.chosen)
    tables, paths = evaluate_model(
        resolved, dataset, split, runs=runs, out=out, overwrite=overwrite
    )
    _print(*tables)
    _written(paths)


@main.command()
@click.argument("names", metavar="[MODELS]...", nargs=-1)
@data_option
@runs_option
@click.option("--split", type=SPLITS, default="validation", show_default=True)
@click.option("--sort", default="top-1", show_default=True, metavar="COLUMN")
@click.option("--ascending/--descending", default=None, help="Default: best first.")
@click.option(
    "--format", "form", type=click.Choice(["text", "csv", "markdown"]), default="text",
    show_default=True,
)  # fmt: skip
@click.option(
    "--figure", type=FILE, metavar="FILE",
    help="Where the picture goes [among the runs, there refreshed].",
)  # fmt: skip
@overwrite_option
def compare(
    names: tuple[str, ...],
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    sort: str,
    ascending: bool | None,
    form: str,
    figure: Path | None,
    overwrite: bool,
) -> None:
    """Compare models on one table; without MODELS, every finished run."""
    from zoo.evaluation.evaluate import compare_models

    dataset, runs = _dataset(data_name), _runs(runs_folder)
    overwrite = overwrite or figure is None
    figure = figure or runs / f"comparison-{dataset.name}-{split}.png"
    table = compare_models(
        names, dataset, runs, split, figure=figure, overwrite=overwrite
    ).sorted_by(sort, descending=None if ascending is None else not ascending)
    if form == "text":
        _print(table)
    else:
        click.echo(table.csv() if form == "csv" else table.markdown(), nl=False)
    click.echo(f"wrote {figure}", err=True)


@main.group()
def ensemble() -> None:
    """Average the softmaxes of several models."""


@ensemble.command("evaluate")
@click.option("--members", metavar="A,B,C", help="Models; default: those in ensemble.toml.")
@data_option
@runs_option
@click.option("--split", type=SPLITS, default="validation", show_default=True)
@click.option(
    "--out", type=FOLDER, help="Folder for tables and pictures [among the runs, there refreshed]."
)
@overwrite_option
def ensemble_evaluate(
    members: str | None,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Show each member, the ensemble, its gain, and where the members disagree."""
    from zoo import models
    from zoo.evaluation.evaluate import evaluate_ensemble

    dataset, runs = _dataset(data_name), _runs(runs_folder)
    if members is None:
        names = models.ensemble_members(dataset.fingerprint, runs)
    else:
        names = [name.strip() for name in members.split(",") if name.strip()]
    resolved = models.ensemble_of(names, dataset.fingerprint, runs)
    click.echo(resolved.chosen)
    tables, paths = evaluate_ensemble(
        resolved, dataset, split, runs=runs, out=out, overwrite=overwrite
    )
    _print(*tables)
    _written(paths)


# --- explanations ----------------------------------------------------------------------------


@main.command()
@click.argument("image", required=False, type=FILE)
@click.option("--model", required=True, metavar="MODEL", help="As in zoo evaluate.")
@data_option
@runs_option
@click.option(
    "--split", type=click.Choice(["train", "validation"]), default="validation", show_default=True
)
@click.option("--index", type=int, metavar="N", help="Which face of the split, from 0.")
@click.option("--preset", metavar="NAME", help="The sources' settings: source-ridge, …")
@click.option("--samples", type=int, help="Masked faces to predict [1000].")
@click.option("--features", type=int, help="Superpixels each class's weights may use.")
@click.option("--segmentation", type=click.Choice(["slic", "quickshift", "felzenszwalb"]))
@click.option("--seed", type=int, help="Of the masks [0].")
@click.option("--out", type=FOLDER, help="Folder for pictures, npz, json [named after the face].")
@overwrite_option
def explain(
    image: Path | None,
    model: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    index: int | None,
    out: Path | None,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Explain by LIME what a MODEL sees in an IMAGE, or in a face of a data set.

    Without IMAGE, --index says which face of the data set's split.
    """
    from zoo import models
    from zoo.explainers import explain as explain_faces
    from zoo.explainers.files import write_explanation
    from zoo.explainers.lime_settings import lime_settings
    from zoo.files import refuse_existing

    if (image is None) == (index is None):
        raise ZooError(
            "name an image file, or a face of the data set with --index: one of the two"
        )
    settings = {key: value for key, value in settings.items() if value is not None}
    lime_settings(**settings)  # what is wrong with them is said before anything is loaded
    face, face_name = _image(image) if image else _face(_dataset(data_name), split, index)
    resolved = models.resolve(model, models.fingerprint(data_name), _runs(runs_folder))
    click.echo(resolved.chosen)
    folder = out or Path(f"{resolved.name}-{face_name}")
    refuse_existing(folder, overwrite=overwrite)
    predictor = resolved.load()
    with _progress(f"LIME of {predictor.name}") as progress:
        faces = models.as_seen(predictor, face)
        (explanation,) = explain_faces(predictor, faces, progress=progress, **settings)
    paths = write_explanation(explanation, folder, overwrite=overwrite)
    for name, probability in explanation.ranked():
        click.echo(f"{probability:7.2%}  {name}")
    _written(paths)


def _image(path: Path) -> tuple[Any, str]:
    from zoo.data.images import read_image

    return read_image(path), path.stem


def _face(dataset: Dataset, split: str, index: int | None) -> tuple[Any, str]:
    faces = dataset.split(split)
    if index is None or not 0 <= index < len(faces):
        raise ZooError(f"--index {index}: {split} of {dataset.name!r} has 0 to {len(faces) - 1}")
    label = dataset.classes[faces.labels[index]]
    click.echo(f"{faces.ids[index]}, labelled {label}")
    return faces.faces[index], f"{dataset.name}-{split}-{index}"


# --- demo ------------------------------------------------------------------------------------


@main.command()
@click.option("--out", type=FOLDER, help="Folder for the report [$ZOO_HOME/demo/<time>].")
def demo(out: Path | None) -> None:
    """Train, compare, average and explain on drawn faces; a few minutes on two cores."""
    from zoo.backend import import_keras

    import_keras()
    from zoo.demo import run_demo

    report = run_demo(out, say=click.echo, show=_print)
    click.echo(f"report: {report}")
