"""How accuracy falls as faces are spoiled: seven perturbations, five strengths each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError, unknown
from zoo.intervals import mean_and_margin, wilson
from zoo.preprocessing.perturbations import PERTURBATIONS, perturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoo.predictor import Predictor

SEVERITIES = (1, 2, 3, 4, 5)

_BYTES_AT_ONCE = 1 << 26
"""Of spoiled faces, which are never all held."""


@dataclass(frozen=True, eq=False)
class Robustness:
    """Which of N faces one model gets right, as they are and spoiled.

    Attributes:
        name: the model's.
        perturbations: names of the P perturbations.
        clean: (N,) bool, on the faces as they are.
        spoiled: (P, 5, N) bool, by perturbation and strength, the weakest first.
    """

    name: str
    perturbations: tuple[str, ...]
    clean: np.ndarray
    spoiled: np.ndarray

    def accuracy(self, perturbation: int, strength: int) -> tuple[float, float, float]:
        """The share that is right and its 95 % interval (Wilson), by two positions."""
        return share_with_interval(self.spoiled[perturbation, strength])

    def mean(self, perturbation: int | None = None) -> tuple[float, float, float]:
        """The mean over strengths, and perturbations where none is named, with its 95 % interval.

        The interval is Student's over the faces' own means: the answers on one face are not
        independent of each other.
        """
        spoiled = self.spoiled if perturbation is None else self.spoiled[[perturbation]]
        mean, margin = mean_and_margin(spoiled.mean(axis=(0, 1)))
        return mean, max(0.0, mean - margin), min(1.0, mean + margin)


def share_with_interval(right: np.ndarray) -> tuple[float, float, float]:
    """The share of (N,) bool that is true, and its 95 % interval (Wilson)."""
    return float(right.mean()), *wilson(int(right.sum()), len(right))


def chosen_perturbations(names: Sequence[str] | None) -> tuple[str, ...]:
    """The perturbations that are asked for, each once, in the order of `PERTURBATIONS`.

    Args:
        names: in any case of their letters; None: all.

    Raises:
        ZooError: none is asked for, or one that there is not.
    """
    if names is None:
        return tuple(PERTURBATIONS)
    known = {name.casefold(): name for name in PERTURBATIONS}
    for name in names:
        if name.casefold() not in known:
            raise unknown("perturbation", name, PERTURBATIONS)
    wanted = {known[name.casefold()] for name in names}
    if not wanted:
        raise ZooError(f"no perturbation is named: there are {', '.join(PERTURBATIONS)}")
    return tuple(name for name in PERTURBATIONS if name in wanted)


def measure_robustness(
    predictors: Sequence[Predictor],
    faces: np.ndarray,
    labels: np.ndarray,
    rows: np.ndarray,
    *,
    perturbations: Sequence[str] = tuple(PERTURBATIONS),
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Robustness]:
    """Predict faces as they are and under every perturbation and strength.

    Every model sees the same spoiled faces.

    Args:
        predictors: of the same classes.
        faces: (N, H, W, 1|3) uint8, 0–255.
        labels: (N,) positions in the classes.
        rows: (N,) where the faces stand in their split; each is spoiled the same whatever other
            faces are drawn.
        perturbations: names.
        seed: of what is drawn.
        progress: called with the faces that are predicted and how many there will be.

    Returns:
        One per predictor.

    Raises:
        ZooError: there are no faces.
    """
    if not len(faces):
        raise ZooError("nothing to measure: the split has no faces")
    conditions = [("", 0), *((name, level) for name in perturbations for level in SEVERITIES)]
    right = np.empty((len(predictors), len(conditions), len(faces)), bool)
    step = max(1, _BYTES_AT_ONCE // max(1, faces[0].size))
    total, done = right.size, 0
    for place, (name, severity) in enumerate(conditions):
        for start in range(0, len(faces), step):
            some = slice(start, start + step)
            shown = np.asarray(faces[some])
            if severity:
                shown = perturbed(shown, name, severity, rows=rows[some], seed=seed)
            for number, predictor in enumerate(predictors):
                answers = predictor.predict_proba(shown).argmax(axis=1)
                right[number, place, some] = answers == labels[some]
                done += len(shown)
                progress(done, total)
    shape = (len(perturbations), len(SEVERITIES), len(faces))
    return [
        Robustness(one.name, tuple(perturbations), each[0], each[1:].reshape(shape))
        for one, each in zip(predictors, right, strict=True)
    ]
