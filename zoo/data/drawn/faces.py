"""Seeded drawn faces with the mask of what carries their emotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.drawn import features, head, nuisance, rendering
from zoo.data.drawn.action_units import CARRYING, REGIONS, express
from zoo.data.drawn.chance import Chance, balanced_labels
from zoo.data.drawn.person import hold, meet
from zoo.data.emotions import FER2013_CLASSES
from zoo.errors import ZooError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_AT_ONCE = 256
_SMALLEST = 24


@dataclass(frozen=True)
class DrawnFaces:
    """N drawn faces.

    Attributes:
        faces: (N, size, size, 1) uint8, 0–255.
        labels: (N,) int64, positions in `FER2013_CLASSES`.
        masks: (N, size, size) bool, the visible pixels of the regions that carry the face's
            emotion: those that the action units of its prototype move. Only there does a face
            differ from the same face at rest. For neutral, which no unit shows, all regions.
        regions: (N, size, size) bool, the visible pixels of all regions. They depend on the
            person, the pose and the occluders, never on the emotion; outside of them a face is
            the same, pixel for pixel, whichever emotion it shows.
    """

    faces: np.ndarray
    labels: np.ndarray
    masks: np.ndarray
    regions: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def draw_faces(labels_or_count: ArrayLike, seed: int, *, size: int = 48) -> DrawnFaces:
    """Draw faces; 2,800 to 3,600 a second of one core.

    Face i depends on the seed, i and its label alone, so more faces start with the fewer.

    Args:
        labels_or_count: (N,) int labels, positions in `FER2013_CLASSES`; or how many faces,
            which then show every emotion equally often (±1) in random order.
        seed: not negative.
        size: side of the pictures in pixels, 24 at least.

    Raises:
        ZooError: a label, the count, the seed or the size out of its range.
    """
    wanted = np.asarray(labels_or_count)
    if not np.issubdtype(wanted.dtype, np.integer) or wanted.ndim > 1 or (wanted < 0).any():
        raise ZooError(f"drawn faces: {labels_or_count!r} is neither a count nor a list of labels")
    if seed < 0 or size < _SMALLEST:
        raise ZooError(
            f"drawn faces: seed {seed}, size {size}: expected a seed of 0 or more "
            f"and a size of {_SMALLEST} or more"
        )
    if wanted.ndim == 0:
        labels = balanced_labels(int(wanted), len(FER2013_CLASSES), seed)
    else:
        labels = wanted.astype(np.int64)
    if (labels >= len(FER2013_CLASSES)).any():
        raise ZooError(f"drawn faces: label {labels.max()}, expected 0–{len(FER2013_CLASSES) - 1}")
    drawn = DrawnFaces(
        np.empty((len(labels), size, size, 1), np.uint8),
        labels,
        np.empty((len(labels), size, size), bool),
        np.empty((len(labels), size, size), bool),
    )
    for start in range(0, len(labels), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        indices = np.arange(start, min(start + _AT_ONCE, len(labels)))
        drawn.faces[some, ..., 0], drawn.masks[some], drawn.regions[some] = _draw(
            labels[some], Chance(seed, indices), size
        )
    return drawn


def _draw(
    labels: np.ndarray, chance: Chance, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces (N, size, size) uint8, carrying masks and all regions, (N, size, size) bool each."""
    person = meet(chance)
    pose = hold(person, chance)
    units = express(labels, chance)
    behind = head.behind(person, pose, chance) + head.bare_head(person, pose)
    occluders = nuisance.occluders(chance)
    outlines, shapes = features.regions(person, pose), features.expression(units, person, pose)
    stencils = [rendering.area(outlines[name], size) for name in REGIONS]
    pictures = rendering.render(
        chance.between(30.0, 225.0),
        behind,
        [(stencil, shapes[name]) for name, stencil in zip(REGIONS, stencils, strict=True)],
        head.glasses(person, pose) + occluders,
        size,
    )
    pictures *= nuisance.illumination(person, pose, chance, size)
    faces = nuisance.expose(pictures, chance)

    # Blurring carries the expression out of its regions, but not through an occluder's middle,
    # whose area counts pixels that it only touches.
    reach = nuisance.blur_radius(size)
    hidden = [
        rendering.grown(rendering.area([thing.points], size, np.isfinite(thing.grey)), -reach - 2)
        for thing in occluders
    ]
    visible = ~np.logical_or.reduce(hidden)
    regions = np.stack([rendering.grown(stencil, reach) & visible for stencil in stencils], axis=1)
    carrying = regions & CARRYING[labels][:, :, None, None]
    return faces, np.any(carrying, axis=1), np.any(regions, axis=1)
