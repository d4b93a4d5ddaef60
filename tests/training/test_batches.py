"""The stream of training batches, and the targets in it."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from zoo.data.dataset import Dataset, Split
from zoo.errors import ZooError
from zoo.training import batches as batches_module
from zoo.training.batches import Batches
from zoo.training.seeds import Purpose, generator
from zoo.training.targets import (
    balanced_weights,
    drawn,
    one_hot,
    smoothed,
    soft_labels_of,
    stratified_subset,
)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """50 faces that can be told apart by any pixel."""
    return np.broadcast_to(np.arange(50, dtype=np.uint8)[:, None, None, None], (50, 8, 8, 1))


LABELS = np.array([0] * 30 + [1] * 15 + [2] * 5)


def epoch_of(batches: Batches, epoch: int) -> list[tuple[np.ndarray, ...]]:
    return [batches.batch(epoch, step) for step in range(batches.steps_per_epoch)]


def numbers(epoch: list[tuple[np.ndarray, ...]]) -> list[int]:
    return [int(face.flat[0]) for batch in epoch for face in batch[0]]


def test_an_epoch_shows_every_face_once_with_its_label(faces, quick_recipe):
    with Batches(faces, LABELS, 3, quick_recipe("batch_size=16")) as batches:
        epoch = epoch_of(batches, 0)
    assert [len(batch[0]) for batch in epoch] == [12, 13, 12, 13]
    assert sorted(numbers(epoch)) == list(range(50))
    for shown, targets in epoch:
        np.testing.assert_array_equal(targets.argmax(axis=1), LABELS[shown[:, 0, 0, 0]])


def test_the_order_changes_with_epoch_and_seed_and_with_nothing_else(faces, quick_recipe):
    def order(seed: int, epoch: int) -> list[int]:
        with Batches(faces, LABELS, 3, quick_recipe(f"seed={seed}")) as batches:
            return numbers(epoch_of(batches, epoch))

    assert order(0, 1) == order(0, 1)
    assert len({tuple(order(*moment)) for moment in ((0, 0), (0, 1), (1, 0), (1, 1))}) == 4


@pytest.mark.parametrize(
    "technique",
    ["rotation=20.0", "rand_augment=0.5", "erasing=0.5", "mixup=0.4", "cutmix=1.0"],
)
def test_a_stream_begun_at_a_later_epoch_goes_on_like_the_whole_one(
    dataset, quick_recipe, technique
):
    split = dataset.split("train")
    recipe = quick_recipe("batch_size=40", "oversample=true", f"augmentation.{technique}")
    with Batches(split.faces, split.labels, 7, recipe) as batches:
        steps = batches.steps_per_epoch
        whole = list(itertools.islice(batches.stream(), 4 * steps))
        later = list(itertools.islice(batches.stream(first_epoch=2), 2 * steps))
    for batch, again in zip(whole[2 * steps :], later, strict=True):
        for array, same in zip(batch, again, strict=True):
            np.testing.assert_array_equal(array, same)
    assert not np.array_equal(whole[0][0], whole[steps][0])


def test_faces_are_augmented_by_the_recipe(dataset, quick_recipe):
    split = dataset.split("train")
    originals = {face.tobytes() for face in split.faces}

    def untouched(*settings: str) -> int:
        recipe = quick_recipe("batch_size=49", "augmentation.flip=false", *settings)
        with Batches(split.faces, split.labels, 7, recipe) as batches:
            return sum(face.tobytes() in originals for face in batches.batch(0, 0)[0])

    assert untouched() == 49
    assert untouched("augmentation.brightness=0.3") == 0


def test_batches_prepared_in_several_threads_come_in_order(dataset, quick_recipe, monkeypatch):
    monkeypatch.setattr(batches_module, "_workers", lambda: 4)
    split = dataset.split("train")
    recipe = quick_recipe("batch_size=9", "augmentation.rotation=20.0", "augmentation.mixup=0.4")
    with Batches(split.faces, split.labels, 7, recipe) as batches:
        streamed = list(itertools.islice(batches.stream(), 2 * batches.steps_per_epoch))
        one_by_one = epoch_of(batches, 0) + epoch_of(batches, 1)
    for batch, expected in zip(streamed, one_by_one, strict=True):
        for array, same in zip(batch, expected, strict=True):
            np.testing.assert_array_equal(array, same)


def test_faces_and_targets_of_a_batch_are_mixed_by_the_same_shares(dataset, quick_recipe):
    split = dataset.split("train")
    numbers = np.arange(98) % 7
    faces = np.broadcast_to(40 * numbers[:, None, None, None], split.faces.shape).astype(np.uint8)
    with Batches(faces, numbers, 7, quick_recipe("augmentation.mixup=0.4")) as batches:
        shown, targets = batches.batch(0, 0)
    expected = targets @ (40.0 * np.arange(7))
    np.testing.assert_allclose(shown.mean(axis=(1, 2, 3)), expected, atol=0.51)
    assert ((targets > 0).sum(axis=1) == 2).any()


def test_a_mixed_face_weighs_what_its_two_faces_weigh(dataset, quick_recipe):
    split = dataset.split("train")
    labels = np.array([0] * 60 + [1] * 30 + [2] * 8)
    recipe = quick_recipe("class_weights=balanced", "augmentation.cutmix=1.0")
    with Batches(split.faces, labels, 3, recipe) as batches:
        for _, targets, weights in epoch_of(batches, 0):
            assert targets.shape[1] == 3
            expected = targets @ balanced_weights(labels, 3)
            np.testing.assert_allclose(weights, expected, rtol=1e-5)


def test_oversampling_shows_each_class_as_often_as_the_most_frequent(faces, quick_recipe):
    recipe = quick_recipe("oversample=true", "batch_size=16")
    with Batches(faces, LABELS, 4, recipe) as batches:
        assert (batches.faces_per_epoch, batches.steps_per_epoch) == (90, 6)
        for epoch in range(3):
            shown = numbers(epoch_of(batches, epoch))
            assert np.bincount(LABELS[shown]).tolist() == [30, 30, 30]
            times = np.bincount(shown, minlength=50)
            assert set(times[:30]) == {1}
            assert set(times[30:45]) == {2}
            assert set(times[45:]) == {6}


def test_oversampling_repeats_other_faces_once_more_from_epoch_to_epoch(faces, quick_recipe):
    labels = np.array([0] * 30 + [1] * 20)

    def repeated(epoch: int) -> frozenset[int]:
        with Batches(faces, labels, 2, quick_recipe("oversample=true")) as batches:
            times = np.bincount(numbers(epoch_of(batches, epoch)), minlength=50)
        assert times.min() == 1
        assert np.bincount(labels, times).tolist() == [30, 30]
        return frozenset(np.flatnonzero(times == 2))

    assert repeated(1) == repeated(1)
    assert len({repeated(epoch) for epoch in range(4)}) == 4


def test_oversampling_counts_the_chosen_faces_alone(faces, quick_recipe):
    chosen = np.array([0, 1, 2, 3, 30, 31, 45])
    recipe = quick_recipe("oversample=true")
    with Batches(faces, LABELS, 3, recipe, chosen) as batches:
        shown = numbers(epoch_of(batches, 0))
    assert sorted(shown) == [0, 1, 2, 3, 30, 30, 31, 31, 45, 45, 45, 45]


def test_what_oversampling_evens_out_is_not_weighed_again(faces, quick_recipe):
    recipe = quick_recipe("oversample=true", "class_weights=balanced")
    with Batches(faces, LABELS, 3, recipe) as batches:
        for _, _, weights in epoch_of(batches, 0):
            np.testing.assert_allclose(weights, 1, rtol=1e-6)


def test_soft_labels_are_the_targets_and_smoothing_comes_on_top(faces, quick_recipe):
    soft = np.random.default_rng(0).dirichlet(np.ones(3), 50).astype(np.float32)
    recipe = quick_recipe("labels=soft", "label_smoothing=0.3", "class_weights=balanced")
    chosen = np.arange(5, 50)
    with Batches(faces, LABELS, 3, recipe, chosen, soft_labels=soft) as batches:
        for shown, targets, weights in epoch_of(batches, 0):
            places = shown[:, 0, 0, 0]
            np.testing.assert_allclose(targets, 0.7 * soft[places] + 0.1, atol=1e-6)
            by_label = balanced_weights(LABELS[chosen], 3)[LABELS[places]]
            np.testing.assert_allclose(weights, by_label, rtol=1e-6)
            assert targets.dtype == np.float32


def test_labels_are_drawn_anew_in_each_epoch_and_always_the_same_for_seed_and_epoch(
    faces, quick_recipe
):
    soft = np.random.default_rng(0).dirichlet(np.ones(3), 50).astype(np.float32)

    def labels(seed: int, epoch: int) -> list[int]:
        recipe = quick_recipe("labels=drawn", f"seed={seed}")
        with Batches(faces, LABELS, 3, recipe, soft_labels=soft) as batches:
            batches.batch(3, 0)  # what was shown before does not matter
            found = {}
            for shown, targets in epoch_of(batches, epoch):
                assert set(targets.ravel()) == {0.0, 1.0}
                np.testing.assert_array_equal(targets.sum(axis=1), 1)
                found |= zip(shown[:, 0, 0, 0].tolist(), targets.argmax(axis=1), strict=True)
        return [found[number] for number in range(50)]

    assert labels(0, 1) == labels(0, 1)
    moments = ((0, 0), (0, 1), (1, 0), (1, 1))
    assert len({tuple(labels(*moment)) for moment in moments}) == 4


def test_drawn_labels_are_as_frequent_as_their_shares():
    soft = np.array([[0.5, 0.3, 0.2, 0], [0, 1, 0, 0], [0, 0, 0.1, 0.9]], np.float32)
    epochs = 4000
    counts = np.zeros((3, 4))
    for epoch in range(epochs):
        counts[np.arange(3), drawn(soft, 7, epoch)] += 1
    np.testing.assert_array_equal(counts[soft == 0], 0)
    # Five standard deviations of a share are below 0.04.
    np.testing.assert_allclose(counts / epochs, soft, atol=0.04)


def test_faces_are_drawn_for_apart_from_each_other():
    """Two faces with the same shares agree as often as two coins, not always."""
    labels = drawn(np.full((10_000, 2), 0.5, np.float32), 0, 0)
    assert abs(labels.mean() - 0.5) < 0.025
    assert abs((labels[::2] == labels[1::2]).mean() - 0.5) < 0.04


def test_no_label_is_drawn_whose_share_is_nothing_though_the_sum_falls_short(monkeypatch):
    class Chance:
        def random(self, shape: tuple[int, int]) -> np.ndarray:
            return np.array([[0.0], [np.nextafter(1, 0)]])

    monkeypatch.setattr("zoo.training.targets.generator", lambda *moment: Chance())
    short = np.array([0, 1 / 3, 1 / 3, 1 / 3 - 1e-6, 0], np.float32)
    assert drawn(np.stack([short, short]), 0, 0).tolist() == [1, 3]


def test_smoothing_and_class_weights_come_on_top_of_drawn_labels(faces, quick_recipe):
    soft = np.random.default_rng(0).dirichlet(np.ones(3), 50).astype(np.float32)
    recipe = quick_recipe("labels=drawn", "label_smoothing=0.3", "class_weights=balanced")
    chosen = np.arange(5, 50)
    with Batches(faces, LABELS, 3, recipe, chosen, soft_labels=soft) as batches:
        labels = drawn(soft[chosen], recipe.seed, 2)
        for shown, targets, weights in epoch_of(batches, 2):
            places = shown[:, 0, 0, 0].astype(int)
            hard = np.eye(3)[labels[places - 5]]
            np.testing.assert_allclose(targets, 0.7 * hard + 0.1, atol=1e-6)
            by_label = balanced_weights(LABELS[chosen], 3)[LABELS[places]]
            np.testing.assert_allclose(weights, by_label, rtol=1e-6)


def test_soft_labels_are_taken_where_they_are_asked_for_and_missed_where_there_are_none():
    def dataset(soft_labels: np.ndarray | None) -> Dataset:
        faces, ids = np.zeros((2, 8, 8, 1), np.uint8), np.array(["a", "b"])
        split = Split("train", faces, np.array([0, 1]), ids, soft_labels)
        return Dataset("voted", ("happy", "sad"), {"train": split}, "0" * 64)

    votes = np.full((2, 2), 0.5, np.float32)
    assert soft_labels_of(dataset(votes), "soft") is votes
    assert soft_labels_of(dataset(votes), "drawn") is votes
    assert soft_labels_of(dataset(votes), "hard") is None
    with pytest.raises(ZooError, match=r"'voted' has no annotators' votes.*--set labels=hard$"):
        soft_labels_of(dataset(None), "soft")


def test_chosen_faces_are_shown_as_if_there_were_no_others(tmp_path, dataset, quick_recipe):
    split, chosen = dataset.split("train"), np.arange(1, 98, 3)
    np.save(tmp_path / "faces.npy", split.faces)
    mapped = np.load(tmp_path / "faces.npy", mmap_mode="r")
    recipe = quick_recipe("batch_size=9", "class_weights=balanced", "augmentation.rotation=20.0")
    with (
        Batches(mapped, split.labels, 7, recipe, chosen) as batches,
        Batches(split.faces[chosen], split.labels[chosen], 7, recipe) as copied,
    ):
        for batch, same in zip(epoch_of(batches, 1), epoch_of(copied, 1), strict=True):
            for array, expected in zip(batch, same, strict=True):
                np.testing.assert_array_equal(array, expected)


def test_faces_are_read_batch_by_batch(dataset, quick_recipe):
    class Counting(np.ndarray):
        largest = 0

        def __getitem__(self, key):
            picked = super().__getitem__(key)
            Counting.largest = max(Counting.largest, len(picked))
            return np.asarray(picked)

    split = dataset.split("train")
    faces = split.faces.view(Counting)
    with Batches(faces, split.labels, 7, quick_recipe("batch_size=9"), np.arange(90)) as batches:
        epoch_of(batches, 0)
    assert Counting.largest == 9


def test_closing_ends_the_threads_and_the_stream(faces, quick_recipe):
    batches = Batches(faces, LABELS, 3, quick_recipe())
    stream = batches.stream()
    next(stream)
    batches.close()
    assert len(list(stream)) < 100
    assert not [t for t in threading.enumerate() if t.name.startswith("batches")]


def test_a_fault_while_preparing_reaches_the_reader(quick_recipe):
    with (
        Batches(np.zeros((20, 8), np.uint8), np.zeros(20, int), 3, quick_recipe()) as batches,
        pytest.raises(ValueError, match="unpack"),
    ):
        next(batches.stream())


def test_label_smoothing_spreads_its_share_over_all_classes(faces, quick_recipe):
    with Batches(faces, LABELS, 3, quick_recipe("label_smoothing=0.3")) as batches:
        targets = batches.batch(0, 0)[1]
    np.testing.assert_allclose(np.sort(targets[0]), [0.1, 0.1, 0.8], atol=1e-7)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert targets.dtype == np.float32
    np.testing.assert_array_equal(smoothed(one_hot(LABELS, 3), 0), one_hot(LABELS, 3))


def test_balanced_weights_are_those_of_scikit_learn_and_come_with_each_face(faces, quick_recipe):
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(balanced_weights(LABELS, 3), expected, rtol=1e-6)
    with Batches(faces, LABELS, 3, quick_recipe("class_weights=balanced")) as batches:
        epoch = epoch_of(batches, 0)
    totals = np.zeros(3)
    for _, targets, weights in epoch:
        np.testing.assert_allclose(weights, expected[targets.argmax(axis=1)], rtol=1e-6)
        np.add.at(totals, targets.argmax(axis=1), weights)
    np.testing.assert_allclose(totals, 50 / 3, rtol=1e-5)


def test_a_class_without_faces_does_no_harm():
    assert np.isfinite(balanced_weights(np.array([0, 0, 2]), 4)).all()


@pytest.mark.parametrize("count", [10, 17, 49])
def test_a_limit_keeps_the_shares_of_the_classes(count):
    chosen = stratified_subset(LABELS, count, seed=0)
    assert len(set(chosen)) == count
    assert (np.diff(chosen) > 0).all()
    shares = np.bincount(LABELS) * count / len(LABELS)
    counts = np.bincount(LABELS[chosen], minlength=3)
    assert (np.abs(counts - shares) < 1).all()


def test_a_limit_chooses_by_seed_and_takes_all_where_there_are_no_more():
    assert list(stratified_subset(LABELS, 10, 0)) == list(stratified_subset(LABELS, 10, 0))
    assert list(stratified_subset(LABELS, 10, 0)) != list(stratified_subset(LABELS, 10, 1))
    assert list(stratified_subset(LABELS, 99, 0)) == list(range(50))
    with pytest.raises(ZooError, match="--limit 0"):
        stratified_subset(LABELS, 0, 0)


def test_chance_differs_by_purpose_epoch_and_index():
    moments = itertools.product((Purpose.ORDER, Purpose.DROPOUT), (0, 1), (0, 1), (0, 1))
    assert len({generator(*moment).random() for moment in moments}) == 16
