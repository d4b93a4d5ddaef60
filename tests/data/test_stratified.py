"""Parting faces into folds."""

import numpy as np
import pytest

from zoo.data.stratified import stratified_folds
from zoo.errors import ZooError


def test_each_fold_gets_its_share_of_the_faces_and_of_every_class():
    labels = np.repeat([0, 1, 2], [50, 33, 7])
    folds = stratified_folds(labels, np.arange(90), 5, (0,))
    assert np.bincount(folds).tolist() == [18] * 5
    for label, count in ((0, 50), (1, 33), (2, 7)):
        shares = np.bincount(folds[labels == label], minlength=5)
        assert shares.max() - shares.min() <= 1
        assert shares.sum() == count


@pytest.mark.parametrize("seed", range(20))
def test_faces_of_a_group_share_a_fold_even_if_their_labels_differ(seed):
    chance = np.random.default_rng(seed)
    labels, groups = chance.integers(0, 4, 60), chance.integers(0, 35, 60)
    folds = stratified_folds(labels, groups, 5, (seed,))
    for group in set(groups.tolist()):
        assert len(set(folds[groups == group].tolist())) == 1
    assert set(folds.tolist()) == set(range(5))


def test_a_class_of_two_faces_is_never_in_one_fold_alone():
    labels = np.array([0] * 20 + [1] * 2)
    for seed in range(20):
        folds = stratified_folds(labels, np.arange(22), 2, (seed,))
        assert sorted(folds[labels == 1].tolist()) == [0, 1]


def test_another_seed_parts_otherwise_and_the_same_one_alike():
    labels = np.arange(40) % 4
    first, again, other = (
        stratified_folds(labels, np.arange(40), 4, seed) for seed in ((0, 1), (0, 1), (0, 2))
    )
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("folds", [1, 4])
def test_too_many_or_too_few_folds_are_refused(folds):
    with pytest.raises(ZooError, match="folds of 3 different faces"):
        stratified_folds(np.array([0, 1, 0, 1]), np.array([5, 6, 7, 7]), folds, (0,))
