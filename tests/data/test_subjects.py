"""Splits and folds by subject: whole subjects, even classes, the same for the same seed."""

import numpy as np
import pytest

from zoo.data.dataset import Dataset, Split
from zoo.data.subjects import hold_out_subjects, shared_subjects, subject_folds
from zoo.errors import ZooError


def crowd(subjects: int = 30, faces: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Subjects who show two of four classes each."""
    names = np.repeat([f"S{i:03d}" for i in range(subjects)], faces)
    labels = np.array([(i + j % 2) % 4 for i in range(subjects) for j in range(faces)])
    return names, labels


def dataset(subjects: np.ndarray, labels: np.ndarray, parted: int = 0) -> Dataset:
    def split(name: str, chosen: slice) -> Split:
        count = len(labels[chosen])
        faces = np.zeros((count, 8, 8, 1), np.uint8)
        ids = np.arange(count).astype(np.str_)
        columns = {"subject": subjects[chosen]}
        return Split(name, faces, labels[chosen], ids, None, columns)

    splits = {"train": split("train", slice(parted, None))}
    if parted:
        splits["validation"] = split("validation", slice(parted))
    splits["test"] = split("test", slice(3))
    return Dataset("crowd", ("a", "b", "c", "d"), splits, "0" * 64)


def test_no_subject_is_on_both_sides_and_every_class_has_its_share():
    subjects, labels = crowd()
    held = hold_out_subjects(subjects, labels, 0.2, seed=0)
    assert not set(subjects[held]) & set(subjects[~held])
    for label in range(4):
        assert held[labels == label].mean() == pytest.approx(0.2, abs=0.08)


def test_the_seed_alone_decides_who_is_held_out():
    subjects, labels = crowd()
    first, again, other = (hold_out_subjects(subjects, labels, 0.2, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    order = np.random.default_rng(5).permutation(len(subjects))
    shuffled = hold_out_subjects(subjects[order], labels[order], 0.2, 0)
    assert np.array_equal(shuffled, first[order])


def test_who_alone_shows_a_class_is_trained_on():
    subjects = np.array(["a"] * 4 + ["b"] * 4 + ["c"] * 4)
    labels = np.array([0] * 4 + [1, 1, 2, 2] + [1] * 4)
    for seed in range(5):
        held = hold_out_subjects(subjects, labels, 0.5, seed)
        assert set(labels[~held]) == {0, 1, 2}
        assert set(subjects[held]) == {"c"}


def test_nobody_is_held_out_where_nobody_can_be_spared():
    assert not hold_out_subjects(np.array(["a", "b"]), np.array([0, 1]), 0.5, 0).any()
    assert not hold_out_subjects(np.array(["a", "a"]), np.array([0, 1]), 0.5, 0).any()


def test_folds_part_the_subjects_and_leave_test_alone():
    subjects, labels = crowd()
    folds = subject_folds(dataset(subjects, labels, parted=48), 5, seed=0)
    assert list(folds) == ["train", "validation"]
    fold = np.concatenate([folds["validation"], folds["train"]])
    assert len(fold) == len(subjects)
    assert set(fold) == {0, 1, 2, 3, 4}
    for name in set(subjects):
        assert len(set(fold[subjects == name])) == 1
    for label in range(4):
        shares = np.bincount(fold[labels == label]) / (labels == label).sum()
        assert shares == pytest.approx(0.2, abs=0.08)


def test_as_many_folds_as_subjects_leave_one_out_even_where_each_shows_one_class():
    subjects, labels = np.array(list("aabbccdd")), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    folds = subject_folds(dataset(subjects, labels), 4, seed=0)
    assert sorted(folds["train"][::2]) == [0, 1, 2, 3]


@pytest.mark.parametrize("k", [1, 31])
def test_an_impossible_number_of_folds_is_refused(k):
    with pytest.raises(ZooError, match=f"{k} folds of 'crowd': expected 2 to 30, its subjects"):
        subject_folds(dataset(*crowd()), k, seed=0)


def test_folds_need_subjects():
    whole = dataset(*crowd())
    whole.splits["train"].columns.clear()
    with pytest.raises(ZooError, match="'crowd' has no column subject"):
        subject_folds(whole, 5, seed=0)


def test_who_stands_in_two_splits_is_told_but_not_the_unknown():
    pairs = [("a", "x"), ("b", "x"), ("", "x"), ("a", "y"), ("", "y"), ("b", "x")]
    assert shared_subjects(pairs) == {"a": ["x", "y"]}
