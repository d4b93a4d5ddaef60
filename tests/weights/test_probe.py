"""The probe: drawn faces of all emotions, kept as they were drawn."""

import dataclasses

import numpy as np
import pytest

from zoo.data.emotions import FER2013_CLASSES
from zoo.errors import ZooError
from zoo.weights import probe
from zoo.weights.probe import make_probe, read_probe


def test_the_probe_shows_each_emotion_twice_or_three_times():
    kept = read_probe()
    assert kept.faces.shape == (16, 48, 48, 1)
    assert kept.faces.dtype == np.uint8
    assert set(np.bincount(kept.labels, minlength=7)) == {2, 3}


def test_the_faces_are_the_ones_that_make_probe_draws(tmp_path, monkeypatch):
    drawn = make_probe(tmp_path / "probe.npz")
    np.testing.assert_array_equal(drawn.labels, read_probe().labels)
    # Another version of OpenCV may round some pixels otherwise.
    off = np.abs(drawn.faces.astype(int) - read_probe().faces)
    assert off.mean() < 0.1
    monkeypatch.setattr(probe, "PROBE", tmp_path / "probe.npz")
    np.testing.assert_array_equal(read_probe().faces, drawn.faces)


def test_one_pixel_or_label_more_is_another_probe():
    kept = read_probe()
    faces, labels = kept.faces.copy(), kept.labels.copy()
    faces[3, 20, 20, 0] ^= 1
    labels[0] = (labels[0] + 1) % 7
    prints = {
        dataclasses.replace(kept, **change).fingerprint
        for change in ({}, {"faces": faces}, {"labels": labels})
    }
    assert len(prints) == 3


def test_labels_mean_nothing_to_other_classes():
    kept = read_probe()
    uniform = np.full((16, 7), 1 / 7)
    assert list(kept.predictions(uniform, FER2013_CLASSES).labels) == list(kept.labels)
    turned = kept.predictions(uniform, FER2013_CLASSES[::-1])
    assert set(turned.labels) == {0}
    assert len(kept.predictions(np.full((16, 2), 0.5), ("happy", "sad"))) == 16


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"text"])
def test_a_damaged_probe_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.setattr(probe, "PROBE", tmp_path / "probe.npz")
    if content is not None:
        (tmp_path / "probe.npz").write_bytes(content)
    with pytest.raises(ZooError, match=r"probe\.npz: missing or damaged"):
        read_probe()
