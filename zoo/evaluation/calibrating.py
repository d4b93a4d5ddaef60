"""What `zoo calibrate` does, from a model's saved probabilities to tables, files and pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo import models
from zoo.data.readings import test_readings
from zoo.evaluation.calibration import reliability, reliability_table
from zoo.evaluation.guard import chosen_of, guard_on, guarded, log_if_test
from zoo.evaluation.notes import counted, evaluation_notes, with_split_notes
from zoo.evaluation.output import below, refuse_existing_in, unsaid, written_files
from zoo.evaluation.selective import (
    COVERAGES,
    answered,
    area_under_risk,
    best_risks,
    risk_by_coverage,
)
from zoo.figures.coverage import coverage_figure
from zoo.figures.reliability import reliability_figure
from zoo.files import write_text
from zoo.intervals import mean_and_margin
from zoo.metrics import SMALLEST_PROBABILITY
from zoo.predictions import stem
from zoo.tables import Column, Table
from zoo.temperature import FOLDS, HIGHEST, LOWEST, tempered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.data.exclusions import Exclusions
    from zoo.models import Model
    from zoo.predictions import Predictions
    from zoo.tables import Cell
    from zoo.temperature import Calibration

_ENDINGS = (
    "calibration.csv", "coverage.csv", "reliability-before.csv", "reliability-after.csv",
    "reliability.png", "coverage.png",
)  # fmt: skip
"""The tables' files, and then the pictures'."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """One model's probabilities before and after temperature scaling.

    Attributes:
        plain: as the model gives them.
        scaled: after: cross-fitted where these faces fitted the temperature.
        calibration: the temperature.
        seed: of the cross-fitting.
    """

    plain: Predictions
    scaled: Predictions
    calibration: Calibration
    seed: int

    @property
    def crossed(self) -> bool:
        """Whether these faces fitted the temperature."""
        return self.scaled.crossed

    def without(self, exclusions: Exclusions) -> Scaled:
        """Both without the faces on a list."""
        plain, scaled = (one.without(exclusions) for one in (self.plain, self.scaled))
        return replace(self, plain=plain, scaled=scaled)


def scaled_predictions(plain: Predictions, calibration: Calibration, seed: int = 0) -> Scaled:
    """Scale saved probabilities; for the arguments see `Scaled`."""
    return Scaled(plain, plain.calibrated(calibration, seed), calibration, seed)


def calibrate_model(
    model: Model,
    dataset: Dataset,
    split: str,
    *,
    seed: int = 0,
    exclusions: Exclusions | None = None,
    out: Path | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = unsaid,
) -> tuple[list[Table], list[Path]]:
    """Fit a model's temperature on validation, store it, and say what it is worth on a split.

    A reading of the test split is entered in the data set's test log.

    Args:
        model: as it is, without a temperature.
        dataset: the faces; of the model's classes.
        split: whose faces the numbers are of.
        seed: of the cross-fitting.
        exclusions: faces to leave out of the numbers; the temperature is of all.
        out: where tables and pictures go; by default where the temperature is stored.
        overwrite: whether files in `out` may be replaced.
        say: is told what takes time, and what could not be stored.

    Returns:
        The tables, and the files that were written.
    """
    names = [f"{stem(split, model.tta)}-{ending}" for ending in _ENDINGS]
    refuse_existing_in(out, names, overwrite=overwrite)
    model.check_classes(dataset)
    dataset.split(split)
    log_if_test(model, dataset, split)
    calibration = models.stored_calibration(model, dataset, say, anew=True)
    measured = scaled_predictions(model.predictions(dataset, split, say), calibration, seed)
    if exclusions is not None:
        measured = measured.without(exclusions)
    plain = measured.plain
    chose, readings = chosen_of(model, dataset, split), test_readings(dataset)
    notes = evaluation_notes(plain, chose, readings, guard_on(model, dataset, plain))
    where = f"{model.name} on {dataset.name}, {split}, {counted(plain)}"
    tables = [calibration_table(measured, where, notes), coverage_table(measured, where)]
    kept = [
        guarded(one, split, len(plain), chose, readings)
        for one in [*tables, *map(_reliability_table, (plain, measured.scaled))]
    ]
    told = with_split_notes(where, split, [chose], readings)

    def write(folder: Path) -> list[Path]:
        files = [folder / name for name in names]
        for file, table in zip(files, kept, strict=False):
            write_text(file, table.csv())
        _draw(measured, told, *files[len(kept) :])
        return files

    usual = models.calibration_file(model, dataset.fingerprint).parent / below(exclusions)
    return tables, written_files(write, out, lambda: usual, overwrite=overwrite, say=say)


def calibration_table(measured: Scaled, where: str, notes: Sequence[str] = ()) -> Table:
    """Log-loss, Brier score and calibration error before and after.

    Args:
        measured: the model's probabilities.
        where: which model on which faces, for the title.
        notes: what must be said of any number on these faces.
    """
    known, plain = measured.calibration, measured.plain
    fitted = replace(plain, probabilities=tempered(plain.probabilities, known.temperature))
    rows = [_row("as the model gives them", 1.0, plain)]
    if measured.crossed:
        rows.append(_row("scaled, cross-fitted", None, measured.scaled))
        rows.append(_row("scaled by the T of these faces", known.temperature, fitted))
    else:
        rows.append(_row("scaled", known.temperature, fitted))
    columns = (
        Column("probabilities"),
        Column("T", digits=3),
        Column("top-1 accuracy %", percent=True),
        Column("log-loss", digits=4, lower_is_better=True),
        Column("Brier", digits=4, lower_is_better=True),
        Column("ECE %", percent=True, lower_is_better=True),
        Column("mean confidence %", percent=True),
    )
    return Table(f"Calibration of {where}", columns, rows, [*_notes(measured), *notes])


def _row(what: str, temperature: float | None, predictions: Predictions) -> list[Cell]:
    metrics = predictions.measure()
    confidence = float(predictions.probabilities.max(axis=1).mean())
    return [
        what, temperature, metrics.top1, metrics.log_loss, metrics.brier, metrics.ece, confidence,
    ]  # fmt: skip


def _notes(measured: Scaled) -> list[str]:
    known = measured.calibration
    notes = [
        f"T = {known.temperature:.4f} has the lowest log-loss on the {known.n:,} {known.split} "
        f"faces of {known.data}; probabilities become softmax(ln p / T), answers stay."
    ]
    if known.temperature in (LOWEST, HIGHEST):
        notes.append(f"That is the edge of what is looked for, {LOWEST:g} to {HIGHEST:g}.")
    if measured.crossed:
        notes.append(
            f"Cross-fitted: in {FOLDS} folds (seed {measured.seed}), each scaled by the T of the "
            "others; by the T of these faces the numbers are optimistic."
        )
    change, margin = mean_and_margin(_losses(measured.scaled) - _losses(measured.plain))
    notes.append(
        f"Scaling{', cross-fitted,' if measured.crossed else ''} changes log-loss by "
        f"{change:+.4f} (95 % interval {change - margin:+.4f} to "
        f"{change + margin:+.4f}, paired over faces)."
    )
    return notes


def _losses(predictions: Predictions) -> np.ndarray:
    """(N,) each face's log-loss, clipped as the mean is."""
    rows = np.arange(len(predictions))
    of_label = np.asarray(predictions.probabilities, np.float64)[rows, predictions.labels]
    return np.asarray(-np.log(np.clip(of_label, SMALLEST_PROBABILITY, 1.0)))


def coverage_table(measured: Scaled, where: str) -> Table:
    """Accuracy on the surest faces, by the scaled probabilities and by the model's own."""
    plain, scaled = measured.plain, measured.scaled
    columns = (
        Column("coverage %", percent=True, digits=1),
        Column("faces"),
        Column("sure by %", percent=True, digits=1),
        Column("top-1 accuracy %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("unscaled: top-1 %", percent=True),
    )
    rows: list[list[Cell]] = [
        [one.coverage, one.n, one.threshold, one.accuracy, one.low, one.high, before.accuracy]
        for one, before in zip(
            answered(scaled.labels, scaled.probabilities, COVERAGES),
            answered(plain.labels, plain.probabilities, COVERAGES),
            strict=True,
        )
    ]
    risks = risk_by_coverage(scaled.labels, scaled.probabilities)
    before_risks = risk_by_coverage(plain.labels, plain.probabilities)
    notes = [
        "Only the surest faces are answered; sure by: the least of their largest probabilities.",
        f"Area under the risk-coverage curve {area_under_risk(risks):.4f}, unscaled "
        f"{area_under_risk(before_risks):.4f}; ordered perfectly it would be "
        f"{area_under_risk(best_risks(risks)):.4f}, by lot {risks[-1]:.4f}.",
    ]
    notes += [f"{plain.split} also chose the threshold: optimistic where it is to be kept."]
    return Table(f"Accuracy against coverage, {where}", columns, rows, notes)


def _reliability_table(predictions: Predictions) -> Table:
    return reliability_table(reliability(predictions), "")


def _draw(measured: Scaled, where: str, reliable: Path, covered: Path) -> None:
    """Draw the reliability diagrams, and accuracy against coverage."""
    both = {
        "as the model gives them": measured.plain,
        _scaled_name(measured): measured.scaled,
    }
    bins = {what: reliability(predictions) for what, predictions in both.items()}
    reliability_figure(
        {what: (one.bins, one.error) for what, one in bins.items()},
        title=f"Reliability of {where}", path=reliable,
    )  # fmt: skip
    risks = {
        what: risk_by_coverage(predictions.labels, predictions.probabilities)
        for what, predictions in both.items()
    }
    coverage_figure(
        risks, best=best_risks(risks["as the model gives them"]),
        title=f"Accuracy against coverage, {where}", path=covered,
    )  # fmt: skip


def _scaled_name(measured: Scaled) -> str:
    how = ", cross-fitted" if measured.crossed else ""
    return f"scaled by T = {measured.calibration.temperature:.3f}{how}"
