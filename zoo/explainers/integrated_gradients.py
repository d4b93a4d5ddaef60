"""Integrated gradients: how much of the probability each pixel brings, from a blank face on.

Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017 (arXiv
1703.01365); smoothed over noisy copies as in Smilkov et al., "SmoothGrad" (arXiv 1706.03825).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo.explainers.gradcam import one_hots
from zoo.explainers.gradients import value_and_pullback
from zoo.explainers.graph import Graph, face_tensor
from zoo.explainers.settings import check_counts, check_ranges, check_seed, settings_of
from zoo.explainers.targets import PREDICTED
from zoo.explainers.white_box import Maps, as_seen, batch_size_of, explain_members
from zoo.tables import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import keras

    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.explainers.white_box import WhiteBoxExplanation
    from zoo.predictor import Predictor


@dataclass(frozen=True)
class IntegratedGradients:
    """The gradient of the class's probability, integrated on a straight way from a blank face.

    A map's sum is the probability of the face less that of the blank one, but for the error of
    the integral, which is kept as ``gap``. The blank face is one for all members, and an ensemble
    averages probabilities, so that holds of the mean of its members' maps, too. The way between
    the two is straight in what a network sees, in its size and colour and behind its correction
    of the illumination; for members that see the same, the mean of the maps is the map of the
    ensemble taken as one network.

    Noisy copies are made of what a network sees; with them a map's sum is what the copies have
    over the blank face, on average, which the face itself need not have.

    Attributes:
        steps: places on the way at which the gradient is taken.
        blank: grey level 0–255 of the face to begin from; by default the mean of all values of
            the face as it was given.
        copies: noisy copies of each face to average over; 1 for none, and no noise.
        noise: standard deviation of the noise, as a share of 0–255.
        seed: of the noise.
    """

    name: ClassVar[str] = "integrated_gradients"
    signed: ClassVar[bool] = True
    sums: ClassVar[bool] = True

    steps: int = 32
    blank: float | None = None
    copies: int = 1
    noise: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        check_counts(self, {"steps": 1, "copies": 1})
        check_ranges(self, {"blank": (0, 255), "noise": (0, 1)})
        check_seed(self.seed)

    def of(self, network: keras.Model) -> Callable[[np.ndarray, np.ndarray], Maps]:
        """What gives the maps of (N, H, W, 1|3) faces for (N, L) targets, of a float32 network."""
        start = face_tensor(network)
        correct = Graph(network, network.input, start)
        behind = Graph(network, start, network.output)
        at_once = batch_size_of(network)

        def maps(faces: np.ndarray, targets: np.ndarray) -> Maps:
            blank, face = (
                np.asarray(correct(as_seen(network, some)))
                for some in (self._blanks(faces), faces)
            )
            found = [
                _integrated(behind, blank, end, self.steps, targets, at_once)
                for end in self._ends(face)
            ]
            whole = np.mean([one for one, _ in found], axis=0)
            gains = np.mean([gain for _, gain in found], axis=0)
            return Maps(whole, {"gain": gains, "gap": gains - whole.sum(axis=(2, 3))})

        return maps

    def remarks(self, networks: Sequence[keras.Model]) -> tuple[str, ...]:
        """Nothing: the measures say how exact the integral is."""
        return ()

    @property
    def draws(self) -> bool:
        """Whether there is noise."""
        return self.copies > 1

    def told(self, measures: Mapping[str, float]) -> str | None:
        """How far the map's sum is from what it is to be."""
        gain, gap = measures["gain"], measures["gap"]
        noisy = ", of noisy copies" if self.copies > 1 else ""
        return (
            f"the map's sum is {rounded(gain - gap, 3)}, the gain of probability{noisy} "
            f"{rounded(gain, 3)}"
        )

    def _blanks(self, faces: np.ndarray) -> np.ndarray:
        """Where the ways begin, in the terms of the faces as they were given."""
        mean = faces.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float64)
        grey = mean if self.blank is None else self.blank
        return np.broadcast_to(np.float32(grey), faces.shape)

    def _ends(self, seen: np.ndarray) -> Iterator[np.ndarray]:
        """Where the ways end: at each copy of what a network sees.

        All faces get the same noise: a map does not depend on which others are explained with it.
        """
        noise = np.random.default_rng(self.seed)
        for _ in range(self.copies):
            if self.copies == 1:
                yield seen
            else:
                yield seen + noise.normal(0, 255 * self.noise, seen.shape[1:]).astype(np.float32)


def integrated_gradients_settings(**given: Any) -> IntegratedGradients:
    """The settings of integrated gradients, some of them given.

    Raises:
        ZooError: one is not known, or out of range.
    """
    return settings_of(IntegratedGradients, "integrated gradients", given)


def integrated_gradients(
    predictor: Predictor,
    faces: np.ndarray,
    *,
    targets: Targets = PREDICTED,
    progress: Progress | None = None,
    **settings: Any,
) -> list[WhiteBoxExplanation]:
    """How much of the probability each pixel brings, see `IntegratedGradients`.

    Args:
        predictor: a classifier or an ensemble; its members' networks are looked into.
        faces: (N, H, W, 1|3), uint8 or float, 0–255.
        targets: the classes to explain.
        progress: called with the faces done, times members, and their total.
        settings: fields of `IntegratedGradients`.

    Raises:
        ZooError: a name is not known, a setting out of range, `faces` are not faces, or a network
            has nothing to look at.
    """
    chosen = integrated_gradients_settings(**settings)
    return explain_members(predictor, faces, targets, progress, chosen)


def _integrated(
    network: Graph,
    blank: np.ndarray,
    faces: np.ndarray,
    steps: int,
    targets: np.ndarray,
    at_once: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Maps (N, L, h, w) of one way, and by how much the probability rises on it, (N, L).

    At most `at_once` faces are in a backward pass, or one place of each.
    """
    places = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    total = np.zeros((targets.shape[1], *faces.shape))
    together = max(1, at_once // len(faces))
    for first in range(0, steps, together):
        some = places[first : first + together].reshape(-1, 1, 1, 1, 1)
        on_the_way = blank + some * (faces - blank)
        rows = on_the_way.reshape(-1, *faces.shape[1:])
        values, pullback = value_and_pullback(network, rows)
        for row, one_hot in enumerate(one_hots(targets, values.shape[1])):
            gradients = np.asarray(pullback(np.tile(one_hot, (len(some), 1))))
            total[row] += gradients.reshape(on_the_way.shape).sum(axis=0)
    maps = np.moveaxis(total, 0, 1) / steps * (faces - blank)[:, np.newaxis]
    gains = np.asarray(network(faces)) - np.asarray(network(blank))
    return maps.sum(axis=-1), np.take_along_axis(gains, targets, axis=1)
