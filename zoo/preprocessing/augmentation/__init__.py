"""Random changes to training faces."""

from zoo.preprocessing.augmentation.pipeline import augment, check_augmentation, mix
from zoo.preprocessing.augmentation.settings import Augmentation

__all__ = ["Augmentation", "augment", "check_augmentation", "mix"]
