"""Layer-wise relevance propagation: the class's logit, dealt out to the pixels.

Bach et al., "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise
Relevance Propagation", PLOS ONE 10(7), 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from keras import ops

from zoo.errors import unknown
from zoo.explainers.gradcam import one_hots
from zoo.explainers.gradients import compiled_when_repeated
from zoo.explainers.lrp.composites import COMPOSITES
from zoo.explainers.lrp.propagation import Propagation
from zoo.explainers.settings import check_ranges, settings_of
from zoo.explainers.targets import PREDICTED
from zoo.explainers.white_box import Maps, as_seen, explain_members
from zoo.tables import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.explainers.white_box import WhiteBoxExplanation
    from zoo.predictor import Predictor


@dataclass(frozen=True)
class LRP:
    """The logit of the class is dealt out from layer to layer, by the rules of a composite.

    A map's sum is the logit, less what biases kept (``biases``) and what was lost (``lost``): at
    zero padding, where nothing raised an output, and to ε. The mean of the members' maps
    by their weights therefore explains the members' mean logit, which is not the logarithm of
    their mean softmax.

    Attributes:
        composite: which rules, one of `COMPOSITES`.
        epsilon: of its ε rules, 0–10 times the root mean square of a layer's outputs; 0 conserves
            relevance, 0.25 (Montavon et al. 2019) leaves out what small outputs would multiply.
    """

    name: ClassVar[str] = "lrp"
    signed: ClassVar[bool] = True
    sums: ClassVar[bool] = True
    draws: ClassVar[bool] = False

    composite: str = "epsilon_plus"
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.composite, str) or self.composite not in COMPOSITES:
            raise unknown("composite", self.composite, COMPOSITES)
        check_ranges(self, {"epsilon": (0, 10)})

    def of(self, network: keras.Model) -> Callable[[np.ndarray, np.ndarray], Maps]:
        """What gives the maps of (N, H, W, 1|3) faces for (N, L) targets, of a float32 network.

        Raises:
            ZooError: relevance cannot pass a layer of it, or not by this composite.
        """
        propagation = Propagation(network, COMPOSITES[self.composite].with_epsilon(self.epsilon))
        places = propagation.places

        @compiled_when_repeated
        def forward(faces: Any) -> list[Any]:
            activations = propagation.activations(faces)
            return [activations[place] for place in places]

        @compiled_when_repeated
        def backward(values: list[Any], start: Any) -> tuple[Any, Any, Any]:
            found = propagation(dict(zip(places, values, strict=True)), start)
            return ops.sum(found.faces, axis=-1), found.biases, sum(found.lost.values())

        def maps(faces: np.ndarray, targets: np.ndarray) -> Maps:
            values = forward(as_seen(network, faces))
            logits = np.asarray(values[-1])
            found = [
                [np.asarray(one) for one in backward(values, one_hot * logits)]
                for one_hot in one_hots(targets, logits.shape[1])
            ]
            whole, biases, lost = (np.stack(each, axis=1) for each in zip(*found, strict=True))
            logit = np.take_along_axis(logits, targets, axis=1)
            return Maps(whole, {"logit": logit, "biases": biases, "lost": lost})

        return maps

    def remarks(self, networks: Sequence[keras.Model]) -> tuple[str, ...]:
        """Which networks have layers with rules of our own choice."""
        remarks = []
        for network in {network.name: network for network in networks}.values():
            kinds = {type(layer) for layer in network.layers}
            if rules := [what for kind, what in self._special().items() if kind in kinds]:
                remarks.append(f"heuristic for {network.name}: {', '.join(rules)}")
        return tuple(remarks)

    def _special(self) -> dict[type, str]:
        """Rules of our own choice, by the layers that they are for."""
        composite = COMPOSITES[self.composite]
        rule = type(composite.depthwise).__name__.lower()
        own = composite.depthwise != composite.convolution
        depthwise = {keras.layers.DepthwiseConv2D: f"{rule} on depthwise convolutions"}
        gates = {keras.layers.Multiply: "squeeze-and-excitation's gates constant"}
        return {**(depthwise if own else {}), **gates}

    def told(self, measures: Mapping[str, float]) -> str | None:
        """How much of the logit is not in the map."""
        logit, kept, lost = (measures[key] for key in ("logit", "biases", "lost"))
        return (
            f"of the logit {rounded(logit, 2)} biases keep {rounded(kept, 2)}, "
            f"{rounded(lost, 2)} is lost: the map's sum is {rounded(logit - kept - lost, 2)}"
        )


def lrp_settings(**given: Any) -> LRP:
    """The settings of LRP, some of them given.

    Raises:
        ZooError: one is not known, or out of range.
    """
    return settings_of(LRP, "LRP", given)


def lrp(
    predictor: Predictor,
    faces: np.ndarray,
    *,
    targets: Targets = PREDICTED,
    progress: Progress | None = None,
    **settings: Any,
) -> list[WhiteBoxExplanation]:
    """Deal the classes' logits out to the pixels, see `LRP`.

    Args:
        predictor: a classifier or an ensemble; its members' networks are looked into.
        faces: (N, H, W, 1|3), uint8 or float, 0–255.
        targets: the classes to explain.
        progress: called with the faces done, times members, and their total.
        settings: fields of `LRP`.

    Raises:
        ZooError: a name is not known, `faces` are not faces, or relevance cannot pass a layer of
            a member, or not by this composite.
    """
    return explain_members(predictor, faces, targets, progress, lrp_settings(**settings))
