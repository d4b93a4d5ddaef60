"""What comes with the package, beside what the recipes and the README say of it."""

from pathlib import Path

import pytest

from zoo import configs
from zoo.runs import Run
from zoo.training.recipes import load_recipe, recipe_of
from zoo.weights import shipped_runs
from zoo.weights.manifest import read_manifest

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def runs(package) -> list[Run]:
    return shipped_runs()


def test_each_recipe_is_the_one_that_its_shipped_weights_were_trained_by(runs):
    for run in runs:
        trained = recipe_of(run)
        # What it started from may lie elsewhere here; the card tells what it was.
        assert load_recipe(run.architecture, settings=[f"init={trained.init}"]) == trained


def test_each_recipe_opens_with_what_it_reached(runs):
    for run in runs:
        text = configs.architecture_files()[run.architecture].read_text(encoding="utf-8")
        opening = text.split("\n\n")[0].replace("\n# ", " ")
        for measured in (run.metrics["validation"], run.metrics["unseen"]):
            assert f"{measured['top1'] * 100:.2f} % (n = {measured['n']:,})" in opening, run.folder


def test_the_readme_tells_the_accuracies_of_the_manifest(package):
    table = README.read_text(encoding="utf-8").split("## Accuracies")[1].split("\n## ")[0]
    rows = [[cell.strip("` ") for cell in line.split("|")] for line in table.splitlines()]
    for entry in read_manifest().entries:
        (row,) = (row for row in rows if row[1:2] == [entry.architecture])
        assert f"{entry.validation.top1 * 100:.2f}" in row
        assert f"{entry.unseen.top1 * 100:.2f}" in row
