"""How LIME explains a face, and the settings that have a name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from zoo.errors import unknown
from zoo.explainers.settings import check_counts, settings_of
from zoo.explainers.superpixels import SuperpixelSettings
from zoo.explainers.surrogate import FEATURE_SELECTIONS


@dataclass(frozen=True, kw_only=True)
class LimeSettings(SuperpixelSettings):
    """How a face is explained.

    Attributes:
        features: superpixels in each class's linear model, at most; all if `None`.
        feature_selection: how they are chosen, one of `FEATURE_SELECTIONS`.
    """

    features: int | None = None
    feature_selection: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.feature_selection not in FEATURE_SELECTIONS:
            raise unknown("feature selection", self.feature_selection, FEATURE_SELECTIONS)
        check_counts(self, {"features": 1})


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
    fields = {
        field.name: getattr(PRESETS[preset], field.name)
        for field in dataclasses.fields(LimeSettings)
    }
    return settings_of(LimeSettings, "LIME", fields | overrides)
