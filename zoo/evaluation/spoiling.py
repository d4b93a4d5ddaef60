"""What `zoo robustness` does, from MODELs to tables and files."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from zoo import models
from zoo.data.readings import log_test_reading, test_readings
from zoo.data.stratified import draw_stratified
from zoo.errors import ZooError
from zoo.evaluation.evaluate import shown_anyway, unsaid
from zoo.evaluation.guard import SELECTION_SPLIT
from zoo.evaluation.notes import FLIP, FOREIGN, reading_notes
from zoo.evaluation.robustness import (
    chosen_perturbations,
    measure_robustness,
    share_with_interval,
)
from zoo.evaluation.robustness_tables import every_accuracy, robustness_json, robustness_tables
from zoo.figures.robustness import AT_MOST, robustness_figure
from zoo.files import output_folder, refuse_existing, write_json, write_text
from zoo.predictions import stem
from zoo.preprocessing.perturbations import PERTURBATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.evaluation.robustness import Robustness
    from zoo.models import Model
    from zoo.predictor import Predictor
    from zoo.tables import Table

_FILES = ("robustness.csv", "robustness.json", "robustness.png")


def spoil_and_measure(
    chosen: Sequence[Model],
    dataset: Dataset,
    split: str,
    *,
    runs: Path,
    perturbations: Sequence[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
    out: Path | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = unsaid,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Table], list[Path]]:
    """Measure models on spoiled faces of a split; write a csv, JSON and the curves.

    A reading of the test split is entered in the data set's test log, once per model.

    Args:
        chosen: at most `zoo.figures.robustness.AT_MOST` models of the data set's classes.
        dataset: the faces.
        split: ``"validation"`` or ``"test"``.
        runs: the folder of runs, where the files go if no `out` is named.
        perturbations: names, see `zoo.evaluation.robustness.chosen_perturbations`.
        limit: how many faces, classes in their proportions; None: all.
        seed: draws the faces, and how each is spoiled.
        out: the folder of the files.
        overwrite: whether files in `out` may be replaced.
        say: is told what could not be saved where no `out` was named.
        progress: see `zoo.evaluation.robustness.measure_robustness`.

    Returns:
        The tables, and the files that were written.

    Raises:
        ZooError: too many models, unknown perturbations, a model of other classes, no faces.
    """
    wanted = chosen_perturbations(perturbations)
    named = _distinct(chosen)
    if len(named) > AT_MOST:
        raise ZooError(f"{len(named)} models: name {AT_MOST} at most, so that curves stay apart")
    for name in _FILES if out else ():
        refuse_existing(out / name, overwrite=overwrite)  # type: ignore[operator]
    for model in named:
        model.check_classes(dataset)
    faces_of = dataset.split(split)
    if not len(faces_of):
        raise ZooError(f"nothing to measure: {split} of {dataset.name!r} has no faces")
    rows = draw_stratified(faces_of.labels, limit or len(faces_of), seed)
    if split == "test":
        for model in named:
            log_test_reading(dataset, model.name, [run.id for run in model.runs])
    predictors = [model.load() for model in named]
    measured = measure_robustness(
        predictors, _faces(dataset, split, rows, predictors), faces_of.labels[rows], rows,
        perturbations=wanted, seed=seed, progress=progress,
    )  # fmt: skip
    share = (
        f"{len(rows):,}" if len(rows) == len(faces_of) else f"{len(rows):,} of {len(faces_of):,}"
    )
    where = f"{dataset.name}, {split}, n = {share}"
    notes = _notes(named, dataset, split, seed, limited=len(rows) < len(faces_of))
    tables = robustness_tables(measured, where, notes)
    labels = faces_of.labels[rows]
    majority = float(np.bincount(labels).max() / len(labels))
    folder = out or runs / f"robustness-{dataset.name}-{stem(split, named[0].tta)}"
    facts = {
        "data": dataset.name, "fingerprint": dataset.fingerprint, "split": split, "n": len(rows),
        "of": len(faces_of), "seed": seed, "notes": notes, "models": robustness_json(measured),
    }  # fmt: skip
    written: list[Path] = []
    with shown_anyway(out, say):
        with output_folder(folder, overwrite=overwrite or out is None) as temporary:
            write_text(temporary / _FILES[0], every_accuracy(measured).csv())
            write_json(temporary / _FILES[1], facts)
            _draw(measured, majority, where, temporary / _FILES[2])
        written = [folder / name for name in _FILES]
    return tables, written


def _distinct(chosen: Sequence[Model]) -> list[Model]:
    """The models, each once; those of one name are told apart by their runs' ids."""
    once = list({tuple(run.folder for run in model.runs): model for model in chosen}.values())
    often = Counter(model.name for model in once)
    return [
        replace(model, name=f"{model.name} {'+'.join(run.id for run in model.runs)}")
        if often[model.name] > 1
        else model
        for model in once
    ]


def _faces(
    dataset: Dataset, split: str, rows: np.ndarray, predictors: Sequence[Predictor]
) -> np.ndarray:
    """The faces that are spoiled; photos are cut as the network with the largest faces sees them.

    Every model must be shown the same, so photos are not cut for each.
    """
    largest = max(predictors, key=lambda one: models.face_shape(one))
    return models.faces_shown(dataset, split, rows, largest)


def _notes(
    named: Sequence[Model], dataset: Dataset, split: str, seed: int, *, limited: bool
) -> list[str]:
    elsewhere = [model for model in named if model.trained_elsewhere(dataset.fingerprint)]
    notes = [FOREIGN] if elsewhere else []
    if split == SELECTION_SPLIT and len(elsewhere) < len(named):
        notes.append("validation chose each model's epoch: optimistic numbers.")
    notes += reading_notes(split, test_readings(dataset))
    drawn = "the faces, classes in their proportions, and " if limited else ""
    notes.append(f"Seed {seed} draws {drawn}how each face is spoiled, alike for every model.")
    return [*notes, FLIP] if any(model.tta == "flip" for model in named) else notes


def _draw(measured: Sequence[Robustness], majority: float, where: str, path: Path) -> None:
    names = measured[0].perturbations
    curves = {
        one.name: [
            [share_with_interval(right) for right in (one.clean, *one.spoiled[place])]
            for place in range(len(names))
        ]
        for one in measured
    }
    panels = [(name, PERTURBATIONS[name].unit, PERTURBATIONS[name].strengths) for name in names]
    robustness_figure(
        curves, panels=panels, majority=majority, title=f"Robustness on {where}", path=path
    )
