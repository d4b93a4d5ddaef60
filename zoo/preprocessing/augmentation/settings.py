"""The ``[augmentation]`` table of a recipe."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_SMALLEST_CUTMIX = 0.1
"""Keras draws the areas as x / (x + y) from two gamma distributions, which underflow together for
a smaller alpha: on TensorFlow 18 % of the areas are then a half (alpha 0.01) instead of 0 or 1."""


def _large_enough(alpha: float) -> float:
    if 0 < alpha < _SMALLEST_CUTMIX:
        raise ValueError(f"expected 0 or {_SMALLEST_CUTMIX} to 1")
    return alpha


class Augmentation(BaseModel):
    """How far faces are changed; a recipe's ``[augmentation]`` table. All off at 0 and false.

    Attributes:
        rotation: degrees; drawn from ±rotation.
        shear: degrees of the shear angle; drawn from ±shear.
        zoom: fraction; the magnification is drawn from 1 ± zoom, the same for both axes.
        shift: fraction of the side; drawn from ±shift for each axis.
        flip: whether half of the faces are mirrored left to right.
        contrast: fraction; distances from the face's mean are multiplied by 1 ± contrast.
        brightness: fraction of 255; ±brightness·255 is added.
        rand_augment: strength of Keras' RandAugment, 0–1.
        erasing: share of faces in which a random rectangle is erased.
        grid_mask: share of faces under a grid of black squares; needs keras-cv.
        channel_shuffle: groups of channels that are shuffled; needs keras-cv.
        mixup: both parameters of the beta distribution from which MixUp draws its weights.
        cutmix: likewise for the area that CutMix leaves of a face.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rotation: float = Field(ge=0, le=180, allow_inf_nan=False)
    shear: float = Field(ge=0, lt=90, allow_inf_nan=False)
    zoom: float = Field(ge=0, lt=1, allow_inf_nan=False)
    shift: float = Field(ge=0, le=1, allow_inf_nan=False)
    flip: bool
    contrast: float = Field(ge=0, le=1, allow_inf_nan=False)
    brightness: float = Field(ge=0, le=1, allow_inf_nan=False)
    rand_augment: float = Field(ge=0, le=1, allow_inf_nan=False)
    erasing: float = Field(ge=0, le=1, allow_inf_nan=False)
    grid_mask: float = Field(ge=0, le=1, allow_inf_nan=False)
    channel_shuffle: int = Field(ge=0)
    mixup: float = Field(ge=0, le=1, allow_inf_nan=False)
    cutmix: Annotated[float, AfterValidator(_large_enough)] = Field(
        ge=0, le=1, allow_inf_nan=False
    )

    @property
    def moves(self) -> bool:
        """Whether any setting resamples the face."""
        return self.flip or any((self.rotation, self.shear, self.zoom, self.shift))

    @property
    def relights(self) -> bool:
        """Whether any setting changes grey levels in place."""
        return any((self.contrast, self.brightness))

    @property
    def mixes(self) -> bool:
        """Whether any setting mixes faces with each other."""
        return any((self.mixup, self.cutmix))
