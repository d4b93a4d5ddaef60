"""The stream of training batches, and the targets in it."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from zoo.errors import ZooError
from zoo.training.batches import Batches
from zoo.training.seeds import Purpose, generator
from zoo.training.targets import balanced_weights, one_hot, smoothed, stratified_subset


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


def test_a_stream_begun_at_a_later_epoch_goes_on_like_the_whole_one(dataset, quick_recipe):
    split = dataset.split("train")
    recipe = quick_recipe("batch_size=40", "augmentation.rotation=20.0")
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


def test_closing_ends_the_thread_and_the_stream(faces, quick_recipe):
    batches = Batches(faces, LABELS, 3, quick_recipe())
    stream = batches.stream()
    next(stream)
    batches.close()
    assert len(list(stream)) <= 5
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
