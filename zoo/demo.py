"""The zoo's main job on drawn faces: train, compare, average, explain; one report at the end."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from zoo import home, models
from zoo.data.drawn import drawn_dataset
from zoo.evaluation.compare import compare_models
from zoo.evaluation.evaluate import evaluate_ensemble, evaluate_model
from zoo.evaluation.pictures import comparison_figure
from zoo.explainers import explain
from zoo.explainers.files import write_explanation
from zoo.files import refuse_taken
from zoo.reports.description import write_description
from zoo.reports.page import Picture, Section, write_page
from zoo.training.recipes import load_recipe
from zoo.training.trainer import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.models import Model
    from zoo.tables import Table

EPOCHS = {"cpcpcpfff": 12, "ccpccpccpff": 7, "ccpccpccpff_avg": 10}
"""The architectures, and the epochs that fit four minutes on two cores together."""

EXPLAINED = 0
"""Which validation face is explained: fixed beforehand, not picked for its looks."""

SPLIT = "validation"


def run_demo(
    out: Path | None, *, say: Callable[[str], None], show: Callable[[Table], None]
) -> Path:
    """Train three small architectures on drawn faces and report on them.

    Args:
        out: a new folder for runs and report; by default one below ``$ZOO_HOME/demo``.
        say: prints a line.
        show: prints a table.

    Returns:
        The report, one self-contained HTML page.
    """
    started = time.monotonic()
    moment = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    folder = out or home.demo_folder() / moment
    refuse_taken(folder)
    say("drawing faces …")
    dataset = drawn_dataset()
    runs = folder / "runs"
    for name, epochs in EPOCHS.items():
        recipe = load_recipe(name, overrides={"epochs": epochs})
        train(recipe, dataset, runs=runs)
    ensemble = models.ensemble_of(list(EPOCHS), dataset.fingerprint, runs)
    sections = [
        _faces(dataset, folder / "faces"),
        _training(ensemble),
        _comparison(dataset, runs, folder, show),
        _ensemble(ensemble, dataset, runs, folder / "ensemble", show),
        _explanation(ensemble, dataset, folder / "lime", say),
    ]
    minutes = (time.monotonic() - started) / 60
    opening = Section(
        "What this is",
        [
            "Three small architectures trained on drawn faces, compared, averaged and explained "
            f"by zoo demo in {minutes:.1f} minutes on this machine. With faces of people, the "
            "same commands do the same: zoo data add, zoo train, zoo compare, zoo ensemble "
            "evaluate, zoo explain.",
            "All accuracies are on the validation split, which also chose each network's epoch, "
            "so they are optimistic. No test face was read.",
        ],
    )
    report = folder / "report.html"
    write_page(report, "zoo demo: seven emotions on drawn faces", [opening, *sections])
    return report


def _faces(dataset: Dataset, folder: Path) -> Section:
    (table, *_), (_, distribution, sheet, *_) = write_description(dataset, folder)
    return Section(
        "The faces",
        [
            table,
            Picture(sheet, "Faces of each class, with everything that makes them hard.", "Faces"),
            Picture(distribution, "Faces per class and split.", "Bars of faces per class"),
        ],
    )


def _training(ensemble: Model) -> Section:
    return Section(
        "Training",
        [
            Picture(
                run.folder / "figures" / "history.png",
                f"{run.architecture}: {run.metrics['epochs']} epochs in "
                f"{run.metrics['train_seconds']:.0f} s, "
                f"{run.metrics['faces_per_second']:,.0f} faces a second.",
                f"Loss and accuracy of {run.architecture} by epoch",
            )
            for run in ensemble.runs
        ],
    )


def _comparison(
    dataset: Dataset, runs: Path, folder: Path, show: Callable[[Table], None]
) -> Section:
    picture = folder / "accuracy.png"
    compared = compare_models(list(EPOCHS), dataset, runs, SPLIT)
    comparison_figure(compared.entries, picture, data_name=dataset.name)
    show(compared.table)
    caption = "Top-1 accuracy with 95 % interval."
    return Section(
        "Comparison", [compared.table, Picture(picture, caption, "Accuracies of the networks")]
    )


def _ensemble(
    ensemble: Model, dataset: Dataset, runs: Path, folder: Path, show: Callable[[Table], None]
) -> Section:
    tables, files = evaluate_ensemble(ensemble, dataset, SPLIT, runs=runs, out=folder / "members")
    for table in tables:
        show(table)
    per_class, measured = evaluate_model(
        ensemble, dataset, SPLIT, runs=runs, out=folder / "average"
    )
    captions = {
        "members": "Top-1 accuracy of the members and of their average, with 95 % interval.",
        "disagreement": "How often two members answer differently.",
        "confusion": "What the ensemble takes for what, as counts and as shares of each class.",
    }
    pictures = [
        Picture(path, captions[kind], f"{kind} of the ensemble")
        for path in [*files, *measured]
        for kind in captions
        if path.name == f"{SPLIT}-{kind}.png"
    ]
    reading = (
        "Averaging pays among members of similar accuracy that err on different faces; a weak "
        "member can cost the average more than it brings. The second table says which it was here."
    )
    return Section("Ensemble", [reading, *tables, *per_class[1:], *pictures])


def _explanation(
    ensemble: Model, dataset: Dataset, folder: Path, say: Callable[[str], None]
) -> Section:
    faces = dataset.split(SPLIT)
    say(f"explaining {faces.ids[EXPLAINED]} by LIME of the ensemble …")
    (explanation,) = explain(ensemble.load(), faces.faces[EXPLAINED : EXPLAINED + 1])
    panels, classes, heatmap, bars, *_ = write_explanation(explanation, folder)
    label = dataset.classes[faces.labels[EXPLAINED]]
    return Section(
        "Explanation",
        [
            f"Face {faces.ids[EXPLAINED]} of the {SPLIT} split is labelled {label}. LIME hides "
            "superpixels at random, asks the ensemble for its probabilities each time, and fits "
            "a linear model per class.",
            Picture(panels, "What speaks for and against the most probable class.", "LIME"),
            Picture(classes, "One panel per class, each from its own weights.", "LIME by class"),
            Picture(heatmap, "The weights of the most probable class.", "Heat map of weights"),
            Picture(bars, "The ensemble's probabilities.", "Bars of probabilities"),
        ],
    )
