"""How LIME explains a face, and the settings that have a name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError, unknown
from zoo.explainers.segmentation import ALGORITHMS
from zoo.explainers.surrogate import FEATURE_SELECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping


MOST = 1_000_000
"""The largest count a setting may have: the masks of so many samples fit into memory."""


@dataclass(frozen=True)
class LimeSettings:
    """How a face is explained.

    Attributes:
        samples: perturbed faces, the unperturbed one included.
        features: superpixels in each class's linear model, at most; all if `None`.
        feature_selection: how they are chosen, one of `FEATURE_SELECTIONS`.
        segmentation: one of `ALGORITHMS`.
        segmentation_settings: scikit-image's parameters, over the defaults.
        hide: what replaces a hidden superpixel: a grey level 0–255, or its mean colour if `None`.
        minimum_weight: pictures leave out superpixels whose weight is not larger than this.
        shown: superpixels in a picture, at most.
        seed: decides the masks.
        batch_size: perturbed faces per call of the predictor.
    """

    samples: int = 1000
    features: int | None = None
    feature_selection: str = "auto"
    segmentation: str = "slic"
    segmentation_settings: Mapping[str, Any] = field(default_factory=dict)
    hide: float | None = None
    minimum_weight: float = 0.01
    shown: int = 5
    seed: int = 0
    batch_size: int = 1024

    def __post_init__(self) -> None:
        if self.segmentation not in ALGORITHMS:
            raise unknown("segmentation", self.segmentation, ALGORITHMS)
        if self.feature_selection not in FEATURE_SELECTIONS:
            raise unknown("feature selection", self.feature_selection, FEATURE_SELECTIONS)
        if self.hide is not None and not 0 <= self.hide <= 255:
            raise ZooError(f"hide = {self.hide}: expected a grey level 0–255, or nothing")
        if not self.minimum_weight >= 0:
            raise ZooError(f"minimum_weight = {self.minimum_weight}: expected 0 or more")
        if not 0 <= self.seed < 2**32:
            raise ZooError(f"seed = {self.seed}: expected 0 to 2³² − 1")
        for name, least in {"samples": 2, "features": 1, "shown": 1, "batch_size": 1}.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= MOST:
                raise ZooError(f"{name} = {value}: expected {least} to {MOST:,}")


_SOURCE = LimeSettings(
    samples=10_000,
    features=5,
    segmentation="slic",
    segmentation_settings={"n_segments": 100, "compactness": 1.0, "sigma": 1.0},
    hide=0,
    minimum_weight=0.01,
)

PRESETS = {
    "default": LimeSettings(),
    "source-ridge": dataclasses.replace(_SOURCE, feature_selection="auto"),
    "source-klasso": dataclasses.replace(_SOURCE, feature_selection="lasso_path"),
}
"""Settings by name. The sources explained seven labels with five superpixels each."""


def lime_settings(preset: str = "default", **overrides: Any) -> LimeSettings:
    """A preset with some of its fields replaced.

    Raises:
        ZooError: a name is not known or a value out of range.
    """
    if preset not in PRESETS:
        raise unknown("preset", preset, PRESETS)
    known = [field.name for field in dataclasses.fields(LimeSettings)]
    for name in overrides:
        if name not in known:
            raise unknown("LIME setting", name, known)
    return dataclasses.replace(PRESETS[preset], **overrides)
