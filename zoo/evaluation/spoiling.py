"""What `zoo robustness` does, from MODELs to tables and files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo import models
from zoo.data.readings import test_readings
from zoo.data.stratified import draw_stratified
from zoo.errors import ZooError
from zoo.evaluation.guard import chosen_of, guarded, log_if_test
from zoo.evaluation.notes import FLIP, left_out_notes, split_notes, with_split_notes
from zoo.evaluation.output import below, refuse_existing_in, unsaid, written_files
from zoo.evaluation.robustness import (
    chosen_perturbations,
    measure_robustness,
    share_with_interval,
)
from zoo.evaluation.robustness_tables import every_accuracy, robustness_json, robustness_tables
from zoo.figures.robustness import AT_MOST, robustness_figure
from zoo.files import write_json, write_text
from zoo.predictions import stem
from zoo.preprocessing.perturbations import PERTURBATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset, Split
    from zoo.data.exclusions import Exclusions
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
    exclusions: Exclusions | None = None,
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
        exclusions: faces to leave out.
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
    named = _distinct(chosen, dataset)
    refuse_existing_in(out, _FILES, overwrite=overwrite)
    faces = dataset.split(split)
    if not len(faces):
        raise ZooError(f"nothing to measure: {split} of {dataset.name!r} has no faces")
    there = _without(exclusions, faces)
    rows = there[draw_stratified(faces.labels[there], limit or len(there), seed)]
    for model in named:
        model.check_classes(dataset)
    for model in named:
        log_if_test(model, dataset, split)
    predictors = [model.load() for model in named]
    measured = measure_robustness(
        predictors, _faces(dataset, split, rows, predictors), faces.labels[rows], rows,
        perturbations=wanted, seed=seed, progress=progress,
    )  # fmt: skip
    spoiled = _Spoiled(measured, named, dataset, split, rows, seed, exclusions)
    tables = robustness_tables(measured, spoiled.where, spoiled.notes)
    usual = runs / f"robustness-{dataset.name}-{stem(split, named[0].tta)}" / below(exclusions)
    return tables, written_files(spoiled.write, out, lambda: usual, overwrite=overwrite, say=say)


@dataclass(frozen=True, eq=False)
class _Spoiled:
    """What was measured, and all that must be said of it.

    Attributes:
        measured: one per model.
        models: the models, in that order.
        dataset: whose faces.
        split: of it.
        rows: (N,) which of the split's faces.
        seed: of what was drawn.
        exclusions: faces that were left out.
    """

    measured: Sequence[Robustness]
    models: Sequence[Model]
    dataset: Dataset
    split: str
    rows: np.ndarray
    seed: int
    exclusions: Exclusions | None

    @property
    def where(self) -> str:
        """Data set, split and n."""
        n, of = len(self.rows), len(self.dataset.split(self.split))
        share = f"{n:,}" if n == of else f"{n:,} of {of:,}"
        return f"{self.dataset.name}, {self.split}, n = {share}"

    @property
    def chose(self) -> list[str]:
        """What the split chose of each model."""
        return [chosen_of(model, self.dataset, self.split) for model in self.models]

    @property
    def notes(self) -> list[str]:
        """What must be said of every number."""
        notes = split_notes(self.split, self.chose, test_readings(self.dataset))
        there = len(_without(self.exclusions, self.dataset.split(self.split)))
        if self.exclusions is not None:
            left_out = len(self.dataset.split(self.split)) - there
            notes += left_out_notes(self.split, left_out, self.exclusions.sha256)
        limited = len(self.rows) < there
        drawn = "the faces, classes in their proportions, and " if limited else ""
        notes.append(
            f"Seed {self.seed} draws {drawn}how each face is spoiled, alike for every model."
        )
        return [*notes, FLIP] if any(model.tta == "flip" for model in self.models) else notes

    def write(self, folder: Path) -> list[Path]:
        """Write `_FILES`."""
        files = [folder / name for name in _FILES]
        readings = test_readings(self.dataset)
        chose = dict(zip((one.name for one in self.measured), self.chose, strict=True))
        table = every_accuracy(self.measured, chose)
        table = guarded(table, self.split, len(self.rows), "", readings)
        facts = {
            "data": self.dataset.name, "fingerprint": self.dataset.fingerprint,
            "split": self.split, "split chose": chose, "n": len(self.rows),
            "of": len(self.dataset.split(self.split)), "seed": self.seed, "notes": self.notes,
            "models": robustness_json(self.measured),
        }  # fmt: skip
        write_text(files[0], table.csv())
        write_json(files[1], facts)
        self._draw(files[2], readings)
        return files

    def _draw(self, path: Path, readings: int | None) -> None:
        names = self.measured[0].perturbations
        curves = {
            one.name: [
                [share_with_interval(right) for right in (one.clean, *one.spoiled[place])]
                for place in range(len(names))
            ]
            for one in self.measured
        }
        panels = [
            (name, PERTURBATIONS[name].unit, PERTURBATIONS[name].strengths) for name in names
        ]
        labels = self.dataset.split(self.split).labels[self.rows]
        robustness_figure(
            curves, panels=panels, majority=float(np.bincount(labels).max() / len(labels)),
            title=with_split_notes(
                f"Robustness on {self.where}", self.split, self.chose, readings
            ),
            path=path,
        )  # fmt: skip


def _without(exclusions: Exclusions | None, faces: Split) -> np.ndarray:
    """(N,) positions of the faces that are not on a list."""
    if exclusions is None:
        return np.arange(len(faces))
    kept = exclusions.kept(faces.name, faces.ids)
    if not kept.any():
        raise ZooError(f"every {faces.name} face is left out: nothing to measure")
    return np.flatnonzero(kept)


def _distinct(chosen: Sequence[Model], dataset: Dataset) -> list[Model]:
    """The models, each once; those of one name are told apart by their runs' or own ids.

    Raises:
        ZooError: there are more than `AT_MOST`.
    """
    once = models.distinct(chosen)
    if len(once) > AT_MOST:
        raise ZooError(f"{len(once)} models: name {AT_MOST} at most, so that curves stay apart")
    often = Counter(model.name for model in once)

    def longer(model: Model) -> str:
        if model.is_ensemble:
            return models.ensemble_id(model.runs, dataset.fingerprint, model.weights)
        return model.run.id

    return [
        replace(model, name=f"{model.name} {longer(model)}") if often[model.name] > 1 else model
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
