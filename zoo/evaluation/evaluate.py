"""What `zoo evaluate`, `zoo compare` and `zoo ensemble evaluate` do, from a MODEL to its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zoo import configs, models
from zoo.data.readings import log_test_reading, test_readings
from zoo.errors import ZooError
from zoo.evaluation.comparison import Entry, comparison_figure, comparison_table, entry_of_run
from zoo.evaluation.ensembles import ensemble_entry, ensemble_tables, write_ensemble
from zoo.evaluation.report import evaluation_tables, write_evaluation
from zoo.files import new_folder, output_folder, refuse_existing, write_json, write_text
from zoo.metrics import compute_metrics
from zoo.runs import Run, list_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models import Model
    from zoo.runs import Predictions
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
    _refuse_taken(out, split, overwrite=overwrite)
    predictions = model.predictions(dataset, split)
    _log_test_reading(model, dataset, split)
    folder = out or _run_folder(model, predictions, runs) / "evaluation"
    own = model.fingerprint == dataset.fingerprint
    if out is None and not own:
        folder /= dataset.name
    chosen_by = SELECTION_SPLIT if own else None
    readings = test_readings(dataset.fingerprint)
    tables = evaluation_tables(
        predictions, model.name, chosen_by=chosen_by, test_readings=readings
    )
    with output_folder(folder, overwrite=overwrite or out is None) as temporary:
        paths = write_evaluation(
            temporary, predictions, model.name, chosen_by=chosen_by, test_readings=readings
        )
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
    _refuse_taken(out, split, overwrite=overwrite)
    _log_test_reading(model, dataset, split)
    averaged = entry(model, lambda member: member.predictions(dataset, split))
    members = [
        entry(one, lambda member: member.predictions(dataset, split)) for one in model.members
    ]
    folder = out or _run_folder(model, averaged.predictions, runs) / "evaluation"
    readings = test_readings(dataset.fingerprint)
    tables = ensemble_tables(members, averaged, data_name=dataset.name, test_readings=readings)
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
    figure: Path | None = None,
    overwrite: bool = False,
) -> Table:
    """One table over models, from saved probabilities alone.

    Args:
        names: MODELs; none: every finished run on the data set.
        dataset: the data set in use.
        runs: the folder of runs.
        split: whose saved probabilities are compared.
        figure: where the picture goes, if one is wanted.
        overwrite: whether `figure` may be replaced.
    """
    if names:
        chosen = [models.resolve(name, dataset.fingerprint, runs) for name in names]
    else:
        chosen = [
            models.resolve(str(run.folder), dataset.fingerprint, runs)
            for run in list_runs(runs)
            if run.finished
            and run.metrics["fingerprint"] == dataset.fingerprint
            and run.predictions_file(split).is_file()
        ]
    if not chosen:
        raise ZooError(
            f"nothing to compare: no finished run has predictions on {split} of {dataset.name!r}; "
            "zoo train ARCHITECTURE, or zoo evaluate MODEL"
        )
    entries = [entry(model, lambda one: one.saved_predictions(split)) for model in chosen]
    readings = test_readings(dataset.fingerprint)
    if figure:
        comparison_figure(entries, figure, data_name=dataset.name, overwrite=overwrite)
    return comparison_table(entries, data_name=dataset.name, test_readings=readings)


def entry(model: Model, predictions_of: Callable[[Model], Predictions]) -> Entry:
    """The leaderboard's entry of a model; an ensemble's is made of its members'."""
    if model.is_ensemble:
        return ensemble_entry([entry(member, predictions_of) for member in model.members])
    architecture = model.run.architecture
    known = architecture in configs.architecture_files()
    usual = configs.recipe_table(architecture).get("init", "none") if known else "none"
    return entry_of_run(model.run, predictions_of(model), usual_init=usual)


def _refuse_taken(out: Path | None, split: str, *, overwrite: bool) -> None:
    """Refuse outputs that exist before a test split is read for them."""
    for path in out.glob(f"{split}-*") if out else ():
        refuse_existing(path, overwrite=overwrite)


def _log_test_reading(model: Model, dataset: Dataset, split: str) -> None:
    if split == "test":
        log_test_reading(dataset, model.name)


def _run_folder(model: Model, predictions: Predictions, runs: Path) -> Path:
    """A model's own folder; an ensemble gets one, in a run's shape, named by its members."""
    if not model.is_ensemble:
        return model.run.folder
    run = Run(runs / models.ENSEMBLE / models.ensemble_id(model.runs))
    if not run.finished:
        _write_ensemble_run(run, model)
    if predictions.fingerprint == model.fingerprint:
        predictions.write(run.predictions_file(predictions.split))
    return run.folder


def _write_ensemble_run(run: Run, model: Model) -> None:
    saved = model.saved_predictions(SELECTION_SPLIT)
    metrics = compute_metrics(saved.labels, saved.probabilities, saved.classes)
    members = [f"{one.architecture}/{one.id}" for one in model.runs]
    facts = {
        "architecture": models.ENSEMBLE,
        "members": members,
        "dataset": model.runs[0].metrics["dataset"],
        "fingerprint": model.fingerprint,
        "classes": saved.classes,
        "validation": {"n": metrics.n, "top1": metrics.top1, "log_loss": metrics.log_loss},
    }
    recipe = f"architecture = {json.dumps(models.ENSEMBLE)}\nmembers = {json.dumps(members)}\n"
    with new_folder(run.folder) as temporary:
        write_text(temporary / "recipe.toml", recipe)
        saved.write(temporary / "predictions" / f"{SELECTION_SPLIT}.npz")
        write_json(temporary / "metrics.json", facts)
