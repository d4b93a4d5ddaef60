"""What the numbers or texts in an array of labels stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.emotions import FER2013_CLASSES, canonical, ordered_classes
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MAX_CLASSES = 10_000


def class_labels(
    path: Path, arrays: Mapping[str, np.ndarray], names: np.ndarray | None
) -> tuple[dict[str, np.ndarray], tuple[str, ...], str]:
    """Labels as positions in the classes.

    Args:
        path: what is read, for refusals.
        arrays: by split: (N,) or (N, 1) numbers or texts, or (N, K) one-hot.
        names: (K,) text, what the numbers 0 to K - 1 stand for; None: seven are FER2013's.

    Returns:
        By split (N,) int64; the classes; and what was assumed of them, in words. None of these
            where there are no arrays.

    Raises:
        ZooError: they are none of these, or there is one class only.
    """
    if not arrays:
        return {}, (), ""
    one_hot = [array.ndim == 2 and array.shape[1] > 1 for array in arrays.values()]
    flat = {split: _flat(path, array) for split, array in arrays.items()}
    if all(array.dtype.kind in "US" for array in flat.values()):
        return _of_texts(path, flat)
    numbers = {split: _whole(path, array) for split, array in flat.items()}
    widths = [array.shape[1] for array in arrays.values() if array.ndim == 2]
    highest = max(int(array.max(initial=0)) for array in numbers.values())
    count = max([highest + 1, *(widths if all(one_hot) else [])])
    if count > _MAX_CLASSES or min(int(a.min(initial=0)) for a in numbers.values()) < 0:
        raise ZooError(f"{path}: labels outside 0 to {_MAX_CLASSES - 1:,}: number classes from 0")
    if names is not None:
        told = [canonical(str(name)) for name in _texts(names)]
        if len(told) < count:
            raise ZooError(f"{path}: {len(told)} names of classes, labels go to {highest}")
        return _of_names(path, numbers, told)
    if count == len(FER2013_CLASSES):
        _refuse_one_class(path, numbers["train"], FER2013_CLASSES)
        order = ", ".join(FER2013_CLASSES)
        return numbers, FER2013_CLASSES, f"labels 0–6 taken for FER2013's: {order}"
    plain = tuple(str(number) for number in range(count))
    _refuse_one_class(path, numbers["train"], plain)
    return numbers, plain, f"labels 0–{count - 1} without names: an array classes may hold them"


def _flat(path: Path, array: np.ndarray) -> np.ndarray:
    """(N,) of (N,), (N, 1) or (N, K) one-hot."""
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "iuf":
        if not (np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()):
            raise ZooError(
                f"{path}: labels {array.shape}: expected one per face, or one-hot rows of one 1"
            )
        return array.argmax(axis=1)
    if array.ndim != 1:
        raise ZooError(f"{path}: labels {array.shape}: expected one per face, or one-hot rows")
    return array


def _whole(path: Path, array: np.ndarray) -> np.ndarray:
    """(N,) int64 of whole numbers of any type."""
    if array.dtype.kind in "US":
        raise ZooError(f"{path}: labels are text in one split and numbers in another")
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array % 1 == 0).all()):
        raise ZooError(f"{path}: labels that are no whole numbers")
    if np.abs(array.astype(np.float64)).max(initial=0) > 1e9:
        raise ZooError(f"{path}: labels outside 0 to {_MAX_CLASSES - 1:,}: number classes from 0")
    return array.astype(np.int64)


def _texts(array: np.ndarray) -> list[str]:
    if array.dtype.kind == "S":
        return [value.decode("utf-8", "backslashreplace") for value in array.ravel().tolist()]
    return [str(value) for value in array.ravel().tolist()]


def _of_texts(
    path: Path, flat: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], tuple[str, ...], str]:
    told = {split: [canonical(text) for text in _texts(array)] for split, array in flat.items()}
    if any(not name for names in told.values() for name in names):
        raise ZooError(f"{path}: blank labels: leave those faces out, or name their class")
    classes = _ordered(path, sorted(set(told["train"])))
    for split, names in told.items():
        if extra := sorted(set(names) - set(classes)):
            raise ZooError(f"{path}: {split} has faces of {', '.join(extra)}, train has none")
    place = {name: label for label, name in enumerate(classes)}
    labels = {
        split: np.array([place[name] for name in names], np.int64) for split, names in told.items()
    }
    _refuse_one_class(path, labels["train"], classes)
    return labels, classes, ""


def _of_names(
    path: Path, numbers: Mapping[str, np.ndarray], told: list[str]
) -> tuple[dict[str, np.ndarray], tuple[str, ...], str]:
    classes = _ordered(path, told)
    place = np.array([classes.index(name) for name in told], np.int64)
    labels = {split: place[array] for split, array in numbers.items()}
    _refuse_one_class(path, labels["train"], classes)
    return labels, classes, ""


def _ordered(path: Path, names: list[str]) -> tuple[str, ...]:
    try:
        return ordered_classes(names)
    except ZooError as error:
        raise ZooError(f"{path}: {error}") from None


def _refuse_one_class(path: Path, labels: np.ndarray, classes: tuple[str, ...]) -> None:
    if len(labels) and len(np.unique(labels)) == 1:
        raise ZooError(f"{path}: only one class, {classes[labels[0]]}: a classifier needs two")
