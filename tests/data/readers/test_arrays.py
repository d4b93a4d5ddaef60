"""Numpy arrays of faces and labels: whatever they are called and however they are laid out."""

import io
import os
import zipfile

import numpy as np
import pytest
from made_up import noise

from zoo.data import library
from zoo.data.settings import ImportSettings
from zoo.errors import ZooError

COUNT = 42
FACES = noise(COUNT)
LABELS = np.arange(COUNT) % 7


@pytest.fixture
def add(tmp_path):
    """Save arrays as an .npz file, or with `folder` as .npy files, and add them."""

    def save_and_add(arrays, folder=False, **settings):
        if folder:
            path = tmp_path / "arrays"
            path.mkdir()
            for name, array in arrays.items():
                np.save(path / f"{name}.npy", array)
        else:
            path = tmp_path / "arrays.npz"
            np.savez_compressed(path, **arrays)
        return library.add("faces", path, ImportSettings(**settings))

    return save_and_add


def check(dataset, faces=FACES, labels=LABELS):
    """Every face and label is there once, in order within its split."""
    found = {}
    for split in dataset.splits.values():
        places = [int(where.split()[-1]) for where in split.ids]
        assert places == sorted(places)
        for place, face, label in zip(places, split.faces, split.labels, strict=True):
            found[place] = (face, int(label))
    assert sorted(found) == list(range(len(faces)))
    for place, (face, label) in found.items():
        assert np.array_equal(face[..., 0], faces[place])
        assert label == labels[place]


NAMES = [
    ("x", "y"), ("X", "Y"), ("images", "labels"), ("faces", "emotions"), ("X_train", "y_train"),
    ("train_images", "train_labels"), ("fdataX", "flabels"), ("Xtrain", "ytrain"),
]  # fmt: skip


@pytest.mark.parametrize("names", NAMES, ids="-".join)
@pytest.mark.parametrize("folder", [False, True], ids=["npz", "npy"])
def test_arrays_are_known_by_their_names(add, names, folder):
    dataset = add(dict(zip(names, (FACES, LABELS), strict=True)), folder)
    check(dataset)
    assert list(dataset.splits) == ["train", "validation"]
    assert dataset.facts["validation_seed"] == 0
    assert "taken for FER2013's: angry, disgust, fear" in dataset.facts["kind"]


LAYOUTS = {
    "N H W": FACES,
    "N H W 1": FACES[..., None],
    "N 1 H W": FACES[:, None],
    "flat": FACES.reshape(COUNT, -1),
    "grey as RGB": np.repeat(FACES[..., None], 3, axis=-1),
    "int64": FACES.astype(np.int64),
    "float32": FACES.astype(np.float32),
    "big-endian": FACES.astype(">u2"),
    "fractions": FACES / 255,
    "float16 fractions": (FACES / 255).astype(np.float16),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_faces_are_the_same_in_every_layout(add, layout):
    dataset = add({"x": LAYOUTS[layout], "y": LABELS})
    check(dataset)
    assert ("multiplied by 255" in dataset.facts["kind"]) == ("fractions" in layout)


def test_channels_in_front_are_colours(add):
    colours = np.random.default_rng(1).integers(0, 256, (COUNT, 3, 48, 48), np.uint8)
    dataset = add({"x": colours, "y": LABELS}, colour="rgb")
    for split in dataset.splits.values():
        for face, where in zip(split.faces, split.ids, strict=True):
            assert np.array_equal(face, colours[int(where.split()[-1])].transpose(1, 2, 0))


ONE_HOT = np.eye(7)[LABELS]
TEXTS = np.array(["anger", "disgust", "fear", "Happiness", "sad", "surprised", "neutral"])[LABELS]


@pytest.mark.parametrize(
    "labels",
    [ONE_HOT, ONE_HOT.astype(np.uint8), LABELS[:, None], LABELS.astype(np.float32), TEXTS,
     TEXTS.astype("S9")],
    ids=["one-hot", "one-hot bytes", "column", "floats", "texts", "bytes"],
)  # fmt: skip
def test_labels_are_understood_in_every_form(add, labels):
    check(add({"x": FACES, "y": labels}))


def test_names_of_classes_decide_what_numbers_mean(add):
    alphabet = np.array(["Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise"])
    dataset = add({"x": FACES, "y": LABELS, "classes": alphabet})
    meant = [dataset.classes.index(name.lower()) for name in alphabet]
    check(dataset, labels=[meant[label] for label in LABELS])
    assert dataset.classes[6] == "neutral"


def test_other_numbers_of_classes_are_called_by_their_numbers(add):
    dataset = add({"x": FACES, "y": LABELS % 3})
    assert dataset.classes == ("0", "1", "2")
    assert "an array classes may hold" in dataset.facts["kind"]


def test_splits_are_taken_as_they_are_called(add):
    arrays = {
        "x_train": FACES[:20], "y_train": LABELS[:20], "x_val": FACES[20:30],
        "y_val": LABELS[20:30], "x_test": FACES[30:], "y_test": LABELS[30:], "history": np.ones(3),
    }  # fmt: skip
    dataset = add(arrays)
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 20, "validation": 10, "test": 12,
    }  # fmt: skip
    assert np.array_equal(dataset.splits["test"].faces[..., 0], FACES[30:])
    assert dataset.splits["test"].labels.tolist() == LABELS[30:].tolist()
    assert dataset.splits["test"].ids[0] == "x_test 0"
    assert "validation_seed" not in dataset.facts


def test_faces_alone_are_for_prediction(add):
    dataset = add({"faces": FACES})
    assert list(dataset.splits) == ["unlabelled"]
    assert np.array_equal(dataset.splits["unlabelled"].faces[..., 0], FACES)


def test_of_a_single_array_the_folder_is_asked_for(tmp_path):
    np.save(tmp_path / "fdataX.npy", FACES)
    with pytest.raises(ZooError, match=r"fdataX\.npy: a single array: name the folder"):
        library.add("faces", tmp_path / "fdataX.npy")


def test_a_test_array_without_labels_is_for_prediction(add):
    dataset = add({"x_train": FACES, "y_train": LABELS, "x_test": FACES[:5]})
    assert len(dataset.splits["unlabelled"]) == 5
    assert "test" not in dataset.splits


WRONG = {
    "no faces": ({"a": FACES, "b": LABELS}, "no array of faces among a, b"),
    "no labels in train": ({"x_train": FACES, "x_test": FACES, "y_test": LABELS}, "no training"),
    "labels alone": ({"x": FACES, "y": LABELS, "y_test": LABELS}, "y_test has no faces beside"),
    "counts": ({"x": FACES, "y": LABELS[1:]}, "42 faces in x and 41 labels"),
    "two of a kind": ({"x": FACES, "images": FACES, "y": LABELS}, "both .* are train faces"),
    "shape": ({"x": FACES.reshape(COUNT, 24, 96, 1, 1), "y": LABELS}, r"expected faces as \(N"),
    "not square": ({"x": FACES.reshape(COUNT, -1)[:, :2000], "y": LABELS}, "expected faces as"),
    "negative": ({"x": FACES - 128.0, "y": LABELS}, "holds values from -128 to 127"),
    "too bright": ({"x": FACES.astype(int) * 2, "y": LABELS}, "holds values from 0 to 510"),
    "NaN": ({"x": np.where(FACES == 7, np.nan, FACES), "y": LABELS}, "holds values"),
    "truths": ({"x": FACES > 9, "y": LABELS}, "expected an array of numbers or text"),
    "complex": ({"x": FACES * 1j, "y": LABELS}, "expected an array of numbers or text"),
    "soft labels": ({"x": FACES, "y": np.full((COUNT, 7), 1 / 7)}, "one-hot rows of one 1"),
    "fractions": ({"x": FACES, "y": LABELS / 2}, "no whole numbers"),
    "below 0": ({"x": FACES, "y": LABELS - 1}, "number classes from 0"),
    "far above": ({"x": FACES, "y": LABELS * 10**15}, "number classes from 0"),
    "one class": ({"x": FACES, "y": LABELS * 0 + 1}, "only one class, 1"),
    "blank": ({"x": FACES, "y": np.where(TEXTS == "sad", " ", TEXTS)}, "blank labels"),
    "few names": ({"x": FACES, "y": LABELS, "classes": TEXTS[:3]}, "3 names of classes, labels"),
    "same names": ({"x": FACES, "y": LABELS % 2, "classes": ["joy", "happy"]}, "both mean|twice"),
    "columns first": ({"x": np.asfortranarray(FACES), "y": LABELS}, "column by column"),
    "objects": ({"x": FACES, "y": LABELS.astype(object)}, "only unpickling could read"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("folder", [False, True], ids=["npz", "npy"])
def test_what_is_not_as_it_should_be_is_refused_in_one_line(add, kind, folder):
    arrays, message = WRONG[kind]
    with pytest.raises(ZooError, match=message) as refusal:
        add(arrays, folder)
    assert "\n" not in str(refusal.value)
    assert library.list_datasets() == []


class Trap:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_nothing_is_ever_unpickled(add, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZooError, match="only unpickling could read"):
        add({"x": FACES, "y": np.array([Trap()] * COUNT)})
    assert not (tmp_path / "sprung").exists()


def header(shape, dtype="|u1"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


@pytest.mark.parametrize("shape", [(10**8, 48, 48), (43, 48, 48), (10**30, 48, 48)])
def test_a_header_that_claims_more_than_there_is_is_refused(tmp_path, shape):
    (tmp_path / "arrays").mkdir()
    (tmp_path / "arrays/x.npy").write_bytes(header(shape) + FACES.tobytes())
    np.save(tmp_path / "arrays/y.npy", LABELS)
    with zipfile.ZipFile(tmp_path / "arrays.npz", "w") as archive:
        archive.write(tmp_path / "arrays/x.npy", "x.npy")
        archive.write(tmp_path / "arrays/y.npy", "y.npy")
    for path in (tmp_path / "arrays", tmp_path / "arrays.npz"):
        with pytest.raises(ZooError, match="x claims to hold more than the file does"):
            library.add("faces", path)


def test_labels_larger_than_labels_are_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.data.readers.array_files.MAX_LABEL_BYTES", 100)
    np.savez(tmp_path / "arrays.npz", x=FACES, y=LABELS)
    with pytest.raises(ZooError, match="too large for labels"):
        library.add("faces", tmp_path / "arrays.npz")


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused(tmp_path, keep):
    np.savez_compressed(tmp_path / "arrays.npz", x=FACES, y=LABELS)
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder/x.npy", FACES)
    np.save(tmp_path / "folder/y.npy", LABELS)
    for file in (tmp_path / "arrays.npz", tmp_path / "folder/x.npy"):
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * keep)])
    for path in (tmp_path / "arrays.npz", tmp_path / "folder"):
        with pytest.raises(ZooError, match="cut short"):
            library.add("faces", path)
    assert library.list_datasets() == []


def test_flipped_bytes_are_noticed(tmp_path):
    np.savez(tmp_path / "arrays.npz", x=FACES, y=LABELS)
    content = bytearray((tmp_path / "arrays.npz").read_bytes())
    content[50_000] ^= 0xFF
    (tmp_path / "arrays.npz").write_bytes(bytes(content))
    with pytest.raises(ZooError, match="damaged or cut short"):
        library.add("faces", tmp_path / "arrays.npz")


def test_the_fingerprint_is_of_content_and_settings(add, tmp_path):
    first = add({"x": FACES, "y": LABELS})
    path = tmp_path / "arrays.npz"
    np.savez(path, x=FACES, y=LABELS)  # stored otherwise
    assert library.add("again", path).fingerprint == first.fingerprint
    assert library.add("seed", path, ImportSettings(seed=1)).fingerprint != first.fingerprint
    np.savez(path, x=FACES[::-1], y=LABELS)
    assert library.add("other", path).fingerprint != first.fingerprint
