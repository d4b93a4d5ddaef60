"""Planted copies, counted."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from zoo.data.audit.copies import find_copies
from zoo.data.audit.faces import AuditedFaces
from zoo.data.audit.perceptual_hash import perceptual_hashes
from zoo.data.hashes import face_hashes

PLANTED = 50


def jpeg(face):
    file = io.BytesIO()
    Image.fromarray(face).save(file, "JPEG", quality=50)
    return np.asarray(Image.open(file))


def shifted(face):
    return np.pad(face, ((1, 0), (0, 1)), mode="edge")[:-1, 1:]


CHANGES = {
    "identical": lambda face: face,
    "compressed": jpeg,
    "shifted": shifted,
    "brightened": lambda face: cv2.add(face, 40.0),
    "mirrored": lambda face: face[:, ::-1],
    "mirrored and changed": lambda face: jpeg(cv2.add(shifted(face[:, ::-1]), 40.0)),
}


def copies_among(dataset, blank=None):
    faces = AuditedFaces(dataset)
    exact = np.concatenate([face_hashes(split.faces) for split in dataset.splits.values()])
    hashes = np.concatenate([perceptual_hashes(pixels) for _, pixels in faces.blocks()])
    return find_copies(
        faces, exact, hashes, np.zeros(len(faces), bool) if blank is None else blank
    )


def pairs_of(pairs):
    return set(map(tuple, pairs.faces.tolist()))


@pytest.fixture(scope="module")
def found(drawn, dataset_of):
    """Copies of the first faces of train, planted in test, 50 of each change."""
    faces, labels = drawn
    planted = [change(face) for change in CHANGES.values() for face in faces[:PLANTED]]
    return copies_among(dataset_of(train=(faces, labels), test=(planted, np.zeros(len(planted)))))


def test_of_drawn_faces_alone_none_is_a_copy(drawn, dataset_of):
    copies = copies_among(dataset_of(train=drawn))
    assert copies.members == []
    assert (copies.groups == -1).all()


@pytest.mark.parametrize("change", CHANGES)
def test_every_planted_copy_is_in_its_originals_group(found, drawn, change):
    start = len(drawn[0]) + PLANTED * list(CHANGES).index(change)
    copies = found.groups[start : start + PLANTED]
    assert (copies == found.groups[:PLANTED]).sum() == PLANTED
    assert copies.min() >= 0


def test_nothing_else_is_in_a_group(found, drawn):
    assert len(found.members) == PLANTED
    assert (found.groups[PLANTED : len(drawn[0])] == -1).all()
    assert all(len(members) == 1 + len(CHANGES) for members in found.members)


def test_groups_are_numbered_by_their_first_faces(found):
    assert [members[0] for members in found.members] == list(range(PLANTED))
    assert all((np.diff(members) > 0).all() for members in found.members)


def test_copies_are_told_apart_by_what_was_done(found, drawn):
    starts = {change: len(drawn[0]) + PLANTED * place for place, change in enumerate(CHANGES)}
    rows = range(PLANTED)
    assert pairs_of(found.exact) == {(row, starts["identical"] + row) for row in rows}
    near, mirrored = pairs_of(found.near), pairs_of(found.mirrored)
    for change in ("compressed", "shifted", "brightened"):
        assert sum((row, starts[change] + row) in near for row in rows) >= PLANTED - 2
    for change in ("mirrored", "mirrored and changed"):
        assert sum((row, starts[change] + row) in mirrored for row in rows) >= PLANTED - 2
    assert not near & mirrored


def test_exact_groups_know_nothing_of_changed_copies(found, drawn):
    inside = np.flatnonzero(found.exact_groups >= 0)
    start = len(drawn[0])
    assert inside.tolist() == [*range(PLANTED), *range(start, start + PLANTED)]


def test_copies_of_copies_share_a_group(drawn, dataset_of):
    face = drawn[0][5]
    moved = [np.roll(face, by, axis=1) for by in range(4)]
    copies = copies_among(dataset_of(train=(moved, np.zeros(4))))
    assert copies.groups.tolist() == [0, 0, 0, 0]
    assert (0, 3) not in pairs_of(copies.near)


def test_blank_images_have_exact_copies_only(drawn, dataset_of):
    noise = np.random.default_rng(0).integers(0, 2, (1, 48, 48), np.uint8)
    images = np.concatenate([noise, noise, noise + 1, drawn[0][:3]])
    blank = np.array([True] * 3 + [False] * 3)
    copies = copies_among(dataset_of(train=(images, np.zeros(6))), blank)
    assert copies.groups.tolist() == [0, 0, -1, -1, -1, -1]


def test_faces_in_colour_and_of_other_sizes_are_compared_in_grey(drawn, dataset_of):
    large = np.stack([cv2.resize(face, (96, 96)) for face in drawn[0][:20]])
    tinted = np.stack([large, large // 2 + 20, large // 3], axis=-1).astype(np.uint8)
    copies = copies_among(
        dataset_of(train=(tinted, np.zeros(20)), test=(tinted[3:5, :, ::-1] // 2, np.zeros(2)))
    )
    assert copies.groups[[3, 4, 20, 21]].tolist() == [0, 1, 0, 1]
    assert (copies.groups >= 0).sum() == 4


def test_the_unlabelled_split_is_looked_at_too(drawn, dataset_of):
    faces, labels = drawn
    dataset = dataset_of(train=(faces[:30], labels[:30]), unlabelled=(faces[4:6], None))
    assert copies_among(dataset).groups[[4, 5, 30, 31]].tolist() == [0, 1, 0, 1]
