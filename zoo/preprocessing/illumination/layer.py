"""The layer that corrects the light, whatever the method."""

from __future__ import annotations

from typing import Any

import keras

from zoo.errors import unknown
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.preprocessing.illumination.histograms import clahe, equalize
from zoo.preprocessing.illumination.moments import standardize
from zoo.preprocessing.illumination.plane import plane
from zoo.preprocessing.illumination.tan_triggs import tan_triggs
from zoo.preprocessing.layers import luma

_CORRECTIONS = {
    "standardize": standardize,
    "equalize": equalize,
    "clahe": clahe,
    "plane": plane,
    "tan_triggs": tan_triggs,
}


@keras.saving.register_keras_serializable(package="zoo")
class IlluminationCorrection(keras.layers.Layer):
    """Correct each face's lighting; (N, H, W, 1|3), 0–255, in and out, always in float32.

    RGB faces are corrected in brightness: the change of a pixel's luma is added to its three
    channels.

    Args:
        method: one of `zoo.preprocessing.ILLUMINATION_METHODS`, but not ``"none"``.
        **kwargs: Keras' own, e.g. `name`.

    Raises:
        ZooError: there is no such method.
    """

    def __init__(self, method: str, **kwargs: Any):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        if method not in _CORRECTIONS:
            raise unknown("illumination correction", method, _CORRECTIONS)
        self.method = method

    def call(self, faces: Any) -> Any:
        """Correct a batch."""
        correct = _CORRECTIONS[self.method]
        if faces.shape[-1] == 1:
            return correct(faces)
        brightness = luma(faces)
        return keras.ops.clip(faces + correct(brightness) - brightness, 0.0, 255.0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's; said because JAX cannot work it out for a batch of unknown size."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The settings, for Keras."""
        return {**super().get_config(), "method": self.method}


def check_method(method: str) -> None:
    """Raise if there is no such illumination correction.

    Raises:
        ZooError: `method` is not in `ILLUMINATION_METHODS`; the nearest names are given.
    """
    if method not in ILLUMINATION_METHODS:
        raise unknown("illumination correction", method, ILLUMINATION_METHODS)
