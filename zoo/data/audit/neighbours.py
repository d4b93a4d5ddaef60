"""Which faces' perceptual hashes are near each other: few for each face, or crowds cost too much.

Where thousands of faces are nearly the same, frames of a video or an image that was compressed
again and again, there are millions of near pairs. So each face has its nearest `NEIGHBOURS` at
most. In 15 dimensions a k-d tree looks at nearly every face of a tight crowd to find even those:
`near_drawn` finds such crowds at the cost of a few faces' distances to all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from zoo.data.audit.perceptual_hash import RADIUS, mirrored

NEIGHBOURS = 64
"""Of 30,768 different faces of FER2013 99.9 % have no more within `RADIUS`; the most have 117."""

TIGHT = 0.05
"""Distance within which a crowd is tight: what JPEG of quality 20 moves a face by."""

_DRAWN = 256
_QUERIES_AT_ONCE = 4096


@dataclass(frozen=True)
class Neighbours:
    """The pairs of faces that are near each other.

    Attributes:
        pairs: (M, 2) positions, each pair once, the smaller position first.
        ranks: (M,) how many faces are nearer than the other one to one of the two.
        more: (N,) bool, of each face whether it may be near others, which are further away.
    """

    pairs: np.ndarray
    ranks: np.ndarray
    more: np.ndarray


def neighbours(hashes: np.ndarray, radius: float = RADIUS, *, mirror: bool = False) -> Neighbours:
    """The pairs within `radius`, but only the nearest `NEIGHBOURS` or so of each face.

    Args:
        hashes: (N, 15), of `zoo.data.audit.perceptual_hash.perceptual_hashes`.
        radius: distance up to which two are near.
        mirror: whether one face of each pair is mirrored. A face and itself are no pair.
    """
    tree, count = cKDTree(hashes), len(hashes)
    asked = mirrored(hashes) if mirror else hashes
    nearest = range(1, NEIGHBOURS + 2)  # one more, for most faces are near themselves
    codes, ranks = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    more = np.zeros(count, bool)
    for start in range(0, count, _QUERIES_AT_ONCE):
        some = asked[start : start + _QUERIES_AT_ONCE]
        _, found = tree.query(some, nearest, distance_upper_bound=radius, workers=-1)
        more[start : start + len(some)] = found[:, -1] < count
        row, rank = np.nonzero(found < count)
        one, other = row + start, found[row, rank]
        apart = one != other
        codes.append((np.minimum(one, other) * count + np.maximum(one, other))[apart])
        ranks.append(rank[apart])
    return _each_once(np.concatenate(codes), np.concatenate(ranks), more)


def near_drawn(hashes: np.ndarray) -> np.ndarray:
    """Each face with the first within `TIGHT` of it among a few faces that are drawn by lot.

    Args:
        hashes: (N, 15).

    Returns:
        (M, 2) positions, each pair once, the smaller position first.
    """
    drawn = np.random.default_rng(0).permutation(len(hashes))[:_DRAWN]
    pairs = [np.empty((0, 2), np.int64)]
    for start in range(0, len(hashes), _QUERIES_AT_ONCE):
        near = cdist(hashes[start : start + _QUERIES_AT_ONCE], hashes[drawn]) <= TIGHT
        one = np.flatnonzero(near.any(axis=1))
        pairs.append(np.stack([one + start, drawn[near[one].argmax(axis=1)]], axis=1))
    found = np.concatenate(pairs)
    return np.unique(np.sort(found[found[:, 0] != found[:, 1]], axis=1), axis=0)


def _each_once(codes: np.ndarray, ranks: np.ndarray, more: np.ndarray) -> Neighbours:
    """Pairs, from numbers that each stand for one, at the smaller of their ranks."""
    order = np.argsort(ranks, kind="stable")
    codes, first = np.unique(codes[order], return_index=True)
    pairs = np.stack(np.divmod(codes, max(1, len(more))), axis=1)
    return Neighbours(pairs, ranks[order][first], more)
