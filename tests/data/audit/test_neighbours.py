"""Which hashes are near each other, in crowds too."""

import numpy as np
import pytest

from zoo.data.audit.neighbours import NEIGHBOURS, TIGHT, near_drawn, neighbours
from zoo.data.audit.perceptual_hash import mirrored, perceptual_hashes


def pairs_of(pairs):
    found = set(map(tuple, pairs.tolist()))
    assert len(found) == len(pairs)
    return found


@pytest.mark.parametrize("mirror", [False, True])
def test_where_no_face_has_many_neighbours_every_near_pair_is_found(drawn, mirror):
    hashes = perceptual_hashes(drawn[0])
    hashes[3] = mirrored(hashes[7])
    others = mirrored(hashes) if mirror else hashes
    distances = np.linalg.norm(hashes[:, None] - others[None], axis=2)
    found = neighbours(hashes, 0.3, mirror=mirror)
    assert not found.more.any()
    assert len(found.pairs) > 3
    assert pairs_of(found.pairs) == set(
        zip(*np.nonzero(np.triu(distances <= 0.3, 1)), strict=True)
    )


def test_in_a_crowd_each_face_has_its_nearest_neighbours_alone():
    crowd = np.random.default_rng(0).normal(0, 0.01, (500, 15)).astype(np.float32)
    found = neighbours(crowd)
    assert found.more.all()
    assert len(found.pairs) <= 500 * (NEIGHBOURS + 1)
    distances = np.linalg.norm(crowd[:, None] - crowd[None], axis=2)
    pairs = pairs_of(found.pairs)
    for face in range(0, 500, 50):
        for other in np.argsort(distances[face])[1 : NEIGHBOURS + 1].tolist():
            assert (min(face, other), max(face, other)) in pairs
    nearest = np.sort(distances, axis=1)[:, 1]
    first = found.pairs[found.ranks == 1]
    expected = np.maximum(nearest[first[:, 0]], nearest[first[:, 1]])
    assert (distances[first[:, 0], first[:, 1]] <= expected + 1e-6).all()


def test_a_tight_crowd_is_tied_to_one_face_by_one_pair_each():
    chance = np.random.default_rng(0)
    crowd = chance.normal(0, 0.002, (700, 15))
    others = chance.normal(0, 1, (300, 15))
    pairs = near_drawn(np.concatenate([crowd, others]))
    assert len(pairs) == len(pairs_of(pairs)) == 699
    faces, often = np.unique(pairs, return_counts=True)
    assert faces.tolist() == list(range(700))
    assert often.max() == 699
    assert len(near_drawn(others)) == 0
    assert TIGHT < 0.22


def test_few_faces_do_no_harm():
    for count in (0, 1, 2):
        hashes = np.zeros((count, 15))
        assert neighbours(hashes).pairs.tolist() == near_drawn(hashes).tolist()
        assert len(near_drawn(hashes)) == max(0, count - 1)
