"""Which faces are alike pixel by pixel, of those whose perceptual hashes are near each other.

A crowd, more than `NEIGHBOURS` faces that are copies of each other, is compared with the other
faces through one that stands for it, so that time grows with the faces and not with their pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoo.data.audit.likeness import COPY, detail, likeness
from zoo.data.audit.neighbours import NEIGHBOURS, near_drawn, neighbours
from zoo.data.progress import part

if TYPE_CHECKING:
    from zoo.data.audit.faces import AuditedFaces
    from zoo.data.source import Progress

_ALWAYS = 8
"""Neighbours with which a face is compared even if copies of copies make them one group already:
so many pairs are told apart as near or mirrored, and each face's best copy is known."""

_PAIRS_AT_ONCE = 1024


@dataclass(frozen=True)
class Pairs:
    """Pairs of faces of one kind.

    Attributes:
        faces: (M, 2) positions.
        likeness: (M,) float32, 1 for exact copies.
    """

    faces: np.ndarray
    likeness: np.ndarray

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(
            np.concatenate([self.faces, other.faces]),
            np.concatenate([self.likeness, other.likeness]),
        )


def near_alike(
    faces: AuditedFaces, chosen: np.ndarray, hashes: np.ndarray, progress: Progress | None
) -> Pairs:
    """The pairs of copies among some faces as they stand; in a crowd enough of them to link it.

    Args:
        faces: N faces.
        chosen: (n,) positions of those to compare.
        hashes: (N, 15) of `zoo.data.audit.perceptual_hash.perceptual_hashes`.
        progress: called with the pairs that are compared and their number.
    """
    tight = _compared(faces, chosen[near_drawn(hashes[chosen])], part(progress, 1, 2))
    left = one_of_each_crowd(chosen, groups_of(len(faces), tight.faces))
    of_crowds = ~np.isin(tight.faces, left).all(axis=1)  # the others are compared once more
    crowds = Pairs(tight.faces[of_crowds], tight.likeness[of_crowds])
    return crowds + _alike(faces, left, hashes, part(progress, 2, 2))


def mirrored_alike(
    faces: AuditedFaces,
    chosen: np.ndarray,
    hashes: np.ndarray,
    near: Pairs,
    progress: Progress | None,
) -> Pairs:
    """The pairs that are alike when one of the two is mirrored.

    Args:
        faces: N faces.
        chosen: (n,) positions of those to compare.
        hashes: (N, 15) of `zoo.data.audit.perceptual_hash.perceptual_hashes`.
        near: what `near_alike` gives for them.
        progress: called with the pairs that are compared and their number.
    """
    chosen = one_of_each_crowd(chosen, groups_of(len(faces), near.faces))
    return _alike(faces, chosen, hashes, progress, mirror=True)


def groups_of(count: int, pairs: np.ndarray) -> np.ndarray:
    """The connected components of more than one face, in the order of their first faces.

    Args:
        count: N, how many faces there are.
        pairs: (M, 2) positions.

    Returns:
        (N,) the number of each face's group, −1 where it is in none.
    """
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (count, count))
    _, component = connected_components(graph, directed=False)
    sizes = np.bincount(component, minlength=1)
    numbers = np.full(len(sizes), -1)
    inside = sizes[component] > 1
    _, first = np.unique(component[inside], return_index=True)
    in_order = component[inside][np.sort(first)]
    numbers[in_order] = np.arange(len(in_order))
    return numbers[component]


def one_of_each_crowd(chosen: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Of `chosen` faces, (n,) ascending, all that are in no crowd, and one for each crowd."""
    sizes = np.bincount(groups[groups >= 0], minlength=1)
    own = groups[chosen]
    crowded = (own >= 0) & (sizes[own] > NEIGHBOURS)
    _, first = np.unique(own[crowded], return_index=True)
    return np.sort(np.concatenate([chosen[~crowded], chosen[crowded][first]]))


def _alike(
    faces: AuditedFaces,
    chosen: np.ndarray,
    hashes: np.ndarray,
    progress: Progress | None,
    *,
    mirror: bool = False,
) -> Pairs:
    """The pairs of copies among faces that are in no crowd that is known yet.

    What turns out to be a crowd is compared once more, through one face, with those that were too
    far away to be among the nearest.
    """
    found = Pairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    asked = chosen
    while len(asked):
        near = neighbours(hashes[asked], mirror=mirror)
        pairs = asked[near.pairs]
        for number, ranks in enumerate((near.ranks <= _ALWAYS, near.ranks > _ALWAYS), 1):
            groups = groups_of(len(faces), found.faces)[pairs[ranks]]
            apart = (groups[:, 0] < 0) | (groups[:, 0] != groups[:, 1])
            told = part(progress, number, 2) if asked is chosen else None
            found += _compared(faces, pairs[ranks][apart], told, mirror=mirror)
        left = one_of_each_crowd(asked[near.more], groups_of(len(faces), found.faces))
        # A crowd of faces that are not alike stays as it is: asking again would tell nothing new.
        asked = left if len(left) <= len(asked) / 2 else left[:0]
    return found


def _compared(
    faces: AuditedFaces, pairs: np.ndarray, progress: Progress | None, *, mirror: bool = False
) -> Pairs:
    """Those of some pairs, (M, 2) positions, whose pixels are alike."""
    values = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = pairs[start : start + _PAIRS_AT_ONCE]
        needed, inverse = np.unique(some, return_inverse=True)
        details = detail(faces.pixels(needed))
        first, second = inverse.reshape(some.shape).T
        other = details[..., ::-1] if mirror else details
        values[start : start + len(some)] = likeness(details[first], other[second])
        if progress:
            progress(start + len(some), len(pairs))
    alike = values >= COPY
    return Pairs(pairs[alike], values[alike])
