"""All measures of explanations that need no truth, beside each map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zoo.explainers.faithfulness.floors import random_map
from zoo.explainers.faithfulness.mufidelity import mufidelity
from zoo.explainers.faithfulness.names import MEASURES
from zoo.explainers.faithfulness.perturbation import curves
from zoo.explainers.faithfulness.randomisation import forgetful, survival
from zoo.explainers.faithfulness.repetition import repetition
from zoo.explainers.settings import check_counts, check_seed
from zoo.explainers.superpixels import SuperpixelExplanation
from zoo.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zoo.explainers.base import Explanation, Progress
    from zoo.explainers.faithfulness.perturbation import Curves
    from zoo.predictor import Predictor


@dataclass(frozen=True, kw_only=True)
class FaithfulnessSettings:
    """How much is spent on knowing.

    Attributes:
        steps: of the curves of deletion and insertion.
        subsets: of patches, for MuFidelity.
        seeds: by which a method that draws is asked, its own included; 1 for no repetition.
        seed: of everything that is drawn here.
    """

    steps: int = 24
    subsets: int = 128
    seeds: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        check_counts(self, {"steps": 2, "subsets": 3, "seeds": 1})
        check_seed(self.seed)


@dataclass(frozen=True, eq=False)
class Perturbed:
    """What the model says of faces that were changed where a map points.

    Attributes:
        curves: of deletion and insertion.
        floor: the same of a random map of the face.
        mufidelity: see `mufidelity.mufidelity`; None where it was not asked for, too.
    """

    curves: Curves
    floor: Curves
    mufidelity: float | None = None

    def numbers(self) -> dict[str, float | None]:
        """All of them by name.

        The areas grow with the probability of the face itself; a gain is how much better than the
        random map's an area is, for which larger is better in deletion, too.
        """
        return {
            "deletion_auc": self.curves.deletion_auc,
            "deletion_gain": self.floor.deletion_auc - self.curves.deletion_auc,
            "insertion_auc": self.curves.insertion_auc,
            "insertion_gain": self.curves.insertion_auc - self.floor.insertion_auc,
            "mufidelity": self.mufidelity,
        }

    def known(self) -> dict[str, float]:
        """Those of `numbers` that there are."""
        return _known(self.numbers())


@dataclass(frozen=True, eq=False, kw_only=True)
class Faithfulness:
    """What is known of one map, that of an explanation's most probable class.

    Attributes:
        name: of the class.
        perturbed: what the model says of changed faces.
        r2: how much a linear model explains, where the method fits one.
        rank_correlation: with the maps of other seeds, where the method draws.
        leaders_shared: with them, the share of leading parts.
        survival: of the map when the network forgets, see `randomisation.survival`; None for what
            has no networks. Measures are None where there is nothing to measure, too.
    """

    name: str
    perturbed: Perturbed
    r2: float | None
    rank_correlation: float | None
    leaders_shared: float | None
    survival: float | None

    def numbers(self) -> dict[str, float | None]:
        """All of them by name."""
        return {
            **self.perturbed.numbers(),
            "r2": self.r2,
            "rank_correlation": self.rank_correlation,
            "leaders_shared": self.leaders_shared,
            "survival": self.survival,
        }

    def known(self) -> dict[str, float]:
        """Those of `numbers` that there are."""
        return _known(self.numbers())

    def facts(self) -> dict[str, Any]:
        """What a file keeps of it."""
        drawn = self.perturbed.curves
        return {
            "class": self.name,
            **self.numbers(),
            "curves": {
                "shares": drawn.shares.tolist(),
                "deletion": drawn.deletion.tolist(),
                "insertion": drawn.insertion.tolist(),
            },
        }

    def table(self, title: str) -> Table:
        """A line per measure, and how to read it."""
        rows = [
            (MEASURES[name].label, value, MEASURES[name].better)
            for name, value in self.known().items()
        ]
        return Table(title, (Column("measure"), Column("value", digits=3), Column("better")), rows)


def _known(numbers: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if value is not None}


def faithfulness(
    predictor: Predictor,
    explanations: Sequence[Explanation],
    settings: FaithfulnessSettings,
    progress: Progress | None = None,
    forgotten: Sequence[Predictor] | None = None,
) -> list[Faithfulness]:
    """Measure explanations of some faces, each for its most probable explained class.

    Args:
        predictor: which they explain.
        explanations: all by the same method and settings, at least one.
        settings: how.
        progress: called with the work done so far and its total.
        forgotten: from `forgotten_by`, where it is at hand.

    Returns:
        One per explanation, in order.
    """
    count = len(explanations)
    total = count * (settings.seeds + 1)

    def told(done: int) -> None:
        if progress is not None:
            progress(done, total)

    repeated = repetition(predictor, explanations, settings.seeds)
    told(count * (settings.seeds - 1))
    if forgotten is None:
        forgotten = forgotten_by(predictor, settings)
    survived = survival(forgotten, explanations)
    told(count * settings.seeds)
    measured = []
    for place, one in enumerate(explanations):
        target, relevance = int(one.targets[one.top]), one.maps[one.top]
        correlation, shared = repeated[place]
        measured.append(
            Faithfulness(
                name=one.classes[target],
                perturbed=perturbed(predictor, one.face, relevance, target, settings),
                r2=_r2(one),
                rank_correlation=correlation,
                leaders_shared=shared,
                survival=survived[place],
            )
        )
        told(count * settings.seeds + place + 1)
    return measured


def forgotten_by(predictor: Predictor, settings: FaithfulnessSettings) -> list[Predictor]:
    """The predictor with its weights shuffled, by as many seeds; none of what has no networks."""
    if not getattr(predictor, "members", ()):
        return []
    return [
        forgetful(predictor, seed=settings.seed + 1000 * step) for step in range(settings.seeds)
    ]


def _r2(explanation: Explanation) -> float | None:
    if not isinstance(explanation, SuperpixelExplanation):
        return None
    value = float(explanation.r2[explanation.top])
    return None if math.isnan(value) else value


def perturbed(
    predictor: Predictor,
    face: np.ndarray,
    relevance: np.ndarray,
    target: int,
    settings: FaithfulnessSettings,
) -> Perturbed:
    """Change a face, (H, W, 1|3), by any map of it, (H, W), and ask for a class."""
    changed = deleted_and_inserted(predictor, face, relevance, target, settings)
    correlation = mufidelity(
        predictor, face, relevance, target, subsets=settings.subsets, seed=settings.seed
    )
    return replace(changed, mufidelity=correlation)


def deleted_and_inserted(
    predictor: Predictor,
    face: np.ndarray,
    relevance: np.ndarray,
    target: int,
    settings: FaithfulnessSettings,
) -> Perturbed:
    """The curves of `perturbed` alone."""
    mine, floor = (
        curves(predictor, face, one, target, steps=settings.steps, seed=settings.seed)
        for one in (relevance, random_map(face, settings.seed))
    )
    return Perturbed(mine, floor)
