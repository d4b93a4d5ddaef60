"""What another seed would change: means over runs that differ in their seed alone."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo import configs
from zoo.predictions import shown_name
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zoo.predictions import Predictions
    from zoo.runs import Run
    from zoo.tables import Cell

_ABSENT = "default"


@dataclass(frozen=True)
class Measured:
    """What a finished run of a single network reached on some faces.

    Attributes:
        run: the run.
        top1: share of faces that are right, 0–1.
        log_loss: nats.
        macro_f1: 0–1; None where only the training's end measured it, which records none.
        tta: the test-time augmentation.
    """

    run: Run
    top1: float
    log_loss: float
    tta: str = "none"
    macro_f1: float | None = None

    @property
    def seed(self) -> int:
        """Of its training."""
        return int(self.run.recipe["seed"])


def measure(run: Run, predictions: Predictions | None = None) -> Measured:
    """What a run reached, by its saved probabilities, or on validation when it finished."""
    if predictions is None:
        facts = run.metrics["validation"]
        return Measured(run, facts["top1"], facts["log_loss"])
    metrics = predictions.measure()
    return Measured(run, metrics.top1, metrics.log_loss, predictions.tta, metrics.macro_f1)


def seed_groups(measured: Iterable[Measured]) -> list[list[Measured]]:
    """Runs that differ in their seed alone, in groups of two or more seeds, by seed.

    Equal are recipe, data, number of training faces, precision and test-time augmentation. Of
    several runs with one seed the last counts.
    """
    groups: dict[str, dict[int, Measured]] = {}
    for one in measured:
        key = json.dumps([_settings(one.run), one.tta], sort_keys=True, default=str)
        groups.setdefault(key, {})[one.seed] = one
    return [[group[seed] for seed in sorted(group)] for group in groups.values() if len(group) > 1]


def seeds_table(
    measured: Iterable[Measured], where: str, notes: Sequence[str] = ()
) -> Table | None:
    """One row per group of `seed_groups`, best mean first; None where there is no group.

    Args:
        measured: runs, all measured on the same faces.
        where: data set, split and n, for the title.
        notes: what must be said of numbers on these faces (`zoo.evaluation.notes.split_notes`).
    """
    groups = seed_groups(measured)
    if not groups:
        return None
    scored = all(one.macro_f1 is not None for group in groups for one in group)
    remarks = _remarks([group[0] for group in groups])
    columns = [
        Column("over seeds"),
        Column("top-1 accuracy %", percent=True),
        Column("± points", percent=True),
        *((Column("macro-F1 %", percent=True), Column("± F1", percent=True)) if scored else ()),
        Column("log-loss", digits=4, lower_is_better=True),
        Column("± nats", digits=4),
        Column("n seeds"),
        Column("seeds", spare=1),
        *([Column("remarks", spare=1)] if any(remarks) else []),
    ]
    rows = [
        [*_row(group, scored), *([remark] if any(remarks) else [])]
        for group, remark in zip(groups, remarks, strict=True)
    ]
    told = [
        "±: standard deviation of one run, over trainings that differ in their seed alone "
        "(n − 1 in the denominator)."
    ]
    table = Table(f"Means over seeds on {where}", columns, rows, [*notes, *told])
    return table.sorted_by("top-1 accuracy %")


def _row(group: Sequence[Measured], scored: bool) -> list[Cell]:
    scores = [one.macro_f1 for one in group if one.macro_f1 is not None]
    return [
        shown_name(group[0].run.architecture, group[0].tta),
        *_mean_and_deviation([one.top1 for one in group]),
        *(_mean_and_deviation(scores) if scored else ()),
        *_mean_and_deviation([one.log_loss for one in group]),
        len(group),
        ", ".join(str(one.seed) for one in group),
    ]


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    return statistics.mean(values), statistics.stdev(values)


def _settings(run: Run) -> dict[str, Any]:
    """Everything that decides a run but its seed, key by key."""
    recorded = ("fingerprint", "limit", "precision")
    facts = {key: run.metrics.get(key) for key in recorded}
    facts["exclusions"] = (run.metrics.get("exclusions") or {}).get("sha256")
    recipe = {key: value for key, value in run.recipe.items() if key != "seed"}
    return configs.flat(recipe) | facts


def _remarks(firsts: Sequence[Measured]) -> list[str]:
    """Of each group's first run: limit, initial weights, and what sets its recipe apart.

    Apart, that is, from the other groups of its architecture and test-time augmentation.
    """
    remarks = []
    for one in firsts:
        rivals = [
            _settings(other.run)
            for other in firsts
            if (other.run.architecture, other.tta) == (one.run.architecture, one.tta)
        ]
        limit = one.run.metrics["limit"]
        words = [f"{limit:,} training faces"] if limit is not None else []
        if left_out := (one.run.metrics.get("exclusions") or {}).get("train", 0):
            words.append(f"trained without {left_out:,} faces")
        words += [one.run.start] if one.run.start else []
        words += ["two views averaged"] if one.tta == "flip" else []
        words += _differences(_settings(one.run), rivals)
        remarks.append(", ".join(words))
    return remarks


def _differences(own: Mapping[str, Any], rivals: Sequence[Mapping[str, Any]]) -> list[str]:
    said = ("limit", "init", "fingerprint", "exclusions")
    keys = sorted({key for rival in rivals for key in rival} - set(said))
    return [
        f"{key} = {own.get(key, _ABSENT)}"
        for key in keys
        if any(rival.get(key, _ABSENT) != own.get(key, _ABSENT) for rival in rivals)
    ]
