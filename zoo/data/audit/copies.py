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

from zoo.data.audit.alike import Pairs, groups_of, mirrored_alike, near_alike
from zoo.data.progress import part

if TYPE_CHECKING:
    from zoo.data.audit.faces import AuditedFaces
    from zoo.data.source import Progress


@dataclass(frozen=True)
class Copies:
    """What was found.

    Attributes:
        exact: the first of several faces of the same pixels with each of the others.
        near: pairs that are alike as they stand; of a crowd of copies (`zoo.data.audit.alike`)
            not all, but enough to make it one group.
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
    progress: Progress | None = None,
) -> Copies:
    """Find every face that stands among `faces` more than once.

    Args:
        faces: N faces.
        exact_hashes: (N,) of `zoo.data.hashes.face_hashes`.
        perceptual_hashes: (N, 15) of `zoo.data.audit.perceptual_hash.perceptual_hashes`.
        blank: (N,) bool, faces that show next to nothing: they have exact copies at most.
        progress: called with what is compared and what there is to compare.
    """
    _, first, inverse = np.unique(exact_hashes, return_index=True, return_inverse=True)
    originals = first[inverse]
    repeated = np.flatnonzero(originals != np.arange(len(faces)))
    exact = Pairs(
        np.stack([originals[repeated], repeated], axis=1), np.ones(len(repeated), np.float32)
    )
    # One of several exact copies is enough to compare with all others.
    distinct = np.setdiff1d(np.flatnonzero(~blank), repeated)
    near = near_alike(faces, distinct, perceptual_hashes, part(progress, 1, 2))
    mirrored = mirrored_alike(faces, distinct, perceptual_hashes, near, part(progress, 2, 2))
    near, mirrored = _better(near, mirrored), _better(mirrored, near)
    groups = groups_of(len(faces), (exact + near + mirrored).faces)
    return Copies(exact, near, mirrored, groups, groups_of(len(faces), exact.faces))


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
