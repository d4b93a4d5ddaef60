"""Faces that stand in a data set more than once: exactly, nearly, or mirrored.

Exact copies have the same pixels. Every other candidate pair comes from the perceptual hashes and
is a copy if its pixels are alike enough (`zoo.data.audit.likeness.COPY`): compressed again,
shifted by a pixel, brightened, cropped a little differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoo.data.audit.likeness import COPY, detail, likeness
from zoo.data.audit.perceptual_hash import near_mirrored_pairs, near_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.data.audit.faces import AuditedFaces

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


@dataclass(frozen=True)
class Copies:
    """What was found.

    Attributes:
        exact: the first of several faces of the same pixels with each of the others.
        near: pairs that are alike as they stand.
        mirrored: pairs that are alike when one is mirrored, and not, or less so, as they stand.
        groups: (N,) for each face the number of its group, from 0 in the order of their first
            faces; −1 where it has no copy. Copies of copies are in the same group.
        exact_groups: the same for exact copies alone.
    """

    exact: Pairs
    near: Pairs
    mirrored: Pairs
    groups: np.ndarray
    exact_groups: np.ndarray

    @cached_property
    def members(self) -> list[np.ndarray]:
        """The positions in each group, ascending."""
        inside = np.flatnonzero(self.groups >= 0)
        order = inside[np.argsort(self.groups[inside], kind="stable")]
        _, starts = np.unique(self.groups[order], return_index=True)
        return np.split(order, starts[1:]) if len(inside) else []


def find_copies(
    faces: AuditedFaces,
    exact_hashes: np.ndarray,
    perceptual_hashes: np.ndarray,
    blank: np.ndarray,
) -> Copies:
    """Find every face that stands among `faces` more than once.

    Args:
        faces: N faces.
        exact_hashes: (N,) of `zoo.data.hashes.face_hashes`.
        perceptual_hashes: (N, 15) of `zoo.data.audit.perceptual_hash.perceptual_hashes`.
        blank: (N,) bool, faces that show next to nothing: they have exact copies at most.
    """
    _, first, inverse = np.unique(exact_hashes, return_index=True, return_inverse=True)
    originals = first[inverse]
    repeated = np.flatnonzero(originals != np.arange(len(faces)))
    exact = Pairs(
        np.stack([originals[repeated], repeated], axis=1), np.ones(len(repeated), np.float32)
    )
    # One of several exact copies is enough to compare with all others.
    distinct = np.setdiff1d(np.flatnonzero(~blank), repeated)
    near = _alike(faces, distinct, perceptual_hashes, near_pairs)
    mirrored = _alike(faces, distinct, perceptual_hashes, near_mirrored_pairs, mirror=True)
    near, mirrored = _better(near, mirrored), _better(mirrored, near)
    pairs = np.concatenate([exact.faces, near.faces, mirrored.faces])
    groups = _groups(len(faces), pairs)
    return Copies(exact, near, mirrored, groups, _groups(len(faces), exact.faces))


def _alike(
    faces: AuditedFaces,
    distinct: np.ndarray,
    hashes: np.ndarray,
    candidates: Callable[[np.ndarray], np.ndarray],
    *,
    mirror: bool = False,
) -> Pairs:
    """Those of the candidate pairs among `distinct` faces whose pixels are alike."""
    pairs = distinct[candidates(hashes[distinct])]
    values = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = pairs[start : start + _PAIRS_AT_ONCE]
        needed, inverse = np.unique(some, return_inverse=True)
        details = detail(faces.pixels(needed))
        first, second = inverse.reshape(some.shape).T
        other = details[..., ::-1] if mirror else details
        values[start : start + len(some)] = likeness(details[first], other[second])
    alike = values >= COPY
    return Pairs(pairs[alike], values[alike])


def _better(pairs: Pairs, others: Pairs) -> Pairs:
    """Those of `pairs` that are not also among `others`, or are more alike here."""
    there = dict(zip(map(tuple, others.faces.tolist()), others.likeness, strict=True))
    kept = np.array(
        [
            value >= there.get(tuple(pair), 0)
            for pair, value in zip(pairs.faces.tolist(), pairs.likeness, strict=True)
        ],
        bool,
    )
    return Pairs(pairs.faces[kept], pairs.likeness[kept])


def _groups(count: int, pairs: np.ndarray) -> np.ndarray:
    """The connected components of more than one face, in the order of their first faces."""
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (count, count))
    _, component = connected_components(graph, directed=False)
    sizes = np.bincount(component, minlength=1)
    numbers = np.full(len(sizes), -1)
    inside = sizes[component] > 1
    _, first = np.unique(component[inside], return_index=True)
    in_order = component[inside][np.sort(first)]
    numbers[in_order] = np.arange(len(in_order))
    return numbers[component]
