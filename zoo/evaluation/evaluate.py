"""What `zoo evaluate`, `zoo compare` and `zoo ensemble evaluate` do, from a MODEL to its files."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoo import models
from zoo.data.readings import log_test_reading, test_readings
from zoo.errors import ZooError
from zoo.evaluation.comparison import Entry, comparison_figure, comparison_table, entry_of_run
from zoo.evaluation.ensembles import ensemble_entry, ensemble_tables, write_ensemble
from zoo.evaluation.report import evaluation_tables, write_evaluation
from zoo.evaluation.seeds import measure, seeds_table
from zoo.files import new_folder, output_folder, refuse_existing, write_json, write_text
from zoo.predictions import TTA, headline, stem
from zoo.runs import Run, damaged_runs, finished_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Table

SELECTION_SPLIT = "validation"
"""The split that chooses epochs; its numbers are optimistic."""


def evaluate_model(
    model: Model,
    dataset: Dataset,
    split: str,
    *,
    runs: Path,
    out: Path | None = None,
    overwrite: bool = False,
) -> tuple[list[Table], list[Path]]:
    """Measure a model on a split; write tables and confusion matrices.

    Reading the test split is entered in the data set's test log.

    Args:
        model: what to evaluate.
        dataset: the faces; of the model's classes.
        split: ``"validation"`` or ``"test"``.
        runs: the folder of runs, where an ensemble gets a folder of its own.
        out: where the files go; by default ``evaluation/`` in the run, which is refreshed.
        overwrite: whether files in `out` may be replaced.

    Returns:
        The tables, and the files that were written.
    """
    own = model.fingerprint == dataset.fingerprint
    _refuse_taken(out, split, model.tta, overwrite=overwrite)
    _check_and_log(model, dataset, split)
    measured = entry(model, dataset, lambda one: one.predictions(dataset, split))
    predictions = measured.predictions
    told: dict[str, Any] = {
        "chosen_by": SELECTION_SPLIT if own else None,
        "test_readings": test_readings(dataset),
        "remarks": measured.remarks,
    }
    tables = evaluation_tables(predictions, model.name, **told)
    folder = out or _output_folder(model, dataset, predictions, runs)
    with output_folder(folder, overwrite=overwrite or out is None) as temporary:
        paths = write_evaluation(temporary, predictions, model.name, **told)
    return tables, [folder / path.name for path in paths]


def evaluate_ensemble(
    model: Model,
    dataset: Dataset,
    split: str,
    *,
    runs: Path,
    out: Path | None = None,
    overwrite: bool = False,
) -> tuple[list[Table], list[Path]]:
    """Set an ensemble beside its members: accuracies, gain, pairwise disagreement.

    For arguments and result see `evaluate_model`.
    """
    _refuse_taken(out, split, model.tta, overwrite=overwrite)
    _check_and_log(model, dataset, split)
    members = [
        entry(member, dataset, lambda one: one.predictions(dataset, split))
        for member in model.members
    ]
    averaged = _average_entry(model, dataset, members)
    readings = test_readings(dataset)
    tables = ensemble_tables(members, averaged, data_name=dataset.name, test_readings=readings)
    folder = out or _output_folder(model, dataset, averaged.predictions, runs)
    with output_folder(folder, overwrite=overwrite or out is None) as temporary:
        paths = write_ensemble(
            temporary, members, averaged, data_name=dataset.name, test_readings=readings
        )
    return tables, [folder / path.name for path in paths]


def compare_models(
    names: Sequence[str],
    dataset: Dataset,
    runs: Path,
    split: str,
    *,
    tta: str = "none",
    figure: Path | None = None,
    overwrite: bool = False,
) -> list[Table]:
    """The models on one table, from saved probabilities alone, and below it means over seeds.

    Args:
        names: MODELs; none: every finished run on the data set.
        dataset: the data set in use.
        runs: the folder of runs.
        split: whose saved probabilities are compared.
        tta: a test-time augmentation; its saved probabilities get rows of their own.
        figure: where the picture goes, if one is wanted.
        overwrite: whether `figure` may be replaced.

    Returns:
        The table and, where runs differ in their seed alone, `zoo.evaluation.seeds.seeds_table`.
    """
    notes: list[str] = []
    if names:
        chosen = [models.resolve(name, dataset.fingerprint, runs) for name in names]
    else:
        chosen, notes = _every_model(dataset, runs, split)
    if not chosen:
        raise ZooError(
            f"nothing to compare: no finished run has predictions on {split} of {dataset.name!r}; "
            "zoo train ARCHITECTURE, or zoo evaluate MODEL"
        )
    for model in chosen:
        if model.fingerprint != dataset.fingerprint:
            raise ZooError(
                f"{model.chosen}: not trained on {dataset.name!r}; name its data set with --data"
            )
    if tta != "none":
        chosen, missing = _with_tta(chosen, tta, split)
        notes += missing
    entries = [entry(model, dataset, lambda one: one.saved_predictions(split)) for model in chosen]
    if figure:
        comparison_figure(entries, figure, data_name=dataset.name, overwrite=overwrite)
    table = comparison_table(entries, data_name=dataset.name, test_readings=test_readings(dataset))
    singles = [pair for pair in zip(chosen, entries, strict=True) if not pair[0].is_ensemble]
    measured = [measure(model.run, one.predictions) for model, one in singles]
    seeds = seeds_table(measured, f"{dataset.name}, {split}")
    return [replace(table, notes=[*table.notes, *notes]), *([seeds] if seeds else [])]


def _with_tta(chosen: list[Model], tta: str, split: str) -> tuple[list[Model], list[str]]:
    """The models and those of them that have augmented predictions; a line on the others."""
    augmented = [model.with_tta(tta) for model in chosen]
    there = [model for model in augmented if model.has_predictions(split)]
    missing = [
        f"{model.run.architecture} {model.run.id}" if not model.is_ensemble else model.name
        for model in chosen
        if not model.with_tta(tta).has_predictions(split)
    ]
    notes = [
        f"No {tta} predictions on {split} are saved of {', '.join(missing)}: "
        f"zoo evaluate MODEL --split {split} --tta {tta} makes them."
    ]
    return [*chosen, *there], notes if missing else []


def _every_model(dataset: Dataset, runs: Path, split: str) -> tuple[list[Model], list[str]]:
    """Every finished run with predictions on a split, and why some could not be had."""
    chosen, notes = [], damaged_runs(runs)
    for run in finished_runs(runs):
        if run.metrics["fingerprint"] != dataset.fingerprint:
            continue
        try:
            model = models.resolve(str(run.folder), dataset.fingerprint, runs)
        except ZooError as error:
            notes.append(f"left out: {run.architecture} {run.id} ({error})")
            continue
        if run.predictions_file(split).is_file():
            chosen.append(model)
    return chosen, notes


def entry(model: Model, dataset: Dataset, predictions_of: Callable[[Model], Predictions]) -> Entry:
    """The leaderboard's entry of a model on a data set; an ensemble's is made of its members'."""
    if model.is_ensemble:
        members = [entry(member, dataset, predictions_of) for member in model.members]
        return _average_entry(model, dataset, members)
    single = entry_of_run(model.run, predictions_of(model))
    return replace(single, trained_on=_trained_on(model, dataset))


def _average_entry(model: Model, dataset: Dataset, members: Sequence[Entry]) -> Entry:
    averaged = ensemble_entry(members, name=model.name)
    return replace(
        averaged, run=models.ensemble_id(model.runs), trained_on=_trained_on(model, dataset)
    )


def _trained_on(model: Model, dataset: Dataset) -> str:
    """The name of the data set a model was trained on, if it is another one."""
    foreign = model.fingerprint != dataset.fingerprint
    return str(model.runs[0].metrics["dataset"]) if foreign else ""


def _refuse_taken(out: Path | None, split: str, tta: str, *, overwrite: bool) -> None:
    """Refuse outputs that exist before a test split is read for them."""
    augmented = tuple(f"{stem(split, other)}-" for other in TTA if other not in ("none", tta))
    for path in out.glob(f"{stem(split, tta)}-*") if out else ():
        if not path.name.startswith(augmented):
            refuse_existing(path, overwrite=overwrite)


def _check_and_log(model: Model, dataset: Dataset, split: str) -> None:
    """Refuse what cannot be evaluated; log a test split before its faces are read."""
    dataset.split(split)
    model.check_classes(dataset)
    if split == "test":
        log_test_reading(dataset, model.name, [run.id for run in model.runs])


def _output_folder(model: Model, dataset: Dataset, predictions: Predictions, runs: Path) -> Path:
    folder = _run_folder(model, predictions, runs) / "evaluation"
    return folder if model.fingerprint == dataset.fingerprint else folder / dataset.name


def _run_folder(model: Model, predictions: Predictions, runs: Path) -> Path:
    """A model's own folder; an ensemble gets one, in a run's shape, named by its members."""
    if not model.is_ensemble:
        return model.run.folder
    run = Run(runs / models.ENSEMBLE / models.ensemble_id(model.runs))
    if not run.finished:
        _write_ensemble_run(run, model)
    if predictions.fingerprint == model.fingerprint:
        predictions.write(run.predictions_file(predictions.split, predictions.tta))
    return run.folder


def _write_ensemble_run(run: Run, model: Model) -> None:
    saved = replace(model, tta="none").saved_predictions(SELECTION_SPLIT)
    members = [f"{one.architecture}/{one.id}" for one in model.runs]
    facts = {
        "architecture": models.ENSEMBLE,
        "members": members,
        "dataset": model.runs[0].metrics["dataset"],
        "fingerprint": model.fingerprint,
        "classes": saved.classes,
        "limit": None,
        "validation": headline(saved),
        "unseen": headline(saved.unseen),
    }
    recipe = f"architecture = {json.dumps(models.ENSEMBLE)}\nmembers = {json.dumps(members)}\n"
    with new_folder(run.folder) as temporary:
        write_text(temporary / "recipe.toml", recipe)
        saved.write(temporary / "predictions" / f"{SELECTION_SPLIT}.npz")
        write_json(temporary / "metrics.json", facts)
