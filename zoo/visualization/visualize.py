"""Everything there is to see of one network, in one object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.drawn import draw_faces
from zoo.data.emotions import FER2013_CLASSES
from zoo.explainers.methods import share_of
from zoo.explainers.white_box import in_float32
from zoo.predictor import checked_faces
from zoo.preprocessing.faces import to_face_shape
from zoo.preprocessing.illumination import IlluminationCorrection
from zoo.visualization.activation_maximization import (
    MaximizedUnits,
    check_channels,
    maximize_channels,
    maximize_classes,
    most_active_channels,
)
from zoo.visualization.ascent import Ascent
from zoo.visualization.feature_maps import LayerMaps, feature_maps
from zoo.visualization.filters import Filters, first_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from zoo.explainers.base import Progress
    from zoo.predictor import Classifier

DRAWN = "a drawn face"


@dataclass(frozen=True, eq=False)
class Visualization:
    """What can be seen of one network.

    Attributes:
        model: its name.
        classes: the K names.
        face: (h, w, C), 0–255, in the shape the network takes; the feature maps are of it.
        face_name: what it is called.
        probabilities: (K,) float32, of the face.
        filters: of the first convolution.
        feature_maps: of the face, by depth.
        by_class: the pictures that raise the logits.
        by_channel: the pictures that raise some channels of a layer.
        settings: of the ascent to the pictures.
        illumination: the correction behind which the pictures stand, or ``none``.
    """

    model: str
    classes: tuple[str, ...]
    face: np.ndarray
    face_name: str
    probabilities: np.ndarray
    filters: Filters
    feature_maps: tuple[LayerMaps, ...]
    by_class: MaximizedUnits
    by_channel: MaximizedUnits
    settings: Ascent
    illumination: str

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name, for an npz."""
        maps = {f"maps of {one.layer}": one.maps for one in self.feature_maps}
        channels = {f"channels of {one.layer}": one.channels for one in self.feature_maps}
        return {
            "face": self.face,
            "filters": self.filters.kernels,
            **maps,
            **channels,
            "class_pictures": self.by_class.pictures,
            "class_probabilities": self.by_class.probabilities,
            "channels": self.by_channel.units,
            "channel_pictures": self.by_channel.pictures,
            "channel_probabilities": self.by_channel.probabilities,
        }

    def facts(self) -> dict[str, Any]:
        """Everything but the pixels, as JSON."""
        return {
            "model": self.model,
            "face": self.face_name,
            "probabilities": self._by_class(self.probabilities),
            "filters": {
                "layer": self.filters.layer,
                "shape": list(self.filters.kernels.shape),
                "passed_over": list(self.filters.passed_over),
            },
            "feature_maps": [
                {
                    "layer": one.layer,
                    "shape": list(one.shape),
                    "channels": one.channels.tolist(),
                    "range": [one.low, one.high],
                }
                for one in self.feature_maps
            ],
            "activation_maximization": {
                "settings": asdict(self.settings),
                "illumination": self.illumination,
                "classes": self._reached(self.by_class, self.classes),
                "layer": self.by_channel.layer,
                "channels": self._reached(self.by_channel, self.by_channel.units.tolist()),
            },
        }

    def _reached(self, pictures: MaximizedUnits, names: Sequence[Any]) -> list[dict[str, Any]]:
        what = "logit" if pictures is self.by_class else "mean"
        return [
            {
                "class" if pictures is self.by_class else "channel": name,
                f"{what}_before": float(pictures.before[row]),
                f"{what}_after": float(pictures.after[row]),
                "probabilities": self._by_class(pictures.probabilities[row]),
            }
            for row, name in enumerate(names)
        ]

    def _by_class(self, probabilities: np.ndarray) -> dict[str, float]:
        return dict(zip(self.classes, probabilities.tolist(), strict=True))


def visualize(
    classifier: Classifier,
    face: np.ndarray | None = None,
    *,
    face_name: str = DRAWN,
    layer: str | None = None,
    channels: Sequence[int] | None = None,
    settings: Ascent | None = None,
    progress: Progress | None = None,
) -> Visualization:
    """Everything there is to see of one network.

    Args:
        classifier: whose network; of an ensemble, one of its members.
        face: (H, W, 1|3), uint8 or float, 0–255, to be followed through the network; by default
            `drawn_face`.
        face_name: what it is called.
        layer: whose channels are shown; by default that which Grad-CAM looks at.
        channels: which, from 0; by default those that the face excites most.
        settings: of the ascent.
        progress: called with the steps done and their total.

    Raises:
        ZooError: the network has no such layer or channel, no convolution with places, or no
            logits; or `face` is none.
    """
    settings = settings or Ascent()
    given = checked_faces((drawn_face() if face is None else face)[np.newaxis])
    network = in_float32(classifier.network)
    shown = to_face_shape(given, network.input_shape[1:])[0]
    if channels is None:
        channels = most_active_channels(network, layer, shown)
    check_channels(network, layer, channels)  # what is wrong is said before the long part
    return Visualization(
        model=classifier.name,
        classes=tuple(classifier.classes),
        face=shown,
        face_name=face_name,
        probabilities=classifier.predict_proba(given)[0],
        filters=first_filters(network),
        feature_maps=feature_maps(network, shown),
        by_class=maximize_classes(network, settings, share_of(progress, 0, 2)),
        by_channel=maximize_channels(network, layer, channels, settings, share_of(progress, 1, 2)),
        settings=settings,
        illumination=_illumination(network),
    )


def drawn_face() -> np.ndarray:
    """A face that is nobody's and looks happy, (48, 48, 1) uint8, always the same."""
    return draw_faces([FER2013_CLASSES.index("happy")], seed=4).faces[0]


def _illumination(network: keras.Model) -> str:
    corrections = (one for one in network.layers if isinstance(one, IlluminationCorrection))
    return next((one.method for one in corrections), "none")
