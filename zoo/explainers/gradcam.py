"""Grad-CAM: where the features that raise a class are.

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017 (arXiv 1610.02391).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo.architectures import registry
from zoo.errors import ZooError, unknown
from zoo.explainers.gradients import compiled_when_repeated, value_and_pullback
from zoo.explainers.graph import Graph, logits_of
from zoo.explainers.settings import settings_of
from zoo.explainers.targets import PREDICTED
from zoo.explainers.white_box import Maps, as_seen, explain_members

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import keras

    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.explainers.white_box import WhiteBoxExplanation
    from zoo.predictor import Predictor


@dataclass(frozen=True)
class GradCam:
    """Channels of a convolution, weighed by the mean gradient of the class's logit, then relu.

    Maps are not signed, and have a largest value of 1 where anything speaks for the class: the
    scale of a gradient means nothing beside another network's. An ensemble's map is the mean of
    those, so each member counts by its weight, however steep it is.

    Attributes:
        layer: whose output, (N, h, w, channels), is looked at; by default the one that the
            architecture's facts name.
    """

    name: ClassVar[str] = "gradcam"
    signed: ClassVar[bool] = False
    sums: ClassVar[bool] = False
    draws: ClassVar[bool] = False

    layer: str | None = None

    def __post_init__(self) -> None:
        if self.layer is not None and not isinstance(self.layer, str):
            raise ZooError(f"layer = {self.layer}: expected the name of a layer")

    def of(self, network: keras.Model) -> Callable[[np.ndarray, np.ndarray], Maps]:
        """What gives the maps of (N, H, W, 1|3) faces for (N, L) targets, of a float32 network.

        Raises:
            ZooError: the network has no such layer, or its output has no places.
        """
        features = layer_with_places(network, self.layer).output
        end = logits_of(network)
        before, behind = Graph(network, network.input, features), Graph(network, features, end)

        @compiled_when_repeated
        def looked_at(faces: Any, hots: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
            activations = before(faces)
            logits, pullback = value_and_pullback(behind, activations)
            return logits, activations, [pullback(one_hot) for one_hot in hots]

        def maps(faces: np.ndarray, targets: np.ndarray) -> Maps:
            hots = list(one_hots(targets, end.shape[1]))
            logits, activations, gradients = looked_at(as_seen(network, faces), hots)
            raw = [_class_map(np.asarray(activations), np.asarray(one)) for one in gradients]
            logit = np.take_along_axis(np.asarray(logits), targets, axis=1)
            return Maps(np.stack(raw, axis=1), {"logit": logit})

        return maps

    def remarks(self, networks: Sequence[keras.Model]) -> tuple[str, ...]:
        """At which layers the maps were taken."""
        layers = [layer_with_places(network, self.layer).name for network in networks]
        return (f"at layer {', '.join(dict.fromkeys(layers))}",)

    def told(self, measures: Mapping[str, float]) -> str | None:
        """Nothing: a map's scale has no meaning."""
        return None


def gradcam_settings(**given: Any) -> GradCam:
    """The settings of Grad-CAM, some of them given.

    Raises:
        ZooError: one is not known, or out of range.
    """
    return settings_of(GradCam, "Grad-CAM", given)


def gradcam(
    predictor: Predictor,
    faces: np.ndarray,
    *,
    targets: Targets = PREDICTED,
    progress: Progress | None = None,
    **settings: Any,
) -> list[WhiteBoxExplanation]:
    """Where the features are that raise each class, see `GradCam`.

    Args:
        predictor: a classifier or an ensemble; its members' networks are looked into.
        faces: (N, H, W, 1|3), uint8 or float, 0–255.
        targets: the classes to explain.
        progress: called with the faces done, times members, and their total.
        settings: fields of `GradCam`.

    Raises:
        ZooError: a name is not known, a setting out of range, `faces` are not faces, or a network
            has nothing to look at.
    """
    chosen = gradcam_settings(**settings)
    return explain_members(predictor, faces, targets, progress, chosen)


def layer_with_places(network: keras.Model, name: str | None = None) -> keras.layers.Layer:
    """The layer of a network to look at, its output (N, h, w, channels).

    Args:
        network: which.
        name: the layer's; by default that which the architecture's facts name.

    Raises:
        ZooError: the network has no such layer, or its output has no places, or nothing is named
            and the network is no architecture of the zoo.
    """
    layers = {layer.name: layer for layer in network.layers}
    name = name or _known_layer(network.name)
    if name not in layers:
        raise unknown(f"layer of {network.name}", name, layers)
    shape = layers[name].output.shape
    if len(shape) != 4:
        raise ZooError(f"layer {name} of {network.name}: its output {shape} has no places")
    return layers[name]


def one_hots(targets: np.ndarray, classes: int) -> np.ndarray:
    """(N, L) positions → (L, N, K) float32, 1 at each."""
    return np.eye(classes, dtype=np.float32)[targets.T]


def _class_map(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """(N, h, w, channels) twice → (N, h, w), 0 or more."""
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    return np.maximum((weights * activations).sum(axis=-1), 0)


def _known_layer(network: str) -> str:
    if network not in registry.list_architectures():
        raise ZooError(
            f"{network} is no architecture of the zoo: name the layer that is to be looked at"
        )
    return registry.architecture(network).gradcam_layer
