"""What comes with the package, beside what the recipes and the README say of it."""

from pathlib import Path

import numpy as np
import pytest

from zoo import configs
from zoo.models import packaged_ensemble
from zoo.runs import Run
from zoo.training.recipes import load_recipe, recipe_of
from zoo.weights import shipped_runs
from zoo.weights.manifest import read_manifest

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def runs(package) -> list[Run]:
    found, entries = shipped_runs(), read_manifest().entries
    assert [run.architecture for run in found] == [entry.architecture for entry in entries]
    assert found
    return found


OTHERWISE = {
    "vgg16": {
        "preset": "scratch",
        "overrides": {
            "network.dropout_scale": 0.0, "epochs": 16, "optimizer.learning_rate": 4e-4,
        },
    }
}  # fmt: skip
"""What trained shipped weights where it was not their architecture's recipe; its TOML says it."""


def test_each_recipe_is_the_one_that_its_shipped_weights_were_trained_by(runs):
    for run in runs:
        trained, otherwise = recipe_of(run), OTHERWISE.get(run.architecture, {})
        # What it started from may lie elsewhere here; the card tells what it was.
        settings = [f"init={trained.init}"]
        assert load_recipe(run.architecture, settings=settings, **otherwise) == trained


def test_each_run_says_in_both_its_files_what_it_was_trained_in(runs):
    for run in runs:
        assert run.environment["precision"] == run.metrics["precision"], run.folder


def test_each_recipe_opens_with_its_command_and_what_it_took_and_reached(runs):
    for run in runs:
        text = configs.architecture_files()[run.architecture].read_text(encoding="utf-8")
        command, _, opening = text.split("\n\n")[0].replace("\n# ", " ").partition("\n# ")
        assert command == f"# zoo train {run.architecture}"
        for measured in (run.metrics["validation"], run.metrics["unseen"]):
            assert f"{measured['top1'] * 100:.2f} % (n = {measured['n']:,})" in opening, run.folder
        minutes = run.metrics["train_seconds"] / 60
        took = f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
        assert f", in {run.metrics['precision']}: {took}. " in opening, run.folder
        assert run.environment["machine"]["processor"] in opening, run.folder


def test_the_readme_tells_the_numbers_of_the_shipped_runs_and_of_their_ensemble(runs):
    table = README.read_text(encoding="utf-8").split("## Accuracies")[1].split("\n## ")[0]
    lines = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("|")]
    headings, _, *rows = [[cell.strip("` ") for cell in line] for line in lines]
    told = {row[0]: dict(zip(headings, row, strict=True)) for row in rows}
    assert told.keys() == {*(run.architecture for run in runs), "ensemble"}
    for run in runs:
        row, metrics = told[run.architecture], run.metrics
        assert row["top-1 accuracy %"] == f"{100 * metrics['validation']['top1']:.2f}"
        assert row["unseen top-1 %"] == f"{100 * metrics['unseen']['top1']:.2f}"
        assert row["log-loss"] == f"{metrics['validation']['log_loss']:.4f}"
        assert row["parameters"] == f"{metrics['parameters']:,}"
        assert row["training min"] == f"{metrics['train_seconds'] / 60:.1f}"
    saved = [run.predictions("validation") for run in packaged_ensemble().runs]
    mean = np.mean([one.probabilities.astype(float) for one in saved], axis=0)
    right, unseen = mean.argmax(axis=1) == saved[0].labels, ~saved[0].seen
    assert told["ensemble"]["top-1 accuracy %"] == f"{100 * right.mean():.2f}"
    assert told["ensemble"]["unseen top-1 %"] == f"{100 * right[unseen].mean():.2f}"
