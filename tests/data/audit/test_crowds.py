"""Thousands of faces that are nearly the same, and faces that are large: time and memory."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from zoo.data.audit import alike, audit

FRAMES = 5_000


def frames(face, count, seed):
    """A face again and again, with the noise of a camera."""
    noise = np.random.default_rng(seed).normal(0, 3, (count, *face.shape))
    return np.clip(face + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def compared(monkeypatch):
    """How many pairs were compared pixel by pixel."""
    counts = Counter()
    original = alike.likeness

    def likeness(first, second):
        counts["pairs"] += len(first)
        return original(first, second)

    monkeypatch.setattr(alike, "likeness", likeness)
    return counts


def test_thousands_of_frames_of_one_face_are_one_group_after_few_comparisons(
    drawn, dataset_of, compared
):
    faces, labels = drawn
    crowd = frames(faces[0], FRAMES, seed=0)
    mirrored = frames(faces[0][:, ::-1], 100, seed=1)
    train = np.concatenate([crowd, faces[1:300]])
    found = audit(
        dataset_of(
            train=(train, np.zeros(len(train))),
            test=(np.concatenate([mirrored, faces[7:9]]), np.zeros(102)),
        ),
        labels=False,
    )
    (first, *others) = found.copies.members
    assert first.tolist() == [*range(FRAMES), *range(len(train), len(train) + 100)]
    assert [len(members) for members in others] == [2, 2]
    assert len(found.of_kind("near copy")) == FRAMES + 100
    assert compared["pairs"] < 3 * FRAMES


def test_crowds_of_a_few_hundred_cost_few_comparisons_too(drawn, dataset_of, compared):
    faces = np.concatenate([frames(face, 200, seed=2) for face in drawn[0][:4]])
    found = audit(dataset_of(train=(faces, np.zeros(len(faces)))), labels=False)
    assert [len(members) for members in found.copies.members] == [200] * 4
    assert compared["pairs"] < 20 * len(faces)


def test_a_crowd_of_faces_that_only_seem_alike_costs_no_more_than_their_neighbours(
    dataset_of, compared
):
    """Noise: its low frequencies are all near zero, its pixels have nothing in common."""
    noise = np.random.default_rng(0).integers(0, 256, (300, 48, 48), np.uint8)
    found = audit(dataset_of(train=(noise, np.zeros(300))), labels=False)
    assert found.copies.members == []
    assert compared["pairs"] < 2 * 65 * 300


@pytest.mark.parametrize("lot", ["finds them", "misses them"])
def test_clumps_that_are_too_far_apart_to_be_neighbours_become_one_group(
    drawn, dataset_of, monkeypatch, lot
):
    if lot == "misses them":  # as it may where they are few among many faces
        monkeypatch.setattr(alike, "near_drawn", lambda hashes: np.empty((0, 2), np.int64))
    face = drawn[0][3]
    clumps = [frames(np.roll(face, by, axis=1), 100, seed=by) for by in range(3)]
    found = audit(dataset_of(train=(np.concatenate(clumps), np.zeros(300))), labels=False)
    assert found.copies.groups.tolist() == [0] * 300


def test_memory_is_bounded_in_bytes_however_large_the_faces_are(dataset_of):
    faces = np.zeros((600, 256, 256, 3), np.uint8)  # 118 MB
    faces[:, 60:200, 60:200] = 120  # plain: a face is looked for in each
    faces[:, 0] = np.arange(600)[:, np.newaxis, np.newaxis] % 251
    dataset = dataset_of(train=(faces, np.zeros(600)))
    tracemalloc.start()
    found = audit(dataset, labels=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.of_kind("nearly faceless")) == 600
    assert peak < 60e6
