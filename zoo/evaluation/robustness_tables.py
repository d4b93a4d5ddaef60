"""What is told of robustness: tables, rows for a csv, plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.evaluation.robustness import SEVERITIES, share_with_interval
from zoo.preprocessing.perturbations import PERTURBATIONS
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.evaluation.robustness import Robustness
    from zoo.tables import Cell


def robustness_tables(
    measured: Sequence[Robustness], where: str, notes: Sequence[str] = ()
) -> list[Table]:
    """The models side by side, and one table per model of every perturbation and strength.

    Args:
        measured: models on the same faces.
        where: data set, split and n, for the titles.
        notes: what must be said of all the numbers.
    """
    count = len(measured[0].perturbations)
    columns = (
        Column("model"),
        Column("top-1 of faces as they are %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("mean of spoiled faces %", percent=True),
        Column("low", percent=True),
        Column("high", percent=True),
        Column("kept %", percent=True, digits=1),
        Column("hurt most by"),
    )
    told = [
        *notes,
        f"mean of spoiled faces: over {count} perturbations in {len(SEVERITIES)} strengths, "
        "Student's 95 % interval over faces; kept: its share of the accuracy on clean faces.",
    ]
    summary = Table(f"Robustness on {where}", columns, [_row(one) for one in measured], told)
    by_mean = summary.sorted_by("mean of spoiled faces %")
    return [by_mean, *(_strengths_table(one, where, notes) for one in measured)]


def _row(one: Robustness) -> list[Cell]:
    clean, mean = share_with_interval(one.clean), one.mean()
    worst = min(range(len(one.perturbations)), key=lambda place: one.mean(place)[0])
    kept = mean[0] / clean[0] if clean[0] else None
    return [one.name, *clean, *mean, kept, one.perturbations[worst]]


def _strengths_table(one: Robustness, where: str, notes: Sequence[str]) -> Table:
    columns = (
        Column("top-1 % under"),
        Column("strengths"),
        *(Column(str(severity), percent=True) for severity in SEVERITIES),
        Column("mean", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
    )
    rows: list[list[Cell]] = []
    for place, name in enumerate(one.perturbations):
        accuracies = [one.accuracy(place, strength)[0] for strength in range(len(SEVERITIES))]
        rows.append([name, strengths_text(name), *accuracies, *one.mean(place)])
    return Table(f"{one.name}, spoiled faces, {where}", columns, rows, notes)


def strengths_text(name: str) -> str:
    """The five strengths of a perturbation with their unit: ``50, 30, 20, 12, 6 (quality)``."""
    perturbation = PERTURBATIONS[name]
    values = ", ".join(f"{strength:g}" for strength in perturbation.strengths)
    return f"{values} ({perturbation.unit})"


def every_accuracy(measured: Sequence[Robustness], chose: Mapping[str, str]) -> Table:
    """One row per model, perturbation and strength, strength 0 for faces as they are; for csv.

    Args:
        measured: models on the same faces.
        chose: by model, what the split chose of it (`zoo.evaluation.guard.split_chose`).
    """
    columns = (
        Column("model"),
        Column("perturbation"),
        Column("severity"),
        Column("strength"),
        Column("unit"),
        Column("n"),
        Column("right"),
        Column("top-1 accuracy %", percent=True),
        Column("95 % low", percent=True),
        Column("95 % high", percent=True),
        Column("split chose"),
    )
    rows: list[list[Cell]] = []
    for one in measured:
        n, right = len(one.clean), int(one.clean.sum())
        rows.append([one.name, "none", 0, 0, "", n, right, *share_with_interval(one.clean)])
        rows[-1].append(chose[one.name])
        for place, name in enumerate(one.perturbations):
            known = PERTURBATIONS[name]
            rows += [
                [
                    one.name, name, severity, known.strengths[severity - 1], known.unit, n,
                    int(one.spoiled[place, severity - 1].sum()),
                    *one.accuracy(place, severity - 1), chose[one.name],
                ]
                for severity in SEVERITIES
            ]  # fmt: skip
    return Table("", columns, rows)


def robustness_json(measured: Sequence[Robustness]) -> list[dict[str, Any]]:
    """All of it as plain data, shares as fractions: one table per model."""
    ends = ("accuracy", "low", "high")

    def told(numbers: tuple[float, float, float]) -> dict[str, float]:
        return dict(zip(ends, numbers, strict=True))

    return [
        {
            "model": one.name,
            "clean": told(share_with_interval(one.clean)),
            "mean": told(one.mean()),
            "perturbations": {
                name: {
                    "unit": PERTURBATIONS[name].unit,
                    "strengths": PERTURBATIONS[name].strengths,
                    "mean": told(one.mean(place)),
                    "by strength": [
                        told(one.accuracy(place, strength)) for strength in range(len(SEVERITIES))
                    ],
                }
                for place, name in enumerate(one.perturbations)
            },
        }
        for one in measured
    ]
