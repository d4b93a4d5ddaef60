"""What `zoo slices` does, from a model's saved probabilities to a table, files and a picture."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from zoo import models
from zoo.data.columns import SUBJECT
from zoo.data.readings import test_readings
from zoo.errors import ZooError, unknown
from zoo.evaluation.guard import chosen_of, guard_on, guarded, log_if_test
from zoo.evaluation.notes import counted, evaluation_notes, with_split_notes
from zoo.evaluation.output import below, refuse_existing_in, unsaid, written_files
from zoo.evaluation.slices import BINS, SMALLEST, measure_slices
from zoo.figures.slices import Dot, slices_figure
from zoo.files import write_json, write_text
from zoo.predictions import stem
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.evaluation.slices import Slices
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Cell

_ENDINGS = ("slices.csv", "slices.json", "slices.png")


def slice_model(
    model: Model,
    dataset: Dataset,
    split: str,
    *,
    runs: Path,
    columns: Sequence[str] | None = None,
    bins: int = BINS,
    smallest: int = SMALLEST,
    exclusions: Exclusions | None = None,
    out: Path | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = unsaid,
) -> tuple[list[Table], list[Path]]:
    """Measure a model on the slices of a split; write a csv, JSON and a picture.

    A reading of the test split is entered in the data set's test log.

    Args:
        model: what is measured.
        dataset: the faces; of the model's classes.
        split: ``"validation"`` or ``"test"``.
        runs: the folder of runs, where an ensemble's files go.
        columns: names of columns of the split; None: all.
        bins: of columns of numbers.
        smallest: fewest faces of a slice that is judged.
        exclusions: faces to leave out.
        out: where the files go; by default where `zoo evaluate` writes, an ensemble's among runs.
        overwrite: whether files in `out` may be replaced.
        say: is told what takes time, and what could not be saved.

    Returns:
        The table, and the files that were written.
    """
    names = [f"{stem(split, model.tta)}-{ending}" for ending in _ENDINGS]
    refuse_existing_in(out, names, overwrite=overwrite)
    model.check_classes(dataset)
    wanted = chosen_columns(dataset, split, columns)
    log_if_test(model, dataset, split)
    predictions, wanted = _kept(model.predictions(dataset, split, say), wanted, exclusions)
    right = predictions.probabilities.argmax(axis=1) == predictions.labels
    slices = measure_slices(right, predictions.labels, wanted, bins=bins, smallest=smallest)
    chose, readings = chosen_of(model, dataset, split), test_readings(dataset)
    notes = evaluation_notes(predictions, chose, readings, guard_on(model, dataset, predictions))
    where = f"{model.name} on {dataset.name}, {split}, {counted(predictions)}"
    table = slices_table(slices, f"Slices: {where}", notes)
    facts: dict[str, Any] = {
        "model": model.name, "data": dataset.name, "fingerprint": dataset.fingerprint,
        "split": split, "split chose": chose, "n": len(right), "top1": float(right.mean()),
        "notes": table.notes, "slices": [asdict(one) for one in slices.judged],
    }  # fmt: skip
    kept = guarded(table, split, len(right), chose, readings)
    title = with_split_notes(table.title, split, [chose], readings)

    def write(folder: Path) -> list[Path]:
        return _write([folder / name for name in names], kept, facts, slices, title)

    return [table], written_files(
        write, out, lambda: _folder(model, dataset, runs, exclusions), overwrite=overwrite, say=say
    )


def _kept(
    predictions: Predictions, columns: Mapping[str, np.ndarray], exclusions: Exclusions | None
) -> tuple[Predictions, Mapping[str, np.ndarray]]:
    """Both without the faces on a list."""
    if exclusions is None:
        return predictions, columns
    kept = exclusions.kept(predictions.split, predictions.ids)
    return predictions.without(exclusions), {key: some[kept] for key, some in columns.items()}


def chosen_columns(
    dataset: Dataset, split: str, names: Sequence[str] | None
) -> Mapping[str, np.ndarray]:
    """The columns of a split that are asked for.

    Args:
        dataset: the data set.
        split: its split.
        names: in any case of their letters; None: all.

    Raises:
        ZooError: there is no such column, or none at all.
    """
    there = dataset.split(split).columns
    if not there:
        raise ZooError(
            f"data set {dataset.name!r} says nothing of its {split} faces but their labels: add "
            "it anew, which measures brightness, contrast and sharpness"
        )
    if names is None:
        return there
    known = {name.casefold(): name for name in there}
    for name in names:
        if name.casefold() not in known:
            raise unknown("column", name, there)
    return {known[name.casefold()]: there[known[name.casefold()]] for name in names}


def slices_table(slices: Slices, title: str, notes: Sequence[str] = ()) -> Table:
    """One row per slice that is judged, with what is tested and the worst in notes.

    Args:
        slices: of one model.
        title: which model, on which faces.
        notes: what must be said of any number on these faces.
    """
    columns = (
        Column("column"),
        Column("slice"),
        Column("n"),
        Column("top-1 accuracy %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("by its classes alone %", percent=True),
        Column("less the rest, points", percent=True),
        Column("p (Holm)", digits=4),
    )
    rows: list[list[Cell]] = [
        [
            one.column, one.name, one.n, one.accuracy, one.low, one.high, one.expected,
            one.difference, one.p_corrected,
        ]
        for one in slices.judged
    ]  # fmt: skip
    return Table(title, columns, rows, [*_notes(slices), *notes])


def _notes(slices: Slices) -> list[str]:
    worst, count = slices.worst, len(slices.judged)
    p = f"p = {worst.p_corrected:.4f}" if worst.p_corrected >= 0.0001 else "p < 0.0001"
    notes = [
        f"Worst: {worst.column} {worst.name}, {worst.accuracy:.2%} of {worst.n:,} (95 % "
        f"{worst.low:.2%} to {worst.high:.2%}), {100 * worst.difference:+.2f} points against the "
        f"rest, {p}; of {count} slices one is always the worst.",
        "p: Fisher's exact test of a slice against the column's other faces, two-sided, after "
        f"Holm's correction for {count} slices.",
        "by its classes alone: the mean recall of its faces' classes; what is left of a "
        "difference beyond that is not due to which classes it holds.",
    ]
    small = [
        f"{column} ({slices_} of {faces:,} faces together)"
        for column, (slices_, faces) in slices.small.items()
    ]
    if small:
        notes.append(
            f"Slices of fewer than {slices.smallest} faces not judged: {', '.join(small)}."
        )
    else:
        notes.append(f"A slice has at least {slices.smallest} faces.")
    if slices.unknown:
        listed = ", ".join(f"{column} {n:,}" for column, n in slices.unknown.items())
        notes.append(f"Faces of which nothing is known there, left out: {listed}.")
    if slices.single:
        notes.append(f"Nothing to compare in: {', '.join(slices.single)}.")
    if any(one.column == SUBJECT for one in slices.judged):
        notes.append("Faces of one subject are not independent: intervals there are too narrow.")
    return notes


def _folder(model: Model, dataset: Dataset, runs: Path, exclusions: Exclusions | None) -> Path:
    if model.is_ensemble:
        name = models.ensemble_id(model.runs, dataset.fingerprint, model.weights)
        folder = runs / f"slices-{models.ENSEMBLE}-{name}"
    else:
        folder = models.evaluation_folder(model.run, dataset)
    return folder / below(exclusions)


def _write(
    files: list[Path], table: Table, facts: Mapping[str, Any], slices: Slices, title: str
) -> list[Path]:
    """Write `_ENDINGS`."""
    write_text(files[0], table.csv())
    write_json(files[1], facts)
    _draw(slices, facts["top1"], title, files[2])
    return files


def _draw(slices: Slices, overall: float, title: str, path: Path) -> None:
    dots = [
        Dot(one.column, one.name, one.n, one.accuracy, one.low, one.high, one.p_corrected < 0.05)
        for one in slices.judged
    ]
    slices_figure(dots, overall=overall, title=title, path=path)
