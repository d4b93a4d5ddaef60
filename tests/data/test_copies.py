"""Faces that also stand in train."""

import numpy as np
import pytest
from made_up import noise

from zoo.data.copies import also_in_train
from zoo.data.dataset import Dataset, Split
from zoo.errors import ZooError


def dataset(**faces):
    """A data set of one class with the given faces, (N, H, W) or (N, H, W, C), per split."""
    splits = {
        name: Split(
            name, some.reshape(*some.shape[:3], -1), np.zeros(len(some), np.int64),
            np.array([f"{name}:{row}" for row in range(len(some))]),
        )
        for name, some in faces.items()
    }  # fmt: skip
    return Dataset("made-up", ("face",), splits, "f" * 64)


def test_it_finds_what_comparing_every_pair_of_faces_finds():
    rng = np.random.default_rng(3)
    train, validation = noise(40, 1), noise(30, 2)
    train[:6] = train[7]  # copies within train count once
    validation[rng.permutation(30)[:12]] = train[rng.integers(0, 40, 12)]
    expected = [any((one == other).all() for other in train) for one in validation]
    found = also_in_train(dataset(train=train, validation=validation), "validation")
    assert found.dtype == np.bool_
    assert found.tolist() == expected
    assert 12 == sum(expected)


def test_a_face_that_differs_in_one_pixel_is_no_copy():
    train = noise(5)
    test = train[2:4].copy()
    test[1, 47, 47] ^= 1
    assert also_in_train(dataset(train=train, test=test), "test").tolist() == [True, False]


def test_faces_in_colour_on_the_disk_are_compared_in_all_channels(tmp_path):
    train = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    validation = train[[3, 1]]
    validation[1, ..., 2] = 255 - validation[1, ..., 2]
    np.save(tmp_path / "train.npy", train)
    mapped = np.load(tmp_path / "train.npy", mmap_mode="r")
    faces = dataset(train=mapped, validation=validation)
    assert also_in_train(faces, "validation").tolist() == [True, False]


def test_without_a_train_split_there_is_nothing_to_compare_with():
    with pytest.raises(ZooError, match="no train split"):
        also_in_train(dataset(test=noise(3)), "test")
