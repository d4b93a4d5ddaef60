"""--crop-faces: the largest face of each image is cut out before anything becomes small."""

from pathlib import Path

import numpy as np
import pytest
from made_up import row
from PIL import Image
from skimage import data

from zoo.data import description, library
from zoo.data.cache import SKIPPED, cache_folder
from zoo.data.columns import measured
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

CROP = ImportSettings(crop_faces=True)


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """Her head in 240×240 pixels."""
    return data.astronaut()[:240, 100:340]


@pytest.fixture
def photos(tmp_path: Path, astronaut: np.ndarray) -> Path:
    """Two classes of two photos with one face, and one photo without in each."""
    for name in ("happy", "sad"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for i in range(2):
            shifted = np.roll(astronaut, (9 * i, -9 * i), axis=(0, 1))
            Image.fromarray(shifted).save(folder / f"{i}.png")
        Image.fromarray(data.rocket()[:200, :200]).save(folder / "rocket.png")
    return tmp_path / "photos"


def test_each_face_fills_its_square_and_faceless_photos_are_listed(
    photos: Path, astronaut: np.ndarray
):
    dataset = library.add("photos", photos, CROP)
    faces = np.concatenate([split.faces for split in dataset.splits.values()]).astype(float)
    assert len(faces) == 4
    # Her face is about 93 pixels wide around (123, 113); by hand, not by the detector.
    by_hand = Image.fromarray(astronaut[57:169, 67:179]).convert("L").resize((48, 48))
    whole = Image.fromarray(astronaut).convert("L").resize((48, 48))
    for face in faces:
        assert np.corrcoef(face.ravel(), np.asarray(by_hand).ravel())[0, 1] > 0.8
        assert np.corrcoef(face.ravel(), np.asarray(whole).ravel())[0, 1] < 0.4
    assert dataset.facts["skipped"]["no face found"]["count"] == 2
    listed = (cache_folder(dataset.fingerprint) / SKIPPED).read_text().splitlines()
    assert listed == [
        "reason,where", "no face found,happy/rocket.png", "no face found,sad/rocket.png"
    ]  # fmt: skip
    remarks = " ".join(description.remarks(dataset))
    assert str(cache_folder(dataset.fingerprint) / SKIPPED) in remarks
    assert "images without one are left out" in remarks


def test_faceless_photos_are_kept_whole_if_so_wanted(photos: Path):
    kept = library.add("kept", photos, ImportSettings(crop_faces=True, keep_faceless=True))
    whole = library.add("whole", photos)
    assert sum(len(split) for split in kept.splits.values()) == 6
    assert not kept.facts["skipped"]
    for name, split in kept.splits.items():
        for i, where in enumerate(split.ids):
            same = np.array_equal(split.faces[i], whole.splits[name].faces[i])
            assert same == where.endswith("rocket.png")


def test_cropping_alone_changes_the_fingerprint(photos: Path):
    settings = [ImportSettings(), CROP, ImportSettings(crop_faces=True, keep_faceless=True)]
    prints = [library.add(f"d{i}", photos, chosen) for i, chosen in enumerate(settings)]
    assert len({dataset.fingerprint for dataset in prints}) == 3
    assert "crop_faces" not in prints[0].facts


def test_of_several_faces_the_largest_is_cut_and_it_is_counted(photos: Path, astronaut):
    both = np.full((240, 480, 3), 128, np.uint8)
    both[60:180, 60:180] = astronaut[::2, ::2]
    both[:, 240:] = astronaut
    Image.fromarray(both).save(photos / "sad/both.png")
    dataset = library.add("photos", photos, CROP)
    faces = {
        where: (face, found)
        for split in dataset.splits.values()
        for where, face, found in zip(
            split.ids, split.faces.astype(float), split.columns["faces found"], strict=True
        )
    }
    assert {found for where, (_, found) in faces.items() if where != "sad/both.png"} == {1}
    face, found = faces["sad/both.png"]
    assert found == 2
    assert np.corrcoef(face.ravel(), faces["sad/0.png"][0].ravel())[0, 1] > 0.8
    assert "several faces were found in 1: the largest was cut out" in description.remarks(dataset)


def test_photos_that_already_are_faces_stay_whole(tmp_path: Path, astronaut: np.ndarray):
    """As zoo predict leaves them."""
    face = Image.fromarray(astronaut[57:169, 67:179])
    for name in ("a", "b"):
        (tmp_path / "faces" / name).mkdir(parents=True)
        face.save(tmp_path / "faces" / name / "0.png")
    cut, whole = (
        library.add(f"d{crop:d}", tmp_path / "faces", ImportSettings(crop_faces=crop)).splits
        for crop in (True, False)
    )
    assert np.array_equal(cut["train"].faces, whole["train"].faces)


def test_the_face_is_cut_from_the_full_resolution(tmp_path: Path, astronaut: np.ndarray):
    large = Image.fromarray(astronaut).resize((960, 960), Image.Resampling.BICUBIC)
    for i, name in enumerate(("a", "b")):
        path = tmp_path / "large" / name / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        large.save(path)
    dataset = library.add("large", tmp_path / "large", ImportSettings(size=200, crop_faces=True))
    face = dataset.splits["train"].faces[0][..., 0].astype(float)
    from_full = large.convert("L").crop((268, 228, 716, 676)).resize((200, 200))
    assert np.corrcoef(face.ravel(), np.asarray(from_full, float).ravel())[0, 1] > 0.9
    sharpness = dataset.splits["train"].columns["sharpness"][0]
    assert sharpness > 0.5 * measured(np.asarray(from_full)[None, ..., None])["sharpness"][0]


def test_rows_of_pixels_are_faces_already(rows, write_csv):
    with pytest.raises(ZooError, match="--crop-faces needs .*; this is a csv with the columns"):
        library.add("faces", write_csv([*rows, row(np.zeros((48, 48), np.uint8))]), CROP)


def test_keeping_the_faceless_needs_cropping():
    with pytest.raises(ZooError, match="--keep-faceless .* add --crop-faces"):
        ImportSettings(keep_faceless=True)


def test_photos_without_any_face_are_refused_with_their_number(write_images):
    folder = write_images({"a": 2, "b": 3})
    (folder / "a/0.png").write_bytes(b"")
    told = "no face found in 4 of 5 images, train has none of class 'a' left.*--keep-faceless"
    with pytest.raises(ZooError, match=told):
        library.add("faces", folder, CROP)
