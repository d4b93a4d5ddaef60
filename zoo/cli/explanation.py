"""``zoo explain``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo import configs
from zoo.cli.common import (
    FILE,
    FOLDER,
    data_option,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_written,
    show_tables,
    shown_split_option,
    whole_image_option,
)
from zoo.cli.faces import as_shown, named_face
from zoo.cli.methods import given_settings
from zoo.errors import ZooError

if TYPE_CHECKING:
    from zoo.explainers.base import Explanation
    from zoo.explainers.faithfulness.measures import Faithfulness
    from zoo.predictor import Predictor
    from zoo.preprocessing.cropping import FacePhoto


@click.command()
@click.argument("image", required=False, type=FILE)
@click.option("--model", required=True, metavar="MODEL", help="As in zoo evaluate.")
@data_option
@runs_option
@shown_split_option
@whole_image_option
@click.option("--index", type=int, metavar="N", help="Which face of the split, from 0.")
@click.option(
    "--method",
    default="lime",
    show_default=True,
    metavar="NAME",
    help="Or kernel_shap, occlusion; gradcam, integrated_gradients, lrp.",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="CLASS",
    help="Class to explain, or all, or predicted [lime, kernel_shap, occlusion: all].",
)
@click.option("--preset", metavar="NAME", help="LIME as the sources had it: source-ridge, …")
@click.option(
    "--samples",
    metavar="N|auto",
    callback=lambda _context, _option, given: given and configs.assigned(f"samples={given}")[1],
    help="Masked faces to predict [1000]; auto: until another seed would show the same.",
)
@click.option("--features", type=int, help="Superpixels each class's weights may use.")
@click.option("--segmentation", type=click.Choice(["slic", "quickshift", "felzenszwalb"]))
@click.option("--seed", type=int, help="Of what is drawn [0].")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Another setting of the method: composite=epsilon_gamma_box, steps=64, …",
)
@click.option(
    "--faithfulness",
    "measure",
    is_flag=True,
    help="Say how far the map may be believed: deletion, insertion, MuFidelity, other seeds, …",
)
@click.option("--out", type=FOLDER, help="Folder for pictures, npz, json [./MODEL-FACE-METHOD].")
@overwrite_option
def explain(
    image: Path | None,
    model: str,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    whole_image: bool,
    index: int | None,
    method: str,
    targets: tuple[str, ...],
    assignments: tuple[str, ...],
    measure: bool,
    out: Path | None,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Explain what a MODEL sees in an IMAGE, or in a face of a data set.

    An IMAGE much larger than the network's faces is cut to the largest face found in it.
    Without IMAGE, --index says which face of the data set's split. Either is resized to the
    network's faces, and so are the maps.
    """
    import numpy as np

    from zoo import models
    from zoo.explainers import explain as explain_faces
    from zoo.explainers import methods
    from zoo.explainers.files import write_explanation
    from zoo.files import refuse_existing

    if (image is None) == (index is None):
        raise ZooError(
            "name an image file, or a face of the data set with --index: one of the two"
        )
    settings = given_settings(settings, assignments)
    how = methods.method(method)
    how.check(settings)  # what is wrong is said before anything is loaded
    face, face_name, dataset = named_face(image, index, data_name, split)
    resolved = models.resolve(model, models.fingerprint(data_name), runs_or_default(runs_folder))
    click.echo(resolved.chosen)
    folder = out or Path(f"{resolved.name}-{face_name}-{method}")
    refuse_existing(folder, overwrite=overwrite)
    predictor = resolved.load()
    shown = as_shown(predictor, face, dataset, whole_image=whole_image)
    with progress_bar(f"{how.label} of {predictor.name}") as progress:
        (explanation,) = explain_faces(
            predictor, shown.pixels[np.newaxis], method, _targets(targets), progress=progress,
            **settings,
        )  # fmt: skip
    measured = _measured(predictor, explanation) if measure else None
    explanation = replace(explanation, settings={**explanation.settings, **_place(shown)})
    paths = write_explanation(explanation, folder, measured=measured, overwrite=overwrite)
    _say(explanation, measured)
    say_written(paths)


def _say(explanation: Explanation, measured: Faithfulness | None) -> None:
    """All classes by their probability, and what a reader of the map must know."""
    for name, probability in explanation.ranked():
        click.echo(f"{probability:7.2%}  {name}")
    for remark in explanation.remarks:
        click.echo(remark)
    if measured:
        show_tables(measured.table(f"How far to believe the map of {measured.name}"))


def _measured(predictor: Predictor, explanation: Explanation) -> Faithfulness:
    from zoo.explainers.faithfulness.measures import FaithfulnessSettings, faithfulness

    with progress_bar("faithfulness") as progress:
        (measured,) = faithfulness(predictor, [explanation], FaithfulnessSettings(), progress)
    return measured


def _targets(named: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """As `zoo.explain` takes them: ``all`` and ``predicted`` stand alone."""
    return named[0] if len(named) == 1 else named or None


def _place(shown: FacePhoto) -> dict[str, list[int]]:
    """Which part of a photo is explained, as settings; none where it is the whole one."""
    keys = ("photo_rows", "photo_columns")
    return {key: [at.start, at.stop] for key, at in zip(keys, shown.place or (), strict=False)}
