"""What `zoo slices` does, from a model's saved probabilities to a table, files and a picture."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from zoo import models
from zoo.data.columns import SUBJECT
from zoo.data.readings import log_test_reading, test_readings
from zoo.errors import ZooError, unknown
from zoo.evaluation.evaluate import shown_anyway, unsaid
from zoo.evaluation.guard import SELECTION_SPLIT, guard_of
from zoo.evaluation.notes import counted, evaluation_notes
from zoo.evaluation.slices import BINS, SMALLEST, measure_slices
from zoo.figures.slices import Dot, slices_figure
from zoo.files import output_folder, refuse_existing, write_json, write_text
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
    for name in names if out else ():
        refuse_existing(out / name, overwrite=overwrite)  # type: ignore[operator]
    model.check_classes(dataset)
    wanted = chosen_columns(dataset, split, columns)
    if split == "test":
        log_test_reading(dataset, model.name, [run.id for run in model.runs])
    predictions = model.predictions(dataset, split, say)
    guard = guard_of(model, dataset, split)
    if exclusions is not None:
        kept = exclusions.kept(split, predictions.ids)
        predictions, guard = predictions.without(exclusions), guard and guard.only(kept)
        wanted = {name: values[kept] for name, values in wanted.items()}
    right = predictions.probabilities.argmax(axis=1) == predictions.labels
    slices = measure_slices(right, predictions.labels, wanted, bins=bins, smallest=smallest)
    chosen_by = None if model.trained_elsewhere(dataset.fingerprint) else SELECTION_SPLIT
    notes = evaluation_notes(predictions, chosen_by, test_readings(dataset), guard)
    where = f"{model.name} on {dataset.name}, {split}, {counted(predictions)}"
    table = slices_table(slices, f"Slices: {where}", notes)
    folder = out or _folder(model, dataset, runs, exclusions)
    facts = {
        "model": model.name, "data": dataset.name, "fingerprint": dataset.fingerprint,
        "split": split, "n": len(right), "top1": float(right.mean()), "notes": table.notes,
        "slices": [asdict(one) for one in slices.judged],
    }  # fmt: skip
    written: list[Path] = []
    with shown_anyway(out, say):
        with output_folder(folder, overwrite=overwrite or out is None) as temporary:
            write_text(temporary / names[0], table.csv())
            write_json(temporary / names[1], facts)
            _draw(slices, float(right.mean()), where, temporary / names[2])
        written = [folder / name for name in names]
    return [table], written


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
        name = models.ensemble_id(model.runs, dataset.fingerprint)
        folder = runs / f"slices-{models.ENSEMBLE}-{name}"
    else:
        folder = models.evaluation_folder(model.run, dataset)
    return folder if exclusions is None else folder / exclusions.stem


def _draw(slices: Slices, overall: float, where: str, path: Path) -> None:
    dots = [
        Dot(one.column, one.name, one.n, one.accuracy, one.low, one.high, one.p_corrected < 0.05)
        for one in slices.judged
    ]
    slices_figure(dots, overall=overall, title=f"Slices: {where}", path=path)
