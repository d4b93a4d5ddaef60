"""Layer-wise relevance propagation, for the networks of the zoo."""

from zoo.explainers.lrp.composites import COMPOSITES
from zoo.explainers.lrp.lrp import LRP, lrp, lrp_settings

__all__ = ["COMPOSITES", "LRP", "lrp", "lrp_settings"]
