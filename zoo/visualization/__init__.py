"""Feature visualisation: what a single network has learned, seen without any explanation.

`filters` shows the kernels of the first convolution, `feature_maps` what becomes of a face on its
way, `activation_maximization` the pictures that classes and channels answer to most, `ascent` how
those are found; `visualize` does all of them, and `files` writes them.
"""

from zoo.visualization.ascent import Ascent, ascent_settings
from zoo.visualization.visualize import DRAWN, Visualization, visualize

__all__ = ["DRAWN", "Ascent", "Visualization", "ascent_settings", "visualize"]
