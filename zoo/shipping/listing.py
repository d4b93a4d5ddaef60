"""What comes with the package, as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.models import ENSEMBLE, packaged_ensemble
from zoo.predictions import headline
from zoo.weights.manifest import LICENCE, read_manifest

if TYPE_CHECKING:
    from zoo.tables import Cell, Table


def shipped_table() -> Table:
    """One line per shipped run, the last one the ensemble's; no lines where nothing is shipped.

    Raises:
        ZooError: the manifest is damaged.
    """
    table = read_manifest().table()
    if not table.rows:
        return table
    try:
        row, note = _ensemble_row()
    except ZooError as error:
        row, note = (ENSEMBLE, *[None] * (len(table.columns) - 1)), f"{ENSEMBLE}: {error}"
    return replace(table, rows=[*table.rows, row], notes=[*table.notes, note])


def _ensemble_row() -> tuple[tuple[Cell, ...], str]:
    """The ensemble's line, from its members' saved predictions; and which they are."""
    model = packaged_ensemble()
    fingerprint = model.runs[0].metrics["fingerprint"]
    predictions = model.saved_predictions(fingerprint, "validation")
    measured, unseen = headline(predictions) or {}, headline(predictions.unseen) or {}
    numbers = (measured.get("top1"), measured.get("n"), unseen.get("top1"), unseen.get("n"))
    members = ", ".join(run.architecture for run in model.runs)
    row = (ENSEMBLE, None, *numbers, LICENCE, None)
    return row, f"The {ENSEMBLE} averages {members}; validation chose it, too."
