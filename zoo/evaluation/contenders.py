"""Which models `zoo compare` sets side by side, and which it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import models, weights
from zoo.data.dataset import SELECTION_SPLIT
from zoo.errors import ZooError
from zoo.runs import list_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models import Model
    from zoo.runs import Run

LISTED = 5
"""How many runs a note names."""


def contenders(
    names: Sequence[str], dataset: Dataset, runs: Path, split: str, tta: str
) -> tuple[list[Model], list[str]]:
    """The models to compare, and lines on those that are left out.

    Args:
        names: MODELs; none: every finished run on the data set, and all shipped weights.
        dataset: the data set in use.
        runs: the folder of runs.
        split: whose saved probabilities are compared.
        tta: a test-time augmentation, under which models stand there once more.

    Raises:
        ZooError: nothing is to be compared, or what is named was not measured on the split.
    """
    notes: list[str] = []
    if names:
        chosen = _named(names, dataset, runs, split)
    else:
        chosen, notes = _every_model(dataset, runs, split)
    if tta != "none":
        chosen, missing = _with_tta(chosen, tta, dataset, split)
        notes += missing
    return chosen, notes


def _named(names: Sequence[str], dataset: Dataset, runs: Path, split: str) -> list[Model]:
    """What the names stand for, each model once.

    None was trained elsewhere and has no predictions on the split.
    """
    chosen = models.distinct(models.resolve(name, dataset.fingerprint, runs) for name in names)
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
    more = f" and {len(some) - LISTED:,} more" if len(some) > LISTED else ""
    runs = "1 run" if len(some) == 1 else f"{len(some):,} runs"
    return f"left out: {runs}, {reason}: {', '.join(some[:LISTED])}{more}."
