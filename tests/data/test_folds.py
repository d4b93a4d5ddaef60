"""Dealing a data set into folds: nobody is on both sides, no face is lost, test stays apart."""

import numpy as np
import pytest

from zoo.data.dataset import Dataset, Split
from zoo.data.drawn import draw_faces
from zoo.data.folds import Folds
from zoo.errors import ZooError


@pytest.fixture(scope="module")
def dataset():
    """70 training, 20 validation and 10 test faces of 18 subjects, of which each has five."""
    drawn = draw_faces(100, seed=5)
    subjects = np.array([f"S{number % 18:02}" for number in range(100)])
    ids = np.array([f"faces.csv:{number}" for number in range(100)])
    splits, start = {}, 0
    for name, size in (("train", 70), ("validation", 20), ("test", 10)):
        kept = slice(start, start + size)
        splits[name] = Split(
            name, drawn.faces[kept], drawn.labels[kept], ids[kept],
            columns={"subject": subjects[kept], "age": np.arange(100.0)[kept]},
        )  # fmt: skip
        start += size
    return Dataset("people", tuple("abcdefg"), splits, "f" * 64)


@pytest.mark.parametrize("group", ["subject", "none"])
def test_each_face_is_measured_once_and_never_where_it_trained_or_chose(dataset, group):
    folds = Folds(dataset, 5, group)
    measured = []
    for fold in range(5):
        dealt = folds.round(fold)
        ids = [set(dealt.split(name).ids) for name in ("train", "validation", "test")]
        assert sum(map(len, ids)) == len(set.union(*ids)) == 90
        measured += dealt.split("test").ids.tolist()
        assert set(dealt.split("validation").ids) == set(
            folds.round((fold + 1) % 5).split("test").ids
        )
    own = [*dataset.split("train").ids, *dataset.split("validation").ids]
    assert sorted(measured) == sorted(own)


def test_a_subject_is_in_one_fold_alone(dataset):
    folds = Folds(dataset, 4)
    for fold in range(4):
        dealt = folds.round(fold)
        people = [set(dealt.split(name).columns["subject"]) for name in dealt.splits]
        assert sum(map(len, people)) == len(set.union(*people)) == 18


def test_what_is_known_of_a_face_goes_with_it(dataset):
    dealt = Folds(dataset, 4).round(2).split("test")
    for face, label, name, age in zip(
        dealt.faces, dealt.labels, dealt.ids, dealt.columns["age"], strict=True
    ):
        number = int(name.split(":")[1])
        split = dataset.split("train" if number < 70 else "validation")
        place = split.ids.tolist().index(name)
        np.testing.assert_array_equal(face, split.faces[place])
        assert (label, age) == (split.labels[place], number)


def test_without_groups_every_fold_has_its_share_of_every_class(dataset):
    folds = Folds(dataset, 5, "none", seed=1)
    counts = np.array(
        [np.bincount(folds.faces.labels[folds.parts == k], minlength=7) for k in range(5)]
    )
    assert np.ptp(counts, axis=0).max() <= 1
    assert np.ptp(counts.sum(axis=1)) == 0


def test_the_deal_is_the_seeds_and_each_round_has_a_fingerprint_of_its_own(dataset):
    first, again, other = (Folds(dataset, 5, "none", seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.parts, again.parts)
    assert (first.parts != other.parts).any()
    prints = {folds.round(k).fingerprint for folds in (first, again, other) for k in range(5)}
    assert len(prints) == 10


@pytest.mark.parametrize(
    ("count", "group", "message"),
    [
        (2, "none", "2 folds: expected 3 or more"),
        (19, "subject", "19 folds of 'people': expected 2 to 18, its subjects"),
        (91, "none", "91 folds of 90 different faces"),
    ],
)
def test_what_cannot_be_dealt_is_refused(dataset, count, group, message):
    with pytest.raises(ZooError, match=f"^{message}"):
        Folds(dataset, count, group).round(0)
