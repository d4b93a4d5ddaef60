"""Which classes are explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np

from zoo.errors import ZooError, unknown

ALL = "all"
PREDICTED = "predicted"

Targets = str | int | Sequence[int | str] | np.ndarray
"""`ALL` the classes, the one `PREDICTED` of each face, one or some by name or position; or each
face its own, an (N, L) array of positions."""


def check_targets(classes: Sequence[str], targets: Targets, faces: int) -> None:
    """Refuse what `targets_of_faces` could not give, before anything is predicted.

    Args:
        classes: the K of the predictor.
        targets: what is asked for.
        faces: of how many faces.

    Raises:
        ZooError: a class is not known, none is named, or an array has not a row for each face.
    """
    if isinstance(targets, str) and targets == PREDICTED:
        return
    if of_each_face(targets) and len(targets) != faces:
        raise ZooError(
            f"targets of shape {targets.shape} for {faces} faces: expected a row for each face"
        )
    _positions(classes, targets.ravel() if of_each_face(targets) else targets)


def targets_of_faces(
    classes: Sequence[str], targets: Targets, probabilities: np.ndarray
) -> np.ndarray:
    """The positions of the classes to explain of each face.

    Args:
        classes: the K of the predictor.
        targets: the same for every face, but for `PREDICTED` and an (N, L) array.
        probabilities: (N, K), the predictor's.

    Returns:
        (N, L) int64, each row in the order asked for.

    Raises:
        ZooError: a class is not known, or none is named.
    """
    if isinstance(targets, str) and targets == PREDICTED:
        return probabilities.argmax(axis=1)[:, np.newaxis]
    if of_each_face(targets):
        return _positions(classes, targets.ravel()).reshape(len(probabilities), -1)
    positions = _positions(classes, targets)
    return np.broadcast_to(positions, (len(probabilities), len(positions)))


def of_each_face(targets: Targets) -> TypeGuard[np.ndarray]:
    """Whether each face has targets of its own, an (N, L) array."""
    return isinstance(targets, np.ndarray) and targets.ndim == 2


def _positions(classes: Sequence[str], targets: Targets) -> np.ndarray:
    if isinstance(targets, str):
        targets = range(len(classes)) if targets == ALL else [targets]
    if isinstance(targets, int | np.integer):
        targets = [int(targets)]
    if not len(targets):
        raise ZooError(f"no class to explain: name some, or {ALL!r}")
    return np.array([_position(classes, target) for target in targets])


def _position(classes: Sequence[str], target: int | str) -> int:
    if isinstance(target, str):
        if target not in classes:
            raise unknown("class", target, classes)
        return list(classes).index(target)
    if not isinstance(target, int | np.integer) or not 0 <= target < len(classes):
        raise ZooError(f"class {target}: the predictor has 0 to {len(classes) - 1}")
    return int(target)
