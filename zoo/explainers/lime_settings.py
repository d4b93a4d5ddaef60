"""How LIME explains a face, and the settings that have a name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from zoo.errors import ZooError, unknown
from zoo.explainers.settings import check_counts, check_ranges, settings_of
from zoo.explainers.superpixels import SuperpixelSettings
from zoo.explainers.surrogate import FEATURE_SELECTIONS

AUTO = "auto"
"""As many samples as it takes."""


@dataclass(frozen=True, kw_only=True)
class LimeSettings(SuperpixelSettings):
    """How a face is explained.

    Attributes:
        samples: perturbed faces, the unperturbed one included; or `AUTO`, as many as it takes
            until another seed would show the same, see `convergence.repeatability`; not with
            `features`.
        pairs: whether each mask is followed by its complement, which takes fewer samples; else
            they are drawn as lime draws them.
        confidence: how surely another seed must show the same, for `AUTO`.
        most_samples: where `AUTO` gives up.
        features: superpixels in each class's linear model, at most; all if `None`.
        feature_selection: how they are chosen, one of `FEATURE_SELECTIONS`.
    """

    samples: int | str = 1000
    pairs: bool = True
    confidence: float = 0.95
    most_samples: int = 10_000
    features: int | None = None
    feature_selection: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.feature_selection not in FEATURE_SELECTIONS:
            raise unknown("feature selection", self.feature_selection, FEATURE_SELECTIONS)
        check_ranges(self, {"confidence": (0, 0.999)})
        if isinstance(self.samples, str) and self.samples != AUTO:
            raise ZooError(f"samples = {self.samples}: expected a number, or {AUTO}")
        counts = {} if self.samples == AUTO else {"samples": 2}
        check_counts(self, {"features": 1, "most_samples": 2, **counts})
        if self.samples == AUTO and self.features is not None:
            raise ZooError(
                f"samples = {AUTO} judges linear models over all superpixels, not over "
                f"{self.features} features: name a number of samples, or no features"
            )


_SOURCE = LimeSettings(
    samples=10_000,
    pairs=False,
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
    if not isinstance(preset, str) or preset not in PRESETS:
        raise unknown("preset", preset, PRESETS)
    fields = {
        field.name: getattr(PRESETS[preset], field.name)
        for field in dataclasses.fields(LimeSettings)
    }
    return settings_of(LimeSettings, "LIME", fields | overrides)
