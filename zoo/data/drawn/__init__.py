"""The built-in data set: drawn faces, and the truth about where their emotion is.

A picture comes about in this order: `chance` gives every face its random numbers, `person` who
is in it and how the head is held, `action_units` what the face does; `head`, `features` and
`nuisance` turn these into shapes and light, `rendering` into pixels, `faces` puts it all
together, and `dataset` keeps the result.
"""

from zoo.data.drawn.dataset import VERSION, drawn_dataset, drawn_masks, is_drawn
from zoo.data.drawn.faces import DrawnFaces, draw_faces

__all__ = ["VERSION", "DrawnFaces", "draw_faces", "drawn_dataset", "drawn_masks", "is_drawn"]
