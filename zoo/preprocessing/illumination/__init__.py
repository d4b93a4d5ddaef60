"""Illumination correction inside the network's graph: faces stay faces, 0–255 in and out.

What FER papers call normalising the lighting (Pramerdorfer & Kampel, arXiv:1612.02903, section 3).
Each face is corrected by its own pixels alone: nothing to fit, so nothing can be left unfitted.
One file per family of methods, each method a function from (N, H, W, 1) float faces to such faces;
`layer` makes a Keras layer of them.
"""

from zoo.preprocessing.illumination.layer import IlluminationCorrection, check_method

__all__ = ["IlluminationCorrection", "check_method"]
