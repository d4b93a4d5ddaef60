"""A comparison of models as one page: tables to sort, tests, and every picture."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.evaluation.paired_matrix import LARGEST
from zoo.evaluation.pictures import COSTS, comparison_figure, cost_figure, per_class_figure
from zoo.files import refuse_existing
from zoo.reports.page import Picture, Section, write_page

if TYPE_CHECKING:
    from zoo.evaluation.compare import Comparison
    from zoo.tables import Table

_READING = (
    "Every number here is measured on the faces, of the split, that the heading names, from saved "
    "probabilities. Models stand on one page only where they were measured on the same faces with "
    "the same classes in the same order.",
    "top-1: the share of faces whose label has the largest probability; top-2: is among the two "
    "largest. macro-F1 and balanced accuracy: the mean over classes of F1 and of recall. "
    "log-loss: in nats. Brier: 0–2. ECE: expected calibration error over 15 bins. 95 %: Wilson's "
    "interval, and beside it the percentile bootstrap's over 10,000 draws of the faces.",
    "split chose: what the numbers' split decided about the model. Where it chose the epoch, the "
    "numbers are optimistic.",
    "multiply-adds: of convolutions and dense layers, per face. MB: of the file of weights: "
    "float16 as shipped, float32 as trained here. Two views of a face cost twice; an ensemble "
    "costs what its members cost together.",
)


def write_comparison(path: Path, compared: Comparison, *, overwrite: bool = False) -> None:
    """Write a page that holds all of a comparison: nothing else is needed to read it.

    Args:
        path: where it goes.
        compared: the models.
        overwrite: whether an existing file may be replaced.

    Raises:
        ZooError: `path` exists and `overwrite` is false.
    """
    refuse_existing(path, overwrite=overwrite)
    with tempfile.TemporaryDirectory() as folder:
        sections = [
            Section("Models", [compared.table]),
            Section("Accuracy", [_accuracy(compared, Path(folder))]),
            *_differences(compared),
            *_costs(compared, Path(folder)),
            Section("Classes", [_classes(compared, Path(folder)), compared.per_class()]),
            *([Section("Seeds", [compared.seeds])] if compared.seeds else []),
            Section("How to read this", list(_READING)),
        ]
        title = compared.table.title
        write_page(path, title, sections, contents=True, sortable=True, overwrite=overwrite)


def _differences(compared: Comparison) -> list[Section]:
    if not 1 < len(compared.entries) <= LARGEST:
        return []
    paired: Table | None = compared.paired()
    return [Section("Differences", [paired])] if paired else []


def _accuracy(compared: Comparison, folder: Path) -> Picture:
    path = folder / "accuracy.png"
    comparison_figure(
        compared.entries, path, data_name=compared.data_name, test_readings=compared.test_readings
    )
    caption = "Top-1 accuracy with Wilson's 95 % interval; hollow: see the remarks."
    return Picture(path, caption, f"Accuracies: {compared.table.title}")


def _costs(compared: Comparison, folder: Path) -> list[Section]:
    """Accuracy against each cost that is known of two models at least."""
    pictures = []
    for cost, (attribute, _, label) in COSTS.items():
        known = [entry for entry in compared.entries if getattr(entry.costs, attribute)]
        if len(known) < 2:
            continue
        path = folder / f"{cost}.png"
        cost_figure(
            compared.entries, path, cost=cost, data_name=compared.data_name,
            test_readings=compared.test_readings,
        )  # fmt: skip
        caption = f"Top-1 accuracy against {label}. Orange: no model is as cheap and as accurate."
        pictures.append(Picture(path, caption, f"Accuracy against {label}"))
    return [Section("Accuracy against cost", pictures)] if pictures else []


def _classes(compared: Comparison, folder: Path) -> Picture:
    path = folder / "classes.png"
    per_class_figure(
        compared.entries, path, data_name=compared.data_name, test_readings=compared.test_readings
    )
    caption = "F1 of each class with the bootstrap's 95 % interval, for the best models."
    return Picture(path, caption, "F1 per class and model")
