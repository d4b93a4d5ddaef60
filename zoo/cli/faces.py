"""The face that a user names, and what a model is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.common import dataset_or_only
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.dataset import Dataset
    from zoo.predictor import Predictor
    from zoo.preprocessing.cropping import FacePhoto


def named_face(
    image: Path | None, index: int | None, data_name: str | None, split: str
) -> tuple[Any, str, Dataset | None]:
    """An image file, else a face of a data set's split, whose label is printed.

    Returns:
        Its pixels, what to call it, and the data set, where it is from one.
    """
    if image:
        from zoo.data.images import read_image

        return read_image(image), image.stem, None
    dataset = dataset_or_only(data_name)
    faces = dataset.split(split)
    if index is None or not 0 <= index < len(faces):
        raise ZooError(f"--index {index}: {split} of {dataset.name!r} has 0 to {len(faces) - 1}")
    label = dataset.classes[faces.labels[index]]
    click.echo(f"{faces.ids[index]}, labelled {label}")
    return faces.faces[index], f"{dataset.name}-{split}-{index}", dataset


def as_shown(
    predictor: Predictor, face: Any, dataset: Dataset | None, *, whole_image: bool
) -> FacePhoto:
    """What the predictor is shown of a `named_face`; it is said where it is a part of a photo.

    Whatever its size was, it has that of the first network's faces.
    """
    from zoo import models
    from zoo.preprocessing.cropping import shown_to

    shape = models.face_shape(predictor)
    whole_image = whole_image or bool(dataset and not models.holds_photos(dataset, shape))
    shown = shown_to(shape, face, whole_image=whole_image)
    if shown.remark:
        click.echo(shown.remark)
    return shown
