"""Many models as one: the average of their softmaxes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError
from zoo.predictor import Calibrated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoo.predictions import Predictions
    from zoo.predictor import Classifier, Predictor


class Ensemble:
    """A `zoo.predictor.Predictor` that averages its members' probabilities.

    An ensemble among the members is taken apart: its classifiers become members, each with the
    product of the two weights, so that `members` are always classifiers. The same classifier may
    stand more than once and counts that often.

    Args:
        members: at least two predictors with the same classes in the same order.
        weights: one per member, not negative, in any scale; None: all equal.
        name: how the ensemble is called in tables and pictures.

    Raises:
        ZooError: fewer than two members, members whose classes differ (the two are named), one
            without a network or with a temperature of its own, or weights that are not one
            finite, non-negative number per member or sum to 0.
    """

    def __init__(
        self,
        members: Sequence[Predictor],
        weights: Sequence[float] | None = None,
        name: str = "ensemble",
    ):
        shares = _shares(weights, [member.name for member in members])
        first = members[0]
        for member in members:
            _refuse_unaveraged(name, member)
        for other in members[1:]:
            if other.classes != first.classes:
                raise ZooError(
                    f"{name}: {first.name} and {other.name} have different classes: "
                    f"{', '.join(first.classes)} and {', '.join(other.classes)}"
                )
        self.name = name
        self.classes = first.classes
        self.members: tuple[Classifier, ...] = tuple(
            classifier for member in members for classifier in member.members
        )
        self.member_weights = np.concatenate(
            [share * member.member_weights for share, member in zip(shares, members, strict=True)]
        )

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Class probabilities, (N, K) float32, of (N, H, W, 1|3) faces, uint8 or float, 0–255."""
        return _average((one.predict_proba(faces) for one in self.members), self.member_weights)


def _refuse_unaveraged(name: str, member: Predictor) -> None:
    """Refuse a member that is more, or less, than the classifiers it consists of."""
    if isinstance(member, Calibrated):
        raise ZooError(
            f"{name}: {member.name} has a temperature of its own: average the uncalibrated models "
            "and calibrate the ensemble"
        )
    if not member.members:
        raise ZooError(
            f"{name}: {member.name} has no network: average it in a function of your own, with "
            "zoo.FunctionPredictor"
        )


def average_predictions(
    predictions: Sequence[Predictions],
    weights: Sequence[float] | None = None,
    names: Sequence[str] | None = None,
) -> Predictions:
    """What an ensemble of the models would have predicted, from what each has.

    Args:
        predictions: of at least two models, on the same faces in the same order.
        weights: as for `Ensemble`.
        names: of the models, for the refusals.

    Raises:
        ZooError: see `Ensemble`; or two of them speak of different faces, or of different views of
            them (they are named).
    """
    names = names or [f"member {number}" for number in range(1, len(predictions) + 1)]
    shares = _shares(weights, names)
    refuse_other_faces(predictions, names)
    return replace(
        predictions[0],
        probabilities=_average((one.probabilities for one in predictions), shares),
        # Of the same faces; an older file does not say it, nor does one of uncut photos.
        seen=next((one.seen for one in predictions if one.seen is not None), None),
        found=next((one.found for one in predictions if one.found is not None), None),
    )


def refuse_other_faces(predictions: Sequence[Predictions], names: Sequence[str]) -> None:
    """Refuse predictions that cannot be combined, face by face.

    Args:
        predictions: of at least one model.
        names: of the models.

    Raises:
        ZooError: two of them speak of different faces, or of different views of them.
    """
    first = predictions[0]
    for name, other in zip(names[1:], predictions[1:], strict=True):
        if not first.same_faces(other) or first.tta != other.tta:
            raise ZooError(
                f"{names[0]} and {name} cannot be averaged: {_difference(first, other)}; "
                "evaluate both on the same data set and split"
            )


def _difference(one: Predictions, other: Predictions) -> str:
    """What makes the faces of two predictions different, in a few words."""
    if one.split != other.split:
        return f"their splits are {one.split} and {other.split}"
    if one.tta != other.tta:
        return f"their test-time augmentations are {one.tta} and {other.tta}"
    if one.classes != other.classes:
        return f"their classes are {', '.join(one.classes)} and {', '.join(other.classes)}"
    if one.fingerprint != other.fingerprint:
        return f"their data sets are {one.fingerprint[:8]}… and {other.fingerprint[:8]}…"
    return f"their {one.split} faces differ ({len(one):,} and {len(other):,})"


def _average(members: Iterable[np.ndarray], shares: np.ndarray) -> np.ndarray:
    """Weighted mean of (N, K) probabilities, summed in float64: (N, K) float32."""
    total = sum(
        share * np.asarray(probabilities, np.float64)
        for share, probabilities in zip(shares, members, strict=True)
    )
    return np.asarray(total, np.float32)


def _shares(weights: Sequence[float] | None, names: Sequence[str]) -> np.ndarray:
    """Weights as (M,) float64 that sum to 1; refuses what `Ensemble` says it refuses."""
    if len(names) < 2:
        listed = ", ".join(names) or "none"
        raise ZooError(f"an ensemble needs at least two members, there are {len(names)}: {listed}")
    given = np.ones(len(names)) if weights is None else np.asarray(weights, np.float64)
    listed = ", ".join(f"{weight:g}" for weight in given)
    if len(given) != len(names):
        raise ZooError(
            f"{len(given)} weights ({listed}) for {len(names)} members ({', '.join(names)}): "
            "give one each"
        )
    if not (np.all(np.isfinite(given)) and np.all(given >= 0) and given.sum() > 0):
        raise ZooError(f"weights {listed}: each must be a number of at least 0, and not all 0")
    return given / given.sum()
