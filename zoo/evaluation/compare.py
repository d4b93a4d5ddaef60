"""What `zoo compare` does, from MODELs to their table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import models, weights
from zoo.data.readings import test_readings
from zoo.errors import ZooError
from zoo.evaluation.comparison import comparison_figure, comparison_table, paired_table
from zoo.evaluation.entries import entry
from zoo.evaluation.evaluate import shown_anyway, unsaid
from zoo.evaluation.guard import SELECTION_SPLIT
from zoo.evaluation.seeds import measure, seeds_table
from zoo.predictions import stem
from zoo.runs import damaged_runs, finished_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.evaluation.comparison import Entry
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Table


def compare_models(
    names: Sequence[str],
    dataset: Dataset,
    runs: Path,
    split: str,
    *,
    tta: str = "none",
    calibrated: bool = False,
    exclusions: Exclusions | None = None,
    paired: bool = False,
    figure: Path | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = unsaid,
) -> tuple[list[Table], list[Path]]:
    """The models on one table, from saved probabilities, and below it means over seeds.

    A network is loaded only where shipped weights are named that have none on validation yet.

    Args:
        names: MODELs; none: every finished run on the data set, and all shipped weights.
        dataset: the data set in use.
        runs: the folder of runs.
        split: whose saved probabilities are compared.
        tta: a test-time augmentation; its saved probabilities get rows of their own.
        calibrated: whether each model gets a row with scaled probabilities, too.
        exclusions: faces to leave out; table and picture say so.
        paired: whether any two models are tested for a difference.
        figure: where the picture goes; by default among the runs, there refreshed.
        overwrite: whether `figure` may be replaced.
        say: is told what takes time, and what could not be saved where no `figure` was named.

    Returns:
        The table; with `paired` `zoo.evaluation.comparison.paired_table`, and where runs differ in
        their seed alone `zoo.evaluation.seeds.seeds_table`; and the files that were written.
    """
    chosen, notes = _chosen(names, dataset, runs, split, tta)
    if calibrated:
        chosen = [*chosen, *(models.with_calibration(model, dataset, say) for model in chosen)]

    def predictions_of(one: Model) -> Predictions:
        if one.run.shipped and split == SELECTION_SPLIT:
            predictions = one.predictions(dataset, split, say)
        else:
            predictions = one.saved_predictions(dataset.fingerprint, split)
        return predictions if exclusions is None else predictions.without(exclusions)

    entries = [entry(model, dataset, predictions_of) for model in chosen]
    written: list[Path] = []
    with shown_anyway(figure, say):
        left_out = "" if exclusions is None else f"-{exclusions.stem}"
        path = figure or runs / f"comparison-{dataset.name}-{stem(split, tta)}{left_out}.png"
        overwrite = overwrite or figure is None
        comparison_figure(entries, path, data_name=dataset.name, overwrite=overwrite)
        written = [path]
    table = comparison_table(entries, data_name=dataset.name, test_readings=test_readings(dataset))
    seeds = _over_seeds(chosen, entries, f"{dataset.name}, {split}")
    tables = [replace(table, notes=[*table.notes, *notes])]
    # Scaling changes no answer, so that a model and its calibrated self never differ.
    different = [one for one in entries if one.predictions.calibration is None]
    tables += [paired_table(different)] if paired and len(different) > 1 else []
    tables += [seeds] if seeds else []
    return tables, written


def _chosen(
    names: Sequence[str], dataset: Dataset, runs: Path, split: str, tta: str
) -> tuple[list[Model], list[str]]:
    """The models to compare, and a line on each that is left out."""
    notes: list[str] = []
    if names:
        chosen = _named(names, dataset, runs, split)
    else:
        chosen, notes = _every_model(dataset, runs, split)
    if tta != "none":
        chosen, missing = _with_tta(chosen, tta, dataset, split)
        notes += missing
    return chosen, notes


def _over_seeds(chosen: Sequence[Model], entries: Sequence[Entry], title: str) -> Table | None:
    """Means over runs that differ in their seed alone, if any do.

    Shipped weights are an export of some run: beside it they are no other training.
    """
    measured = [
        measure(model.run, one.predictions)
        for model, one in zip(chosen, entries, strict=True)
        if not model.is_ensemble and not model.run.shipped and model.calibration is None
    ]
    return seeds_table(measured, title)


def _named(names: Sequence[str], dataset: Dataset, runs: Path, split: str) -> list[Model]:
    """What the names stand for; none was trained elsewhere and has no predictions on the split."""
    chosen = [models.resolve(name, dataset.fingerprint, runs) for name in names]
    for member in (member for model in chosen for member in model.members):
        computed = member.run.shipped and split == SELECTION_SPLIT
        if computed or member.has_predictions(dataset.fingerprint, split):
            continue
        if member.trained_elsewhere(dataset.fingerprint):
            raise ZooError(
                f"{member.chosen}: not trained on {dataset.name!r}, and not evaluated there yet; "
                f"name its data set with --data, or zoo evaluate {member.run.architecture}/"
                f"{member.run.id} --data {dataset.name} --split {split}"
            )
    return chosen


def _with_tta(
    chosen: list[Model], tta: str, dataset: Dataset, split: str
) -> tuple[list[Model], list[str]]:
    """The models and those of them that have augmented predictions; a line on the others."""
    augmented = [model.with_tta(tta) for model in chosen]
    there = [model for model in augmented if model.has_predictions(dataset.fingerprint, split)]
    missing = [
        f"{model.run.architecture} {model.run.id}" if not model.is_ensemble else model.name
        for model in chosen
        if not model.with_tta(tta).has_predictions(dataset.fingerprint, split)
    ]
    notes = [
        f"No {tta} predictions on {split} are saved of {', '.join(missing)}: "
        f"zoo evaluate MODEL --split {split} --tta {tta} makes them."
    ]
    return [*chosen, *there], notes if missing else []


def _every_model(dataset: Dataset, runs: Path, split: str) -> tuple[list[Model], list[str]]:
    """Every finished run and all shipped weights with predictions on a split; lines on others."""
    chosen, notes = [], damaged_runs(runs)
    for run in finished_runs(runs):
        if run.metrics["fingerprint"] != dataset.fingerprint:
            continue
        try:
            model = models.resolve(str(run.folder), dataset.fingerprint, runs)
        except ZooError as error:
            notes.append(f"left out: {run.architecture} {run.id} ({error})")
            continue
        if model.has_predictions(dataset.fingerprint, split):
            chosen.append(model)
    fitting = [
        models.model_of(run)
        for run in weights.shipped_runs()
        if tuple(run.metrics["classes"]) == dataset.classes
    ]
    there = [model for model in fitting if model.has_predictions(dataset.fingerprint, split)]
    missing = [f"{model.name}/shipped" for model in fitting if model not in there]
    if not [*chosen, *there]:
        shipped = f" {missing[0]}" if missing else " MODEL"
        raise ZooError(
            f"nothing to compare: no finished run has predictions on {split} of "
            f"{dataset.name!r}; zoo train ARCHITECTURE, or zoo evaluate{shipped}"
        )
    if missing and split == SELECTION_SPLIT:  # to read a test split must be one's own idea
        notes.append(
            f"No predictions on {split} of {dataset.name} are saved of {', '.join(missing)}: "
            "zoo evaluate MODEL makes them."
        )
    return [*chosen, *there], notes
