"""``zoo gallery`` and ``zoo atlas``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zoo.cli.common import (
    FOLDER,
    data_option,
    dataset_or_only,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_aside,
    say_written,
    seed_option,
    shown_split_option,
)
from zoo.cli.methods import named_methods, set_option
from zoo.errors import ZooError

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.dataset import Dataset
    from zoo.explainers.gallery import Gallery, Wing
    from zoo.predictions import Predictions
    from zoo.predictor import Predictor


@click.command()
@click.argument("name", metavar="MODEL")
@data_option
@runs_option
@shown_split_option
@click.option("--per-class", type=click.IntRange(1, 20), default=4, show_default=True)
@click.option("--wrong", is_flag=True, help="Only what the model gets wrong.")
@click.option("--method", default="lime", show_default=True, metavar="NAME")
@set_option
@click.option(
    "--faithfulness",
    "ask",
    is_flag=True,
    help="Gains in deletion and insertion beside every map; where a method has no number, always.",
)
@seed_option("Draws the faces.")
@click.option("--out", type=FOLDER, help="[./MODEL-gallery-DATA-METHOD]")
@overwrite_option
def gallery(
    name: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    per_class: int,
    wrong: bool,
    method: str,
    assignments: tuple[str, ...],
    ask: bool,
    seed: int,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Show what a MODEL gets right and wrong in each class: faces, probabilities, maps."""
    from zoo import models
    from zoo.evaluation.notes import unknown_classes_notes
    from zoo.explainers import methods
    from zoo.explainers.gallery import Gallery
    from zoo.files import refuse_existing
    from zoo.reports.gallery import write_gallery_page

    how = methods.method(method)
    settings = named_methods(how.name, assignments)[how.name]
    dataset = dataset_or_only(data_name, split)
    model = models.resolve(name, dataset.fingerprint, runs_or_default(runs_folder))
    click.echo(model.chosen)
    folder = out or Path(f"{model.name}-gallery-{dataset.name}-{method}")
    refuse_existing(folder, overwrite=overwrite)
    wanted = Gallery(
        split=split, per_class=per_class, only_wrong=wrong, method=method, settings=settings,
        seed=seed, ask=ask,
    )  # fmt: skip
    predictions, predictor = model.predictions(dataset, split, say_aside), model.load()
    notes = unknown_classes_notes(predictions)
    for note in notes:
        click.echo(note)
    wings = _wings(predictor, predictions, dataset, wanted)
    where = f"{dataset.name}, {split}"
    paths = write_gallery_page(
        wings, predictor, where, wanted, folder, notes=notes, overwrite=overwrite
    )
    say_written(paths)


def _wings(
    predictor: Predictor, predictions: Predictions, dataset: Dataset, gallery: Gallery
) -> list[Wing]:
    """The faces that are shown, with their maps; refused where there are none."""
    from zoo import models
    from zoo.explainers.gallery import gallery_of
    from zoo.explainers.methods import METHODS

    split = gallery.split
    if not len(predictions):
        raise ZooError(
            f"nothing to show: {split} of {dataset.name!r} has no face of a class that "
            f"{predictor.name} knows: name another --split or --data"
        )
    places = predictions.places(dataset)

    def faces_at(rows: np.ndarray) -> np.ndarray:
        return models.faces_shown(dataset, split, places[rows], predictor)

    with progress_bar(f"{METHODS[gallery.method].label} of {predictor.name}") as progress:
        wings = gallery_of(predictor, predictions, faces_at, gallery, progress)
    if not wings:
        raise ZooError(
            f"nothing to show: no face of {split} of {dataset.name!r} is wrong: leave out --wrong"
        )
    return wings


@click.command()
@click.argument("name", metavar="MODEL")
@data_option
@runs_option
@shown_split_option
@click.option("--faces", "count", type=click.IntRange(1), default=300, show_default=True)
@click.option("--methods", default="lrp", show_default=True, metavar="A,B,C")
@set_option
@seed_option("Draws the faces.")
@click.option("--out", type=FOLDER, help="[./MODEL-atlas-DATA]")
@overwrite_option
def atlas(
    name: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    count: int,
    methods: str,
    assignments: tuple[str, ...],
    seed: int,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Show what a MODEL looks at to say each class: mean maps over many faces."""
    from zoo import models
    from zoo.explainers.atlas import atlas_of
    from zoo.explainers.methods import METHODS
    from zoo.files import refuse_existing
    from zoo.reports.atlas import write_atlas_page

    chosen = named_methods(methods, assignments)
    dataset = dataset_or_only(data_name, split)
    model = models.resolve(name, dataset.fingerprint, runs_or_default(runs_folder))
    model.check_classes(dataset)
    click.echo(model.chosen)
    folder = out or Path(f"{model.name}-atlas-{dataset.name}")
    refuse_existing(folder, overwrite=overwrite)
    predictor, shown = model.load(), dataset.split(split)
    faces, rows = models.some_faces_shown(dataset, split, count, seed, predictor)
    atlases = {}
    for method, settings in chosen.items():
        with progress_bar(f"{METHODS[method].label} of {predictor.name}") as progress:
            atlases[method] = atlas_of(
                predictor, faces, shown.labels[rows], shown.ids[rows], method, settings, progress
            )
    where = f"{len(rows):,} of {len(shown):,} faces of {dataset.name}, {split}"
    say_written(write_atlas_page(atlases, where, folder, overwrite=overwrite))
