"""Which classes are explained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.errors import ZooError, unknown

ALL = "all"
PREDICTED = "predicted"

Targets = str | Sequence[int | str]
"""`ALL` the classes, the one `PREDICTED` of each face, or some by name or position."""


def check_targets(classes: Sequence[str], targets: Targets) -> None:
    """Refuse what `targets_of_faces` would, before anything is predicted.

    Raises:
        ZooError: a class is not known, or none is named.
    """
    if targets != PREDICTED:
        _positions(classes, targets)


def targets_of_faces(
    classes: Sequence[str], targets: Targets, probabilities: np.ndarray
) -> np.ndarray:
    """The positions of the classes to explain of each face.

    Args:
        classes: the K of the predictor.
        targets: the same for every face, but for `PREDICTED`.
        probabilities: (N, K), the predictor's.

    Returns:
        (N, L) int64, each row in the order asked for.

    Raises:
        ZooError: a class is not known, or none is named.
    """
    if targets == PREDICTED:
        return probabilities.argmax(axis=1)[:, np.newaxis]
    positions = _positions(classes, targets)
    return np.broadcast_to(positions, (len(probabilities), len(positions)))


def _positions(classes: Sequence[str], targets: Targets) -> np.ndarray:
    if isinstance(targets, str):
        targets = range(len(classes)) if targets == ALL else [targets]
    if not len(targets):
        raise ZooError(f"no class to explain: name some, or {ALL!r}")
    return np.array([_position(classes, target) for target in targets])


def _position(classes: Sequence[str], target: int | str) -> int:
    if isinstance(target, str):
        if target not in classes:
            raise unknown("class", target, classes)
        return list(classes).index(target)
    if not 0 <= target < len(classes):
        raise ZooError(f"class {target}: the predictor has 0 to {len(classes) - 1}")
    return int(target)
