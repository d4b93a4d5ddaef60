"""``zoo visualize``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli.common import (
    FILE,
    FOLDER,
    data_option,
    overwrite_option,
    progress_bar,
    runs_option,
    runs_or_default,
    say_written,
    shown_split_option,
    whole_image_option,
)
from zoo.cli.faces import as_shown, named_face
from zoo.cli.methods import given_settings
from zoo.errors import ZooError


@click.command()
@click.argument("model")
@click.option("--image", type=FILE, help="Whose feature maps are shown [a drawn face].")
@click.option("--index", type=int, metavar="N", help="A face of the split instead, from 0.")
@data_option
@runs_option
@shown_split_option
@whole_image_option
@click.option("--layer", metavar="NAME", help="Whose channels are shown [Grad-CAM's].")
@click.option(
    "--channels", metavar="N,N,…", help="Which, from 0 [those that the face excites most]."
)
@click.option("--steps", type=int, help="Of gradient ascent [128].")
@click.option("--seed", type=int, help="Of its start and jitter [0].")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Another setting of the ascent: learning_rate, jitter, blur, decay, noise.",
)
@click.option("--out", type=FOLDER, help="Folder for pictures, npz, json [./MODEL-visualization].")
@overwrite_option
def visualize(
    model: str,
    image: Path | None,
    index: int | None,
    data_name: str | None,
    runs_folder: Path | None,
    split: str,
    whole_image: bool,
    layer: str | None,
    channels: str | None,
    assignments: tuple[str, ...],
    out: Path | None,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Show what the network of a MODEL has learned.

    Its first filters, the feature maps of a face by depth, and the pictures that raise its classes
    and the channels of a layer. Of an ensemble, each member in a folder of its own.
    """
    from zoo import models
    from zoo.backend import import_keras
    from zoo.files import refuse_existing

    if image and index is not None:
        raise ZooError("name an image file with --image, or a face with --index: one of the two")
    numbers = _numbers(channels)
    resolved = models.resolve(model, models.fingerprint(data_name), runs_or_default(runs_folder))
    click.echo(resolved.chosen)
    folder = out or Path(f"{resolved.name}-visualization")
    refuse_existing(folder, overwrite=overwrite)
    import_keras()
    from zoo.visualization import DRAWN, ascent_settings
    from zoo.visualization import visualize as see
    from zoo.visualization.activation_maximization import check_channels
    from zoo.visualization.files import write_visualization

    ascent = ascent_settings(**given_settings(settings, assignments))
    predictor = resolved.load()
    face, face_name = None, DRAWN
    if image or index is not None:
        photo, face_name, dataset = named_face(image, index, data_name, split)
        face = as_shown(predictor, photo, dataset, whole_image=whole_image).pixels
    for member in predictor.members:  # all of them, before the first is long looked into
        check_channels(member.network, layer, numbers or ())
    for member in predictor.members:
        with progress_bar(f"activation maximisation of {member.name}") as progress:
            seen = see(
                member, face, face_name=face_name, layer=layer, channels=numbers, settings=ascent,
                progress=progress,
            )  # fmt: skip
        own = folder / member.name if resolved.is_ensemble else folder
        say_written(write_visualization(seen, own, overwrite=overwrite))


def _numbers(channels: str | None) -> list[int] | None:
    """``0,5,9`` as numbers."""
    if channels is None:
        return None
    try:
        return [int(number) for number in channels.split(",")]
    except ValueError:
        raise ZooError(
            f"--channels {channels}: expected numbers with commas between them: 0,5,9"
        ) from None
