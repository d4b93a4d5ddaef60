"""What averaging gained, and how much the members differ."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from zoo.ensemble import average_predictions
from zoo.evaluation.comparison import comparison_table
from zoo.evaluation.entry import Entry, distinct_names
from zoo.evaluation.guard import PERHAPS_WEIGHTS, guarded
from zoo.evaluation.pictures import comparison_figure
from zoo.figures.disagreement import disagreement_figure
from zoo.files import refuse_existing, write_text
from zoo.models.costs import total
from zoo.predictions import stem
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.metrics import Metrics
    from zoo.predictions import Predictions
    from zoo.tables import Cell


def ensemble_entry(
    members: Sequence[Entry], weights: Sequence[float] | None = None, name: str = "ensemble"
) -> Entry:
    """The leaderboard's entry of an ensemble, from its members' saved probabilities.

    Its costs are the members' together.

    Args:
        members: at least two models' entries on the same faces.
        weights: one per member, in any scale; None: all equal.
        name: the ensemble's.

    Raises:
        ZooError: see `zoo.ensemble.average_predictions`.
    """
    members = distinct_names(members)
    names = [member.name for member in members]
    limited = sum(member.limit is not None for member in members)
    notes = [f"{limited} of them limited"] if limited else []
    starts = Counter(member.start for member in members if member.start)
    notes += [f"{count} of them {start}" for start, count in starts.items()]
    if weights is not None:
        notes.append(f"weights {' : '.join(f'{weight:.3g}' for weight in weights)}")
    return Entry(
        name=name,
        predictions=average_predictions([one.predictions for one in members], weights, names),
        members=tuple(names),
        costs=total([member.costs for member in members]),
        elsewhere=sum(member.elsewhere for member in members),
        also_chosen=() if weights is None else (PERHAPS_WEIGHTS,),
        note=", ".join(notes),
    )


def disagreement(predictions: Sequence[Predictions]) -> np.ndarray:
    """(M, M) shares of faces on which the top-1 of two models differ; 0 on the diagonal."""
    choices = np.stack([one.probabilities.argmax(axis=1) for one in predictions])
    return (choices[:, None] != choices[None]).mean(axis=2)


def ensemble_tables(
    members: Sequence[Entry],
    ensemble: Entry,
    *,
    data_name: str | None = None,
    test_readings: int | None = None,
) -> list[Table]:
    """Members and ensemble compared; the gain; the members' disagreement.

    Args:
        members: the members' entries.
        ensemble: the ensemble's, from `ensemble_entry`.
        data_name: what the data set is called.
        test_readings: how often its test split has been read.

    Raises:
        ZooError: two entries speak of different faces.
    """
    members = distinct_names(members)
    compared = comparison_table(
        [*members, ensemble], data_name=data_name, test_readings=test_readings
    )
    first = members[0].predictions
    differing = disagreement_table(
        disagreement([member.predictions for member in members]),
        [member.name for member in members],
        f"{first.split}, n = {len(first):,}",
    )
    return [compared, _gain_table(members, ensemble), differing]


def _gain_table(members: Sequence[Entry], ensemble: Entry) -> Table:
    """The ensemble's numbers less the best member's, and less the members' mean."""
    ours = ensemble.predictions.measure()
    theirs = [member.predictions.measure() for member in members]
    best = max(range(len(members)), key=lambda index: theirs[index].top1)
    right = ensemble.predictions.probabilities.argmax(axis=1) == ensemble.predictions.labels
    rival = members[best].predictions
    rival_right = rival.probabilities.argmax(axis=1) == rival.labels
    won, lost = int((right & ~rival_right).sum()), int((~right & rival_right).sum())

    def row(name: str, rivals: Sequence[Metrics], *faces: int | None) -> tuple[Cell, ...]:
        return (
            name,
            float(ours.top1 - np.mean([one.top1 for one in rivals])),
            float(ours.macro_f1 - np.mean([one.macro_f1 for one in rivals])),
            float(ours.log_loss - np.mean([one.log_loss for one in rivals])),
            *faces,
        )

    columns = (
        Column(f"{ensemble.name} against"),
        Column("top-1 points", percent=True),
        Column("macro-F1 points", percent=True),
        Column("log-loss change", digits=4, lower_is_better=True),
        Column("faces won"),
        Column("faces lost", lower_is_better=True),
    )
    rows = [
        row(f"best member, {members[best].name}", [theirs[best]], won, lost),
        row("mean of the members", theirs, None, None),
    ]
    notes = (
        "log-loss change: in nats, below 0 is better.",
        "faces won: right by the ensemble and wrong by that member; faces lost: the reverse.",
        f"The best member is the best of {len(members)} on these same faces.",
    )
    where = f"{ensemble.predictions.split}, n = {ours.n:,}"
    return Table(f"What {ensemble.name} gains on {where}", columns, rows, notes)


def disagreement_table(matrix: np.ndarray, names: Sequence[str], where: str) -> Table:
    """How often any two members choose differently.

    Args:
        matrix: (M, M), from `disagreement`.
        names: of the members.
        where: on what, with the split and n.
    """
    places = range(len(names))
    rows = [
        (name, *(None if row == column else float(matrix[row, column]) for column in places))
        for row, name in enumerate(names)
    ]
    return Table(
        f"Faces on which two members' top-1 differ, %, {where}",
        (Column("member"), *(Column(name, digits=1, percent=True) for name in names)),
        rows,
    )


def write_ensemble(
    folder: Path,
    members: Sequence[Entry],
    ensemble: Entry,
    *,
    data_name: str | None = None,
    test_readings: int | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write the three tables (csv), the accuracies and the disagreement (png).

    The files are called after the split, ``validation-members.csv`` and so on, those of averaged
    views ``validation-flip-members.csv``. For the other arguments see `ensemble_tables`.

    Returns:
        The files, in the order above.

    Raises:
        ZooError: one of them exists and `overwrite` is false; none is written then.
    """
    split, n = ensemble.predictions.split, len(ensemble.predictions)
    endings = ("members.csv", "gain.csv", "disagreement.csv", "members.png", "disagreement.png")
    files = [folder / f"{stem(split, ensemble.predictions.tta)}-{ending}" for ending in endings]
    for file in files:
        refuse_existing(file, overwrite=overwrite)
    members = distinct_names(members)
    tables = ensemble_tables(members, ensemble, data_name=data_name, test_readings=test_readings)
    for file, table in zip(files[:3], tables, strict=True):
        write_text(file, guarded(table, split, n, ensemble.chose, test_readings).csv())
    comparison_figure(
        [*members, ensemble], files[3], data_name=data_name, test_readings=test_readings,
        overwrite=overwrite,
    )  # fmt: skip
    disagreement_figure(
        disagreement([member.predictions for member in members]),
        [member.name for member in members],
        split=split, n=n, path=files[4], overwrite=overwrite,
    )  # fmt: skip
    return files
