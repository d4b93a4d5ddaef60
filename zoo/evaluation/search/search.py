"""What `zoo ensemble search` does, from members to tables, pictures and an ensemble's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.data.dataset import SELECTION_SPLIT
from zoo.evaluation.ensembles import disagreement, disagreement_table
from zoo.evaluation.guard import chosen_of, guard_on
from zoo.evaluation.notes import (
    FOREIGN,
    absent_notes,
    also_chosen_notes,
    counted,
    left_out_notes,
)
from zoo.evaluation.output import below
from zoo.evaluation.search.cross_fitting import FOLDS, REPEATS, cross_fit
from zoo.evaluation.search.diversity import error_correlation, growth, leave_one_out
from zoo.evaluation.search.pool import pool_of
from zoo.evaluation.search.tables import (
    correlation_table,
    growth_table,
    left_out_table,
    search_table,
    weights_table,
)
from zoo.evaluation.search.winner import corrected_winner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.data.source import Progress
    from zoo.evaluation.search.cross_fitting import Estimate
    from zoo.evaluation.search.diversity import Grown, LeftOut
    from zoo.evaluation.search.pool import Pool
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Table


@dataclass(frozen=True)
class Search:
    """What was found out about the combinations of some members on validation.

    Attributes:
        pool: the members.
        counted: how many faces, and of how many where a list left some out.
        below: the list's folder, see `zoo.evaluation.output.below`.
        data_name: what the data set is called.
        fingerprint: of the data set.
        chose: what validation chose of the members (`zoo.evaluation.guard.split_chose`).
        folds: into how many the faces were parted.
        estimates: of each method.
        corrected: top-1 and log-loss of choosing the best of them
            (`zoo.evaluation.search.winner.corrected_winner`).
        gains: what each member adds to the average of all.
        grown: averages by their number of members.
        disagreement: (M, M) shares of faces on which two members' top-1 differ.
        correlation: (M, M) of their errors.
        notes: what must be said of every number.
    """

    pool: Pool
    counted: str
    below: str
    data_name: str
    fingerprint: str
    chose: str
    folds: int
    estimates: list[Estimate]
    corrected: tuple[float, float]
    gains: list[LeftOut]
    grown: list[Grown]
    disagreement: np.ndarray
    correlation: np.ndarray
    notes: list[str]

    @property
    def split(self) -> str:
        """The only split on which anything is chosen."""
        return SELECTION_SPLIT

    @property
    def where(self) -> str:
        """On what, for titles."""
        return f"{self.data_name}, {self.split}, {self.counted}"

    def tables(self) -> dict[str, Table]:
        """By what their files are called."""
        names, where = self.pool.names, self.where
        found = search_table(self.estimates, self.corrected, where, folds=self.folds)
        return {
            "combinations": found.with_notes(self.notes),
            "weights": weights_table(self.pool, self.estimates, where),
            "left-out": left_out_table(self.gains, where),
            "growth": growth_table(self.grown, where),
            "disagreement": disagreement_table(self.disagreement, names, where),
            "error-correlation": correlation_table(self.correlation, names, where),
        }


def search(
    model: Model,
    dataset: Dataset,
    *,
    folds: int = FOLDS,
    repeats: int = REPEATS,
    seed: int = 0,
    exclusions: Exclusions | None = None,
    say: Callable[[str], None],
    progress: Progress | None = None,
) -> Search:
    """Try all ways of combining members, on validation; the test split is never read.

    Args:
        model: the members, as an ensemble.
        dataset: of the members' classes.
        folds: into how many the faces are parted.
        repeats: how often.
        seed: of the partings and of what else is drawn.
        exclusions: faces to leave out.
        say: is told what takes time, and what could not be saved.
        progress: called with the partings that are done and their number.

    Raises:
        ZooError: members of other classes or faces, or too few faces.
    """
    model.check_classes(dataset)
    faces = dataset.split(SELECTION_SPLIT)
    members = model.members
    names = [member.name for member in members]
    predictions = [member.predictions(dataset, SELECTION_SPLIT, say) for member in members]
    hashes = faces.hashes
    if exclusions is not None:
        hashes = hashes[exclusions.kept(SELECTION_SPLIT, predictions[0].ids)]
        predictions = [one.without(exclusions) for one in predictions]
    pool = pool_of(names, predictions, hashes)
    chose = chosen_of(model, dataset, SELECTION_SPLIT)
    estimates = cross_fit(pool, folds=folds, repeats=repeats, seed=seed, progress=progress)
    return Search(
        pool=pool,
        counted=counted(predictions[0]),
        below=below(exclusions),
        data_name=dataset.name,
        fingerprint=dataset.fingerprint,
        chose=chose,
        folds=folds,
        estimates=estimates,
        corrected=corrected_winner(estimates, pool.groups, seed=seed),
        gains=leave_one_out(pool, seed=seed),
        grown=growth(pool, seed=seed),
        disagreement=disagreement(predictions),
        correlation=error_correlation(pool),
        notes=[
            *_notes(members, dataset, pool, predictions),
            *also_chosen_notes(SELECTION_SPLIT, [chose]),
            *absent_notes(predictions[0]),
        ],
    )


def _notes(
    members: Sequence[Model], dataset: Dataset, pool: Pool, predictions: Sequence[Predictions]
) -> list[str]:
    """What is optimistic about every number here, however it was cross-fitted."""
    foreign = [one for one in members if one.trained_elsewhere(dataset.fingerprint)]
    notes = []
    if len(foreign) < len(members):
        notes.append(
            "validation chose each member's epoch, too, which cross-fitting does not undo: all "
            "these numbers are optimistic."
        )
    notes += [FOREIGN] if foreign else []
    first = predictions[0]
    notes += left_out_notes(first.split, first.left_out, first.exclusions)
    for member in foreign:
        guard = guard_on(member, dataset, first)
        if guard is not None and guard.trained.any():
            notes.append(
                f"{int(guard.trained.sum()):,} of these faces trained {member.name}, pixel for "
                "pixel: it is chosen too readily."
            )
    lonely = ", ".join(dataset.classes[label] for label in pool.lonely_classes)
    if lonely:
        notes.append(
            f"A single face of {lonely}: out of its fold stacking has none to learn from."
        )
    if pool.copies:
        notes.append(
            f"{pool.copies:,} faces have the pixels of another one; such faces share a fold."
        )
    return notes
