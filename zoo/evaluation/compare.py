"""What `zoo compare` does, from MODELs to their table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo import models, weights
from zoo.data.readings import test_readings
from zoo.errors import ZooError
from zoo.evaluation.comparison import comparison_table, faces_told
from zoo.evaluation.entries import entry
from zoo.evaluation.evaluate import unsaid
from zoo.evaluation.guard import SELECTION_SPLIT
from zoo.evaluation.notes import split_notes
from zoo.evaluation.paired_matrix import paired_table
from zoo.evaluation.pictures import per_class_comparison
from zoo.evaluation.seeds import measure, seeds_table
from zoo.models.costs import measure as measure_costs
from zoo.predictions import positions
from zoo.runs import list_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.evaluation.comparison import Entry
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.runs import Run
    from zoo.tables import Table

_LISTED = 5
"""How many runs a note names."""


@dataclass(frozen=True)
class Comparison:
    """Models that were measured on the same faces.

    Attributes:
        entries: one per model, at least one.
        table: the leaderboard, the most accurate first.
        seeds: means over seeds (`zoo.evaluation.seeds`); None where no runs differ in that alone.
        data_name: what the data set is called.
        test_readings: how often its test split has been read.
    """

    entries: tuple[Entry, ...]
    table: Table
    seeds: Table | None
    data_name: str
    test_readings: int

    def paired(self) -> Table | None:
        """Whether any two models differ (`zoo.evaluation.paired_matrix`); None of a single one."""
        # Scaling changes no answer, so that a model and its calibrated self never differ.
        different = [one for one in self.entries if one.predictions.calibration is None]
        if len(different) < 2:
            return None
        return paired_table(different, data_name=self.data_name, test_readings=self.test_readings)

    def per_class(self) -> Table:
        """Each model's F1 per class."""
        return per_class_comparison(
            self.entries, data_name=self.data_name, test_readings=self.test_readings
        )


def compare_models(
    names: Sequence[str],
    dataset: Dataset,
    runs: Path,
    split: str,
    *,
    tta: str = "none",
    calibrated: bool = False,
    exclusions: Exclusions | None = None,
    costs: bool = False,
    say: Callable[[str], None] = unsaid,
) -> Comparison:
    """The models side by side, from saved probabilities.

    A network is loaded only where shipped weights are named that have none on validation yet, and
    for `costs`.

    Args:
        names: MODELs; none: every finished run on the data set, and all shipped weights.
        dataset: the data set in use.
        runs: the folder of runs.
        split: whose saved probabilities are compared.
        tta: a test-time augmentation; its saved probabilities get rows of their own.
        calibrated: whether each model gets a row with scaled probabilities, too.
        exclusions: faces to leave out; table and pictures say so.
        costs: whether what the networks cost is measured anew, on this machine.
        say: is told what takes time.

    Raises:
        ZooError: nothing is to be compared, or what is named was not measured on the same faces.
    """
    chosen, notes = _chosen(names, dataset, runs, split, tta)
    if costs:
        _measure_costs(chosen, dataset, say)
    if calibrated:
        chosen = [*chosen, *(models.with_calibration(model, dataset, say) for model in chosen)]

    def predictions_of(one: Model) -> Predictions:
        if one.run.shipped and split == SELECTION_SPLIT:
            predictions = one.predictions(dataset, split, say)
        else:
            predictions = one.saved_predictions(dataset.fingerprint, split)
        _refuse_other_faces(predictions, dataset, f"{one.name} {one.run.id}")
        return predictions if exclusions is None else predictions.without(exclusions)

    there, left_out = _entries(chosen, dataset, predictions_of, skip=not names)
    entries = [one for _, one in there]
    readings = test_readings(dataset)
    table = comparison_table(entries, data_name=dataset.name, test_readings=readings)
    # Shipped weights are an export of some run: beside it they are no other training.
    measured = [
        measure(model.run, one.predictions)
        for model, one in there
        if not model.is_ensemble and not model.run.shipped and model.calibration is None
    ]
    return Comparison(
        tuple(entries),
        replace(table, notes=[*table.notes, *notes, *left_out]),
        seeds_table(
            measured,
            faces_told(entries[0].predictions, dataset.name),
            split_notes(split, [one.chose for one in entries], readings),
        ),
        dataset.name,
        readings,
    )


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


def _entries(
    chosen: Sequence[Model],
    dataset: Dataset,
    predictions_of: Callable[[Model], Predictions],
    *,
    skip: bool,
) -> tuple[list[tuple[Model, Entry]], list[str]]:
    """The models with their entries; with `skip` a line on each that cannot be measured.

    Where nobody named it, one damaged file must not keep the others from being compared.
    """
    there, left_out = list[tuple["Model", "Entry"]](), list[str]()
    for model in chosen:
        try:
            there.append((model, entry(model, dataset, predictions_of)))
        except ZooError as error:
            if not skip:
                raise
            name = model.name if model.is_ensemble else f"{model.name} {model.run.id}"
            left_out.append(f"left out: {name} ({error})")
    if not there:
        raise ZooError(f"nothing to compare: {'; '.join(left_out[:_LISTED])}")
    return there, left_out


def _refuse_other_faces(predictions: Predictions, dataset: Dataset, name: str) -> None:
    """Refuse predictions that a ranking could not put beside others of the data set."""
    faces = dataset.split(predictions.split)
    if predictions.classes != dataset.classes and not predictions.data_classes:
        theirs, ours = ", ".join(predictions.classes), ", ".join(dataset.classes)
        raise ZooError(f"{name}: its classes are {theirs}, those of {dataset.name} {ours}")
    labels = positions(dataset.classes, predictions.classes)[faces.labels]
    known = labels >= 0
    expected = replace(predictions, ids=faces.ids[known], labels=labels[known])
    if reason := expected.differs(predictions):
        raise ZooError(
            f"{name}: its saved predictions are not of the {predictions.split} faces of "
            f"{dataset.name} ({reason}): delete them, then zoo evaluate writes them anew"
        )


def _measure_costs(chosen: Sequence[Model], dataset: Dataset, say: Callable[[str], None]) -> None:
    for run in {run.folder: run for model in chosen for run in model.runs}.values():
        say(f"{run.architecture}/{run.id}: measuring what it costs …")
        measure_costs(run, dataset)


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
    chosen, notes = _every_run(dataset, runs, split)
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


def _every_run(dataset: Dataset, runs: Path, split: str) -> tuple[list[Model], list[str]]:
    """Every finished run with predictions on a split; lines on those that are left out."""
    chosen, notes = list["Model"](), list[str]()
    training, elsewhere, without = list[str](), list[str](), list[str]()
    for run in list_runs(runs):
        if run.fault is not None:
            notes.append(run.fault)
        elif not run.finished:
            training.append(run.id)
        elif run.metrics["fingerprint"] != dataset.fingerprint:
            elsewhere.append(f"{run.id} ({run.metrics['dataset']})")
        else:
            try:
                model = _model_of(run, dataset, runs)
            except ZooError as error:
                notes.append(f"left out: {run.architecture} {run.id} ({error})")
                continue
            if model.has_predictions(dataset.fingerprint, split):
                chosen.append(model)
            else:
                without.append(run.id)
    reasons = (
        (training, "not finished"),
        (elsewhere, f"trained on other faces than those of {dataset.name}, see --data"),
        (without, f"no predictions on {split} are saved: zoo evaluate RUN --split {split}"),
    )
    return chosen, notes + [_listing(some, reason) for some, reason in reasons if some]


def _model_of(run: Run, dataset: Dataset, runs: Path) -> Model:
    if run.architecture == models.ENSEMBLE:
        return models.resolve(str(run.folder), dataset.fingerprint, runs)
    return models.model_of(run)


def _listing(some: Sequence[str], reason: str) -> str:
    """Which runs are left out, and why; of many the first."""
    more = f" and {len(some) - _LISTED:,} more" if len(some) > _LISTED else ""
    runs = "1 run" if len(some) == 1 else f"{len(some):,} runs"
    return f"left out: {runs}, {reason}: {', '.join(some[:_LISTED])}{more}."
