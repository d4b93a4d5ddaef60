"""What `zoo compare` does, from MODELs to their table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo import models
from zoo.data.dataset import SELECTION_SPLIT
from zoo.data.readings import test_readings
from zoo.errors import ZooError
from zoo.evaluation.comparison import comparison_table, faces_told
from zoo.evaluation.contenders import LISTED, contenders
from zoo.evaluation.entries import entry, without_faces
from zoo.evaluation.notes import split_notes
from zoo.evaluation.output import unsaid
from zoo.evaluation.paired_matrix import paired_table
from zoo.evaluation.pictures import per_class_comparison
from zoo.evaluation.seeds import measure, seeds_table
from zoo.models.costs import measure as measure_costs
from zoo.predictions import positions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.evaluation.entry import Entry
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Table


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
    chosen, notes = contenders(names, dataset, runs, split, tta)
    if costs:
        _measure_costs(chosen, dataset, say)

    def measured(model: Model) -> Entry:
        return _measured(model, dataset, split, exclusions, say)

    there, left_out = _entries(chosen, measured, skip=not names)
    if not there:
        raise ZooError(f"nothing to compare: {'; '.join(left_out[:LISTED])}")
    entries = [one for _, one in there]
    if calibrated:
        scaled, more = _entries(
            [model for model, _ in there],
            lambda model: measured(models.with_calibration(model, dataset, say)),
            skip=not names,
        )
        entries += [one for _, one in scaled]
        left_out += more
    readings = test_readings(dataset)
    table = comparison_table(entries, data_name=dataset.name, test_readings=readings)
    seeds = _over_seeds(there, dataset, split, readings)
    told = table.with_notes([*notes, *left_out])
    return Comparison(tuple(entries), told, seeds, dataset.name, readings)


def _over_seeds(
    there: Sequence[tuple[Model, Entry]], dataset: Dataset, split: str, readings: int
) -> Table | None:
    """Means over trainings that differ in their seed alone, if there are any."""
    # Shipped weights are an export of some run: beside it they are no other training.
    own = [(model, one) for model, one in there if not model.is_ensemble and not model.run.shipped]
    return seeds_table(
        [measure(model.run, one.predictions) for model, one in own],
        faces_told(there[0][1].predictions, dataset.name),
        split_notes(split, [one.chose for _, one in own], readings),
    )


def _measured(
    model: Model,
    dataset: Dataset,
    split: str,
    exclusions: Exclusions | None,
    say: Callable[[str], None],
) -> Entry:
    """A model's entry, from saved probabilities; of shipped weights they may be computed."""

    def predictions_of(one: Model) -> Predictions:
        if one.run.shipped and split == SELECTION_SPLIT:
            predictions = one.predictions(dataset, split, say)
        else:
            predictions = one.saved_predictions(dataset.fingerprint, split)
        _refuse_other_faces(predictions, dataset, f"{one.name} {one.run.id}")
        return predictions

    # Faces are left out last: a temperature is of all that fitted it.
    return without_faces(entry(model, dataset, predictions_of), exclusions)


def _entries(
    chosen: Sequence[Model], measured: Callable[[Model], Entry], *, skip: bool
) -> tuple[list[tuple[Model, Entry]], list[str]]:
    """The models with their entries; with `skip` a line on each that cannot be measured.

    Where nobody named it, one damaged file must not keep the others from being compared.
    """
    there, left_out = list[tuple["Model", "Entry"]](), list[str]()
    for model in chosen:
        try:
            there.append((model, measured(model)))
        except ZooError as error:
            if not skip:
                raise
            name = model.name if model.is_ensemble else f"{model.name} {model.run.id}"
            left_out.append(f"left out: {name} ({error})")
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
