"""The techniques of the ablation, as data: what each sets over the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

BASELINE = "baseline"


@dataclass(frozen=True)
class Variant:
    """One technique, as recipe keys over the baseline's.

    Attributes:
        technique: its mark in docs/recipes.md; several settings of one share it.
        title: as tables and pictures have it.
        settings: recipe values by dotted key.
    """

    technique: str
    title: str
    settings: Mapping[str, Any]


VARIANTS = (
    Variant(BASELINE, "baseline", {}),
    Variant("label_smoothing", "label smoothing 0.1", {"label_smoothing": 0.1}),
    Variant("soft_labels", "soft labels, FER+", {"labels": "soft"}),
    # 0.999 would keep a sixth of the initial weights after the 1,800 steps of eight epochs.
    Variant("ema", "averaged weights, decay 0.99", {"ema": 0.99}),
    # As arXiv 2105.03588 trains its VGG.
    Variant(
        "sgd",
        "SGD 0.01, Nesterov 0.9",
        {"optimizer.name": "sgd", "optimizer.learning_rate": 0.01},
    ),
    Variant(
        "rmsprop",
        "RMSprop 1e-3, no momentum",
        {"optimizer.name": "rmsprop", "optimizer.momentum": 0.0},
    ),
    Variant("adamw", "weight decay 0.05", {"optimizer.weight_decay": 0.05}),
    Variant("clipping", "gradient norm ≤ 1", {"optimizer.clip_norm": 1.0}),
    Variant("class_weights", "class weights", {"class_weights": "balanced"}),
    Variant("oversampling", "oversampling", {"oversample": True}),
    Variant("cosine", "constant rate", {"schedule.name": "constant"}),
    Variant(
        "plateau", "plateau, patience 1", {"schedule.name": "plateau", "schedule.patience": 1}
    ),
    Variant(
        "inverse_time",
        "inverse time, decay 2e-3",
        {"schedule.name": "inverse_time", "schedule.decay": 2e-3},
    ),
    Variant(
        "pose",
        "no pose",
        {f"augmentation.{key}": 0.0 for key in ("rotation", "zoom", "shift")}
        | {"augmentation.flip": False},
    ),
    Variant(
        "pose",
        "twice the pose",
        {"augmentation.rotation": 20.0, "augmentation.zoom": 0.2, "augmentation.shift": 0.2},
    ),
    Variant(
        "lighting",
        "contrast 0.3, brightness 0.2",
        {"augmentation.contrast": 0.3, "augmentation.brightness": 0.2},
    ),
    Variant("rand_augment", "RandAugment 0.5", {"augmentation.rand_augment": 0.5}),
    Variant("erasing", "erasing half of the faces", {"augmentation.erasing": 0.5}),
    Variant("grid_mask", "GridMask on half of the faces", {"augmentation.grid_mask": 0.5}),
    Variant("mixup", "MixUp 0.2", {"augmentation.mixup": 0.2}),
    Variant("cutmix", "CutMix 1", {"augmentation.cutmix": 1.0}),
    Variant("clahe", "illumination: clahe", {"network.illumination": "clahe"}),
    Variant("dropout", "published dropout throughout", {"network.dropout_scale": 1.0}),
    Variant(
        "dropout",
        "half the dropout after 2 epochs without",
        {
            "network.dropout_scale": 1.0,
            "phases": [
                {"name": "take-off", "epochs": 2, "learning_rate": 1e-3, "dropout": 0.0},
                {"name": "everything", "learning_rate": 1e-3, "dropout": 0.5},
            ],
        },
    ),
)
