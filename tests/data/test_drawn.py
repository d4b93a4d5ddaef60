"""Drawn faces: seeded, balanced, hard to cheat on, and exact about where the emotion is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.pipeline import make_pipeline

from zoo.data.dataset import Dataset
from zoo.data.drawn import VERSION, DrawnFaces, draw_faces, drawn_dataset, drawn_masks
from zoo.data.drawn import dataset as drawn_dataset_module
from zoo.data.emotions import FER2013_CLASSES
from zoo.errors import ZooError

NEUTRAL = FER2013_CLASSES.index("neutral")
MEAN_GREY = {1: 122.331}


@pytest.fixture(scope="module")
def some() -> DrawnFaces:
    return draw_faces(140, seed=1)


@pytest.fixture(scope="module")
def at_rest() -> DrawnFaces:
    return draw_faces(np.full(140, NEUTRAL), seed=3)


def test_the_same_seed_draws_the_same_faces_and_another_seed_others(some: DrawnFaces) -> None:
    again, other = draw_faces(140, seed=1), draw_faces(140, seed=2)
    for part in ("faces", "labels", "masks", "regions"):
        np.testing.assert_array_equal(getattr(again, part), getattr(some, part))
    assert not (other.faces == some.faces).all(axis=(1, 2, 3)).any()


def test_more_faces_start_with_the_fewer(some: DrawnFaces) -> None:
    fewer, more = draw_faces(30, seed=1), draw_faces(300, seed=1)
    for part in ("faces", "labels", "masks", "regions"):
        np.testing.assert_array_equal(getattr(more, part)[:140], getattr(some, part))
        np.testing.assert_array_equal(getattr(some, part)[:30], getattr(fewer, part))


def test_no_picture_is_drawn_twice() -> None:
    skies = draw_faces(600, seed=1).faces[:, :6]
    assert len({sky.tobytes() for sky in skies}) == 600


def test_faces_are_grey_bytes_with_a_mask_each(some: DrawnFaces) -> None:
    assert some.faces.shape == (140, 48, 48, 1)
    assert some.faces.dtype == np.uint8
    assert some.labels.dtype == np.int64
    assert some.masks.shape == some.regions.shape == (140, 48, 48)
    assert some.masks.dtype == some.regions.dtype == bool
    contrast = some.faces.std(axis=(1, 2, 3))
    assert contrast.min() > 5  # no blank face


def test_every_emotion_is_drawn_equally_often_in_mixed_order(some: DrawnFaces) -> None:
    assert np.bincount(some.labels, minlength=7).tolist() == [20] * 7
    assert np.ptp(np.bincount(draw_faces(30, seed=1).labels, minlength=7)) == 1
    assert len({tuple(block) for block in some.labels.reshape(20, 7)}) > 10


def test_other_sizes_show_the_same_people() -> None:
    small, large = draw_faces(14, seed=4), draw_faces(14, seed=4, size=96)
    shrunk = large.faces.reshape(14, 48, 2, 48, 2).mean(axis=(2, 4))
    for face, same in zip(small.faces[..., 0], shrunk, strict=True):
        assert np.corrcoef(face.ravel(), same.ravel())[0, 1] > 0.85


@pytest.mark.parametrize(
    ("labels_or_count", "seed", "size"),
    [(-1, 0, 48), ([0, 7], 0, 48), ([0.5], 0, 48), ([[0]], 0, 48), (3, -1, 48), (3, 0, 8)],
)
def test_what_cannot_be_drawn_is_refused(labels_or_count: Any, seed: int, size: int) -> None:
    with pytest.raises(ZooError, match="drawn faces"):
        draw_faces(labels_or_count, seed, size=size)


def test_no_faces_are_an_empty_set() -> None:
    assert len(draw_faces(0, seed=0)) == 0


# The truth about explanations: what carries the emotion, and nothing else.


def test_masks_lie_within_the_regions_and_show_something(some: DrawnFaces) -> None:
    assert not (some.masks & ~some.regions).any()
    assert some.masks.sum(axis=(1, 2)).min() > 50
    assert 0.2 < some.masks.mean() < some.regions.mean() < 0.5


def test_every_region_carries_neutral_and_only_some_carry_a_smile(at_rest: DrawnFaces) -> None:
    np.testing.assert_array_equal(at_rest.masks, at_rest.regions)
    smiling = draw_faces(np.full(140, FER2013_CLASSES.index("happy")), seed=3)
    assert (smiling.masks.sum(axis=(1, 2)) < smiling.regions.sum(axis=(1, 2))).all()


@pytest.mark.parametrize("emotion", [name for name in FER2013_CLASSES if name != "neutral"])
def test_an_emotion_changes_the_face_at_rest_within_its_mask_only(
    emotion: str, at_rest: DrawnFaces
) -> None:
    moved = draw_faces(np.full(140, FER2013_CLASSES.index(emotion)), seed=3)
    changed = (moved.faces != at_rest.faces)[..., 0]
    assert not (changed & ~moved.masks).any()
    assert changed.any(axis=(1, 2)).all()
    np.testing.assert_array_equal(moved.regions, at_rest.regions)


# Nuisance tells nothing.

LEARN, ASK = 1400, 700


def linear() -> Any:
    return make_pipeline(PCA(60, random_state=0), LinearDiscriminantAnalysis())


def trees() -> Any:
    return ExtraTreesClassifier(100, random_state=0)


def seen(drawn: DrawnFaces, visible: np.ndarray) -> np.ndarray:
    """(N, 576): the visible pixels, the others black, halved in size to be quick to learn."""
    pixels = np.where(visible, drawn.faces[..., 0], 0)
    return pixels.reshape(-1, 24, 2, 24, 2).mean(axis=(2, 4)).reshape(len(drawn), -1)


@pytest.fixture(scope="module")
def known_and_asked() -> tuple[DrawnFaces, DrawnFaces]:
    return draw_faces(LEARN, seed=11), draw_faces(ASK, seed=12)


@pytest.mark.parametrize("classifier", [linear, trees])
def test_pixels_outside_the_regions_leave_a_classifier_at_chance(
    classifier: Callable[[], Any], known_and_asked: tuple[DrawnFaces, DrawnFaces]
) -> None:
    known, asked = known_and_asked

    def right(known_pixels: np.ndarray, asked_pixels: np.ndarray) -> int:
        model = classifier().fit(known_pixels, known.labels)
        return int((model.predict(asked_pixels) == asked.labels).sum())

    outside = right(seen(known, ~known.regions), seen(asked, ~asked.regions))
    inside = right(seen(known, known.regions), seen(asked, asked.regions))
    everything = right(seen(known, np.True_), seen(asked, np.True_))

    low, high = binom.interval(0.999, ASK, 1 / 7)
    assert low <= outside <= high
    assert min(inside, everything) > 1.4 * high


# The data set.


def small_dataset(seed: int = 0) -> Dataset:
    return drawn_dataset(train=20, validation=10, test=10, seed=seed)


def test_the_data_set_has_three_splits_of_different_faces() -> None:
    drawn = small_dataset()
    assert drawn.name == "drawn"
    assert drawn.classes == FER2013_CLASSES
    assert {name: len(split) for name, split in drawn.splits.items()} == {
        "train": 20, "validation": 10, "test": 10,
    }  # fmt: skip
    assert drawn.face_shape == (48, 48, 1)
    assert drawn.split("train").ids[17] == "drawn:train:17"
    everyone = np.concatenate([split.faces for split in drawn.splits.values()])
    assert len({face.tobytes() for face in everyone}) == 40


def test_opening_it_again_reads_the_same_faces_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    first = small_dataset()
    monkeypatch.setattr(drawn_dataset_module, "draw_faces", None)
    again = small_dataset()
    assert again.fingerprint == first.fingerprint
    for name, split in first.splits.items():
        assert isinstance(again.split(name).faces, np.memmap)
        np.testing.assert_array_equal(again.split(name).faces, split.faces)
        np.testing.assert_array_equal(again.split(name).labels, split.labels)


def test_the_fingerprint_follows_the_pixels() -> None:
    fingerprints = {small_dataset(seed).fingerprint for seed in range(3)}
    assert len(fingerprints) == 3
    assert {len(fingerprint) for fingerprint in fingerprints} == {64}  # hex sha256


def test_a_split_does_not_depend_on_the_sizes_of_the_others() -> None:
    alone = drawn_dataset(train=0, validation=10, test=0)
    assert list(alone.splits) == ["validation"]
    np.testing.assert_array_equal(
        alone.split("validation").faces, small_dataset().split("validation").faces
    )


def test_the_masks_of_a_split_lie_on_its_faces() -> None:
    drawn = small_dataset()
    masks = drawn_masks(drawn, "validation")
    assert masks.shape == (10, 48, 48)
    assert masks.dtype == bool
    neutral = np.array(masks)[drawn.split("validation").labels == NEUTRAL]
    assert neutral.mean() > masks.mean()  # neutral is carried by all regions


def test_another_data_set_has_no_masks() -> None:
    split = small_dataset().splits
    with pytest.raises(ZooError, match="'other' has no masks"):
        drawn_masks(Dataset("other", FER2013_CLASSES, split, "00"), "train")


def test_two_openings_at_once_both_succeed(home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: small_dataset(), range(4)))
    assert len({drawn.fingerprint for drawn in opened}) == 1
    assert [path.name[0] for path in (home / "data" / "drawn").iterdir()].count(".") == 0


def test_a_damaged_cache_is_named_with_the_way_out(home: Path) -> None:
    small_dataset()
    (path,) = (home / "data" / "drawn").glob("*/train-faces.npy")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ZooError, match=r"train-faces.npy: missing or damaged: delete .*again"):
        small_dataset()


def test_a_cache_that_cannot_be_written_is_refused_with_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file"))
    with pytest.raises(ZooError, match="drawn.*cannot be written"):
        small_dataset()


@pytest.mark.parametrize("counts", [(0, 0, 0), (-1, 5, 5)])
def test_a_data_set_needs_faces(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ZooError, match="not all 0"):
        drawn_dataset(*counts)


def test_changed_pictures_have_a_new_version(some: DrawnFaces) -> None:
    """A change of the pictures must raise VERSION, or old caches would be served for new."""
    assert some.faces.mean() == pytest.approx(MEAN_GREY[VERSION], abs=0.02)
