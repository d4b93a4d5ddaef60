"""The few numbers that stand beside each of many maps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from zoo.explainers.faithfulness.measures import FaithfulnessSettings, deleted_and_inserted
from zoo.explainers.superpixels import SuperpixelExplanation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.explainers.base import Explanation, Progress
    from zoo.predictor import Predictor

_GAINS = ("deletion_gain", "insertion_gain")


def numbers_beside(
    predictor: Predictor,
    explanations: Sequence[Explanation],
    *,
    ask: bool = False,
    progress: Progress | None = None,
) -> list[dict[str, float]]:
    """What says how far the map of each explanation's first class may be believed.

    Args:
        predictor: which they explain.
        explanations: of some faces.
        ask: whether gains in deletion and insertion are measured, too; of a map whose method gives
            no number they always are.
        progress: called with the explanations done and their number, where any is measured.

    Returns:
        By the names in `MEASURES`.
    """
    found = []
    for place, one in enumerate(explanations):
        numbers = own_numbers(one, 0)
        if ask or not numbers:
            changed = deleted_and_inserted(
                predictor, one.face, one.maps[0], int(one.targets[0]), FaithfulnessSettings()
            )
            known = changed.known()
            numbers |= {name: known[name] for name in _GAINS}
            if progress is not None:
                progress(place + 1, len(explanations))
        found.append(numbers)
    return found


def own_numbers(explanation: Explanation, row: int) -> dict[str, float]:
    """What its method says of the map of one explained class.

    A linear model's R² and repeatability; the shares of the logit that biases keep from an LRP map
    and that are lost, without their signs; by how much the sum of integrated gradients misses what
    they integrate. Nothing of Grad-CAM and occlusion, nor where there is nothing to explain.
    """
    numbers: dict[str, float] = {}
    if isinstance(explanation, SuperpixelExplanation):
        numbers["r2"] = float(explanation.r2[row])
        if explanation.repeatability is not None:
            numbers["repeatability"] = float(explanation.repeatability[row])
    if measures := getattr(explanation, "measures", None):
        weights = explanation.member_weights  # type: ignore[attr-defined]  # it is white-box
        means = {name: float(weights @ values[:, row]) for name, values in measures.items()}
        for part, share in (("biases", "bias_share"), ("lost", "lost_share")):
            if part in means and means["logit"]:
                numbers[share] = abs(means[part] / means["logit"])
        if "gap" in means:
            numbers["gap"] = abs(means["gap"])
    return {name: value for name, value in numbers.items() if not math.isnan(value)}


def as_columns(numbers: Sequence[Mapping[str, float]]) -> dict[str, np.ndarray]:
    """The numbers of N maps, (N,) float64 by name; NaN where one has none."""
    names = dict.fromkeys(name for one in numbers for name in one)
    return {name: np.array([one.get(name, np.nan) for one in numbers]) for name in names}
