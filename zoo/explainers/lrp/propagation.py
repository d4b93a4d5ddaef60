"""From a logit back to the face: relevance, layer by layer, through a flat functional graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from zoo.errors import ZooError
from zoo.explainers.graph import Graph, face_tensor, inputs_of, logits_of
from zoo.explainers.lrp.folding import foldable_norms, is_linear, linear_of
from zoo.explainers.lrp.passing import refuse_impassable, shares_of
from zoo.explainers.lrp.rules import Epsilon, Inputs, Rule, per_face
from zoo.explainers.lrp.signs import never_negative

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.explainers.lrp.composites import Composite


@dataclass(frozen=True, eq=False)
class Relevance:
    """What arrived at N faces, and what did not.

    Attributes:
        faces: (N, h, w, C), of the pixels of the corrected face.
        biases: (N,), what biases kept.
        lost: (N,) by layer, what neither its inputs nor its biases got: zero padding, and
            what ε absorbs.
    """

    faces: Any
    biases: Any
    lost: Mapping[str, Any]


class Propagation:
    """A network, ready for relevance.

    Args:
        network: a flat functional graph in float32 with a layer called ``logits``.
        composite: the rules.

    Raises:
        ZooError: relevance cannot pass one of its layers, which is named; or the composite is not
            for such networks.
    """

    def __init__(self, network: keras.Model, composite: Composite):
        self.graph = Graph(network, face_tensor(network), logits_of(network))
        self._correct = Graph(network, network.input, self.graph.start)
        self._composite = composite
        layers = self.graph.layers
        self._norms = foldable_norms(layers)
        linear = [layer for layer in layers if is_linear(layer)]
        self._first, self._last = linear[0].name, linear[-1].name
        for layer in layers:
            refuse_impassable(network.name, layer)
        if isinstance(composite.convolution, Epsilon):
            _refuse_norms(network.name, layers)
        positive = never_negative(self.graph.start, layers)
        self._inputs = {
            layer.name: Inputs(None, _real(layer, layers), signed=id(layer.input) not in positive)
            for layer in linear
        }
        size = (1, *self.graph.start.shape[1:])
        reach = Graph(network, self.graph.start, linear[0].input)
        black, white = (reach(np.full(size, grey, "float32")) for grey in (0, 255))
        self._inputs[self._first] = replace(
            self._inputs[self._first],
            low=ops.minimum(black, white),
            high=ops.maximum(black, white),
        )

    @property
    def places(self) -> list[int]:
        """The `id` of each tensor that has an activation, the logits' last."""
        return [id(self.graph.start), *(id(layer.output) for layer in self.graph.layers)]

    def activations(self, faces: Any) -> dict[int, Any]:
        """What (N, H, W, C) faces, 0–255, give at each of the network's tensors, by its `id`."""
        return self.graph.activations(self._correct(faces))

    def __call__(self, activations: dict[int, Any], start: Any) -> Relevance:
        """Bring relevance from the logits to the face.

        Args:
            activations: of N faces.
            start: (N, K), the relevance of the logits.
        """
        graph = self.graph
        relevance = {id(graph.end): start}
        biases, lost = ops.zeros(start.shape[0]), {}
        for layer in reversed(graph.layers):
            arrived = relevance.pop(id(layer.output), None)
            if arrived is None:  # the gate of a squeeze-and-excitation has none
                continue
            dealt, kept = self._dealt(layer, activations, arrived)
            biases = biases + kept
            given_on = sum(per_face(share) for _, share in dealt)
            lost[layer.name] = per_face(arrived) - given_on - kept
            for place, share in dealt:
                relevance[place] = relevance[place] + share if place in relevance else share
        return Relevance(relevance[id(graph.start)], biases, lost)

    def _dealt(
        self, layer: Any, activations: Mapping[int, Any], arrived: Any
    ) -> tuple[list[tuple[int, Any]], Any]:
        """Each input's tensor's `id` with its relevance, and what biases keep."""
        places = [id(tensor) for tensor in inputs_of(layer)]
        inputs = [activations[place] for place in places]
        if given := self._inputs.get(layer.name):
            linear = linear_of(layer, self._norms.get(layer.name))
            share, kept = self._rule(layer)(linear, replace(given, values=inputs[0]), arrived)
            return [(places[0], share)], kept
        dealt = shares_of(layer, inputs, arrived)
        return list(zip(places, dealt, strict=True)), ops.zeros(arrived.shape[0])

    def _rule(self, layer: Any) -> Rule:
        composite = self._composite
        if isinstance(layer, keras.layers.Dense) or layer.name == self._last:
            return composite.dense
        if layer.name == self._first:
            return composite.first
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            return composite.depthwise
        return composite.convolution


def _refuse_norms(network: str, layers: Sequence[Any]) -> None:
    """Refuse what ε cannot pass: measured, five_layer as shipped lost 600 times the logit.

    Raises:
        ZooError: there is a batch normalisation.
    """
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            raise ZooError(
                f"{network}: ε for convolutions does not conserve relevance where there are batch "
                f"normalisations ({layer.name}): folded, or shifting zeros behind a relu, they "
                "let outputs close to 0 multiply it; take epsilon_plus"
            )


def _real(layer: Any, layers: Sequence[Any]) -> Any:
    """Where the inputs of a linear layer are more than a padding layer's zeros, (1, …)."""
    for before in layers:
        if isinstance(before, keras.layers.ZeroPadding2D) and before.output is layer.input:
            return before(ops.ones((1, *before.input.shape[1:])))
    return ops.ones((1, *layer.input.shape[1:]))
