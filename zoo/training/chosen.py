"""Which training faces a training shows: all, a share of them, or all but those on a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.exclusions import read_exclusions
from zoo.errors import ZooError
from zoo.training.recipes import recipe_of
from zoo.training.targets import stratified_subset

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.runs import Run
    from zoo.training.recipe import Recipe

KEY = "exclusions"
"""In a run's environment and metrics; None there, or missing, where no face was left out."""


def chosen_faces(
    recipe: Recipe, dataset: Dataset, limit: int | None, exclusions: Exclusions | None
) -> np.ndarray:
    """Sorted positions of the training faces that are trained on.

    Args:
        recipe: whose seed chooses them.
        dataset: with a training split.
        limit: how many, of those that are not left out; None for all.
        exclusions: which faces are left out, if any.

    Raises:
        ZooError: none is left.
    """
    split = dataset.split("train")
    kept = np.arange(len(split))
    if exclusions is not None:
        kept = np.flatnonzero(exclusions.kept("train", split.ids))
    if not len(kept):
        raise ZooError(f"data set {dataset.name!r}: every training face is left out")
    count = len(kept) if limit is None else limit
    return kept[stratified_subset(split.labels[kept], count, recipe.seed)]


def exclusions_file(run: Run) -> Path:
    """Where a run keeps the list of faces that it leaves out."""
    return run.folder / "exclusions.csv"


def recorded_facts(exclusions: Exclusions | None, dataset: Dataset) -> dict[str, Any]:
    """What a run's environment says of the list: its sha256, its length, the training faces."""
    if exclusions is None:
        return {KEY: None}
    out = ~exclusions.kept("train", dataset.split("train").ids)
    facts = {"sha256": exclusions.sha256, "listed": len(exclusions), "train": int(out.sum())}
    return {KEY: facts}


def recorded_choice(run: Run, dataset: Dataset) -> np.ndarray:
    """Sorted positions of the training faces that a run was, or is to be, trained on.

    Args:
        run: finished or not.
        dataset: what it was trained on.

    Raises:
        ZooError: its list of faces left out is missing, or is not the one that it began with.
    """
    exclusions = None
    if recorded := run.environment.get(KEY):
        path = exclusions_file(run)
        exclusions = read_exclusions(path, dataset)
        if exclusions.sha256 != recorded["sha256"]:
            raise ZooError(f"{path}: was edited: undo that, or train anew")
    return chosen_faces(recipe_of(run), dataset, run.environment["limit"], exclusions)
