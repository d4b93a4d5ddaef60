"""Hashes of the faces that a training has seen."""

from dataclasses import replace

import numpy as np
import pytest

from zoo.data.seen_faces import SeenFaces
from zoo.errors import ZooError


@pytest.fixture
def seen():
    return SeenFaces(np.array([1, 2**63 + 5], np.uint64), np.array([7], np.uint64))


def test_they_come_back_as_they_were_written(tmp_path, seen):
    seen.write(tmp_path / "seen.npz")
    again = SeenFaces.read(tmp_path / "seen.npz")
    assert again.trained.tolist() == [1, 2**63 + 5]
    assert again.chose.tolist() == [7]


@pytest.mark.parametrize("complete", [True, False])
def test_whether_they_are_all_comes_back_too_and_is_asked_of_older_files(tmp_path, seen, complete):
    replace(seen, complete=complete).write(tmp_path / "seen.npz")
    assert SeenFaces.read(tmp_path / "seen.npz").complete == complete
    np.savez(tmp_path / "old.npz", trained=seen.trained, chose=seen.chose)
    assert SeenFaces.read(tmp_path / "old.npz", complete=complete).complete == complete


def test_joined_faces_are_known_once_and_are_all_only_if_both_are(seen):
    earlier = SeenFaces(np.array([1, 3], np.uint64), np.array([7, 9], np.uint64), complete=False)
    joined = seen.joined(earlier)
    assert joined.trained.tolist() == [1, 3, 2**63 + 5]
    assert joined.chose.tolist() == [7, 9]
    assert not joined.complete
    assert seen.joined(SeenFaces.none(complete=True)).complete


@pytest.mark.parametrize("damage", ["cut", "text", "floats", "missing"])
def test_damaged_files_are_refused_in_one_line(tmp_path, seen, damage):
    path = tmp_path / "seen.npz"
    seen.write(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    elif damage == "text":
        path.write_text("not an archive")
    elif damage == "floats":
        np.savez(path, trained=np.ones(3), chose=np.ones(3))
    else:
        np.savez(path, trained=np.ones(3, np.uint64))
    with pytest.raises(ZooError, match="damaged") as refusal:
        SeenFaces.read(path)
    assert "\n" not in str(refusal.value)
