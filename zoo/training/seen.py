"""Which faces a run has seen: its own, and those of the runs that its weights come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.seen_faces import SeenFaces
from zoo.runs import run_of
from zoo.training.chosen import recorded_choice

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.dataset import Dataset
    from zoo.runs import Run

_FACELESS = ("none", "imagenet")
"""What a training may start from that has seen no data set's faces."""


def remember_faces(run: Run, dataset: Dataset, chosen: np.ndarray) -> None:
    """Write what a training is about to see, and what its first weights have seen.

    Done when it starts, while the run it starts from is there; not again when it is resumed.

    Args:
        run: that is to be trained.
        dataset: what on.
        chosen: positions of the training faces it is trained on.

    Raises:
        ZooError: what the run it starts from has seen is damaged.
    """
    if not run.seen_faces_file.is_file():
        seen = SeenFaces.of(dataset, chosen).joined(_first_weights(run, dataset))
        seen.write(run.seen_faces_file)


def faces_seen_by(run: Run, dataset: Dataset | None) -> SeenFaces | None:
    """What a run has seen, by its file or, in an older run, by the data set it was trained on.

    Args:
        run: finished or not.
        dataset: what it was trained on, where that is at hand.

    Returns:
        None where neither tells.

    Raises:
        ZooError: what the run says is damaged.
    """
    if run.seen_faces_file.is_file():
        return SeenFaces.read(run.seen_faces_file, complete=_starts_without_faces(run))
    if dataset is None or {"train", "validation"} - dataset.splits.keys():
        return None
    seen = SeenFaces.of(dataset, recorded_choice(run, dataset))
    return seen.joined(_first_weights(run, dataset))


def _first_weights(run: Run, dataset: Dataset) -> SeenFaces:
    """What the weights that a run on `dataset` starts from have seen."""
    file = run.environment.get("init_file")
    earlier = run_of(Path(file)) if file else None
    if earlier is None:
        return SeenFaces.none(complete=_starts_without_faces(run))
    if tuple(earlier.environment["face_shape"]) != dataset.face_shape:
        return SeenFaces.none(complete=False)  # hashes of other pixels
    same = earlier.environment["fingerprint"] == dataset.fingerprint
    return faces_seen_by(earlier, dataset if same else None) or SeenFaces.none(complete=False)


def _starts_without_faces(run: Run) -> bool:
    return run.recipe.get("init", "none") in _FACELESS
