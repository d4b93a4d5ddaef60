"""What `zoo evaluate` and `zoo ensemble evaluate` do, from a MODEL to its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import models
from zoo.data.dataset import SELECTION_SPLIT
from zoo.data.readings import test_readings
from zoo.evaluation.ensembles import ensemble_tables, write_ensemble
from zoo.evaluation.entries import average_entry, entry, without_faces
from zoo.evaluation.guard import guard_on, log_if_test
from zoo.evaluation.output import below, unsaid, written_files
from zoo.evaluation.report import evaluation_tables, write_evaluation
from zoo.files import new_folder, refuse_existing, write_json, write_text
from zoo.predictions import TTA, headline, stem
from zoo.runs import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.models import Model
    from zoo.models.ensemble_file import Member
    from zoo.predictions import Predictions
    from zoo.tables import Table


def evaluate_model(
    model: Model,
    dataset: Dataset,
    split: str,
    *,
    runs: Path,
    exclusions: Exclusions | None = None,
    whole_image: bool = False,
    out: Path | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = unsaid,
) -> tuple[list[Table], list[Path]]:
    """Measure a model on a split; write tables and confusion matrices.

    Reading the test split is entered in the data set's test log.

    Args:
        model: what to evaluate.
        dataset: the faces; of the model's classes, or of some of them.
        split: ``"validation"`` or ``"test"``.
        runs: the folder of runs, where an ensemble gets a folder of its own.
        exclusions: faces to leave out; every number and file says so, and where `out` is not
            given the files go into a folder of the list's own.
        whole_image: whether photos (`zoo.models.holds_photos`) are not cut to the faces in them;
            where `out` is not given the files go into a folder of their own.
        out: where the files go; by default `zoo.models.evaluation_folder`, or an ensemble's own
            folder; files there are refreshed.
        overwrite: whether files in `out` may be replaced.
        say: is told what takes time, and what could not be saved where no `out` was named.

    Returns:
        The tables, and the files that were written.
    """
    _refuse_taken(out, split, model.tta, overwrite=overwrite)
    _check_and_log(model, dataset, split)

    def predicted(one: Model) -> Predictions:
        return one.predictions(dataset, split, say, whole_image=whole_image)

    measured = entry(model, dataset, predicted)
    predictions = without_faces(measured, exclusions).predictions
    told: dict[str, Any] = {
        "chose": measured.chose,
        "test_readings": test_readings(dataset),
        "remarks": measured.remarks,
        "guard": guard_on(model, dataset, predictions),
    }
    tables = evaluation_tables(predictions, model.name, **told)
    saved = None if whole_image or model.calibration else measured.predictions
    paths = written_files(
        lambda folder: write_evaluation(folder, predictions, model.name, **told),
        out,
        lambda: (
            _output_folder(model, dataset, saved, runs, say)
            / _below(model, exclusions, whole_image=whole_image)
        ),
        overwrite=overwrite,
        say=say,
    )
    return tables, paths


def evaluate_ensemble(
    model: Model,
    dataset: Dataset,
    split: str,
    *,
    runs: Path,
    exclusions: Exclusions | None = None,
    whole_image: bool = False,
    out: Path | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = unsaid,
) -> tuple[list[Table], list[Path]]:
    """Set an ensemble beside its members: accuracies, gain, pairwise disagreement.

    For arguments and result see `evaluate_model`.
    """
    _refuse_taken(out, split, model.tta, overwrite=overwrite)
    _check_and_log(model, dataset, split)

    def predicted(one: Model) -> Predictions:
        return one.predictions(dataset, split, say, whole_image=whole_image)

    members = [entry(member, dataset, predicted) for member in model.members]
    averaged = average_entry(model, dataset, members)
    saved = None if whole_image or model.calibration else averaged.predictions
    members = [without_faces(member, exclusions) for member in members]
    averaged = without_faces(averaged, exclusions)
    readings = test_readings(dataset)
    tables = ensemble_tables(members, averaged, data_name=dataset.name, test_readings=readings)
    paths = written_files(
        lambda folder: write_ensemble(
            folder, members, averaged, data_name=dataset.name, test_readings=readings
        ),
        out,
        lambda: (
            _output_folder(model, dataset, saved, runs, say)
            / _below(model, exclusions, whole_image=whole_image)
        ),
        overwrite=overwrite,
        say=say,
    )
    return tables, paths


def _below(model: Model, exclusions: Exclusions | None, *, whole_image: bool) -> Path:
    """Where, in a model's own folder, files stand that are not of all faces as usual."""
    whole = "whole-image" if whole_image else ""
    calibrated = "calibrated" if model.calibration is not None else ""
    return Path(whole, calibrated, below(exclusions))


def _refuse_taken(out: Path | None, split: str, tta: str, *, overwrite: bool) -> None:
    """Refuse outputs that exist before a test split is read for them."""
    augmented = tuple(f"{stem(split, other)}-" for other in TTA if other not in ("none", tta))
    for path in out.glob(f"{stem(split, tta)}-*") if out else ():
        if not path.name.startswith(augmented):
            refuse_existing(path, overwrite=overwrite)


def _check_and_log(model: Model, dataset: Dataset, split: str) -> None:
    """Refuse what cannot be evaluated; log a test split before its faces are read."""
    dataset.split(split)
    model.check_shared_classes(dataset)
    log_if_test(model, dataset, split)


def _output_folder(
    model: Model,
    dataset: Dataset,
    predictions: Predictions | None,
    runs: Path,
    say: Callable[[str], None],
) -> Path:
    """Where a model's files go; an ensemble gets a run's folder, named by its members.

    `predictions` are saved there, if there are any to be.
    """
    if not model.is_ensemble:
        return models.evaluation_folder(model.run, dataset)
    ensemble_id = models.ensemble_id(model.runs, dataset.fingerprint, model.weights)
    run = Run(runs / models.ENSEMBLE / ensemble_id)
    if SELECTION_SPLIT in dataset.splits:
        if not run.finished:
            _write_ensemble_run(run, model, dataset, say)
        elif model.choice is not None:  # which nobody may have known when it was first measured
            write_text(run.folder / "recipe.toml", _ensemble_recipe(run, model))
        if predictions is not None:
            predictions.write(run.predictions_file(predictions.split, predictions.tta))
    return run.folder / "evaluation"


def _write_ensemble_run(
    run: Run, model: Model, dataset: Dataset, say: Callable[[str], None]
) -> None:
    measured = replace(model, tta="none", calibration=None).predictions(
        dataset, SELECTION_SPLIT, say
    )
    facts = {
        "architecture": models.ENSEMBLE,
        "members": [member.model for member in _members(run, model)],
        "dataset": dataset.name,
        "fingerprint": dataset.fingerprint,
        "classes": measured.classes,
        "limit": None,
        "validation": headline(measured),
        "unseen": headline(measured.unseen),
    }
    with new_folder(run.folder) as temporary:
        write_text(temporary / "recipe.toml", _ensemble_recipe(run, model))
        measured.write(temporary / "predictions" / f"{SELECTION_SPLIT}.npz")
        write_json(temporary / "metrics.json", facts)


def _ensemble_recipe(run: Run, model: Model) -> str:
    tables = models.ensemble_toml(_members(run, model), model.choice)
    return f'architecture = "{models.ENSEMBLE}"\n\n{tables}'


def _members(run: Run, model: Model) -> list[Member]:
    return models.as_members(model.runs, run.folder.parents[1], model.weights)
