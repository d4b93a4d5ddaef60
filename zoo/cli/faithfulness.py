"""``zoo faithfulness``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.common import (
    FILE,
    data_option,
    dataset_or_only,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_written,
    seed_option,
    show_tables,
    shown_split_option,
)
from zoo.cli.methods import named_methods, set_option

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.explainers.faithfulness.study import Study
    from zoo.predictor import Predictor


@click.command()
@click.argument("names", metavar="MODELS...", nargs=-1, required=True)
@data_option
@runs_option
@shown_split_option
@click.option("--methods", metavar="A,B,C", help="Of zoo explain --method [all].")
@click.option("--faces", "count", type=click.IntRange(2), default=50, show_default=True)
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Of methods that draw."
)
@seed_option("Draws the faces.")
@set_option
@click.option("--out", type=FILE, metavar="FILE.md", help="[./faithfulness.md]")
@overwrite_option
def faithfulness(
    names: tuple[str, ...],
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    methods: str | None,
    count: int,
    seeds: int,
    seed: int,
    assignments: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
) -> None:
    """Say how far each method's maps of each of the MODELS may be believed.

    On drawn faces (--data drawn), where what carries an emotion is known, maps are held against
    that, too. The page keeps its sections of other data sets. After Ctrl-C it gets the rows that
    were done, unless it has a section of this data set already.
    """
    from zoo import models
    from zoo.explainers.faithfulness.study import measure_models
    from zoo.explainers.faithfulness.tables import faithfulness_tables
    from zoo.reports.faithfulness import check_page, write_faithfulness

    dataset, runs = dataset_or_only(data_name, split), runs_or_default(runs_folder)
    path = out or Path("faithfulness.md")
    there = check_page(path, dataset.name, overwrite=overwrite)
    chosen = named_methods(methods, assignments)
    found = [models.resolve(name, dataset.fingerprint, runs) for name in names]
    for model in found:
        model.check_classes(dataset)
        click.echo(model.chosen, err=True)
    predictors = [model.load() for model in found]
    study = _study(dataset, split, count, seed, seeds, chosen, predictors[0])
    with progress_bar("faithfulness, ‰") as progress:
        findings = measure_models(predictors, study, progress=progress)
    tables = faithfulness_tables(findings)
    show_tables(*tables)
    if findings.interrupted and dataset.name in there:  # a part does not replace the whole
        raise KeyboardInterrupt
    command = ["zoo faithfulness", *names, f"--data {dataset.name} --split {split}"]
    command += [f"--faces {count} --seeds {seeds} --seed {seed}"]
    command += [f"--methods {methods}"] if methods else []
    command += [f"--set {one}" for one in assignments]
    write_faithfulness(
        path, dataset.name, tables, " ".join(command), [model.chosen for model in found],
        overwrite=overwrite,
    )  # fmt: skip
    say_written([path])
    if findings.interrupted:
        raise KeyboardInterrupt


def _study(
    dataset: Dataset,
    split: str,
    count: int,
    seed: int,
    seeds: int,
    methods: dict[str, dict[str, Any]],
    predictor: Predictor,
) -> Study:
    """Faces drawn by the seed, with the truth about them where they are drawn ones."""
    from zoo import models
    from zoo.data import drawn
    from zoo.explainers.faithfulness.measures import FaithfulnessSettings
    from zoo.explainers.faithfulness.study import Study

    faces, rows = models.some_faces_shown(dataset, split, count, seed, predictor)
    truth = drawn.drawn_masks(dataset, split)[rows] if drawn.is_drawn(dataset) else None
    return Study(
        faces=faces,
        labels=dataset.split(split).labels[rows],
        where=f"{len(faces)} faces of {dataset.name}, {split}",
        truth=truth,
        methods=tuple(methods),
        method_settings=methods,
        settings=FaithfulnessSettings(seeds=seeds, seed=seed),
    )
