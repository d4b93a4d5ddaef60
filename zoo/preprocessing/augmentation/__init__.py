"""Random changes to training faces."""

from zoo.preprocessing.augmentation.pipeline import augment
from zoo.preprocessing.augmentation.settings import Augmentation

__all__ = ["Augmentation", "augment"]
