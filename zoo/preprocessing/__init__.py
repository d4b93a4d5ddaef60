"""What happens to faces inside a network or before it.

The names and numbers that need no Keras stand here, so that a recipe is checked without it.
"""

ILLUMINATION_METHODS = ("none", "standardize", "equalize", "clahe", "plane", "tan_triggs")
"""What `zoo.preprocessing.illumination.IlluminationCorrection` can do; ``none`` adds no layer."""

LUMA = (0.299, 0.587, 0.114)
"""The weights of red, green and blue in brightness (ITU-R BT.601, section 2.5.1)."""
