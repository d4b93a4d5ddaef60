"""Hashes of faces."""

import numpy as np
from made_up import noise

from zoo.data.hashes import face_hashes


def test_equal_faces_have_equal_hashes_and_others_do_not():
    faces = noise(5000)[..., np.newaxis]
    faces[4999] = faces[7]
    faces[4998] = faces[7]
    faces[4998, 0, 0] ^= 1
    hashes = face_hashes(faces)
    assert hashes.dtype == np.uint64
    assert hashes[4999] == hashes[7]
    assert len(np.unique(hashes)) == 4999


def test_a_hash_does_not_depend_on_where_a_face_stands_or_lies(tmp_path):
    faces = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
    np.save(tmp_path / "faces.npy", faces)
    mapped = np.load(tmp_path / "faces.npy", mmap_mode="r")
    assert np.array_equal(face_hashes(mapped[::-1]), face_hashes(faces)[::-1])


def test_hashes_stay_what_they_are_from_release_to_release():
    """Runs keep them in files."""
    face = np.arange(48 * 48, dtype=np.uint32).astype(np.uint8).reshape(1, 48, 48, 1)
    assert face_hashes(face).tolist() == [8432570197447057828]


def test_no_faces_have_no_hashes():
    assert face_hashes(np.empty((0, 48, 48, 1), np.uint8)).shape == (0,)
