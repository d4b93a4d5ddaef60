"""The confusion matrices' picture."""

import io

import numpy as np
import pytest
from PIL import Image

from zoo.errors import ZooError
from zoo.figures import confusion as room
from zoo.figures.confusion import confusion_figure, confusion_png
from zoo.figures.disagreement import disagreement_figure

CLASSES = ("angry", "happy", "sad")
COUNTS = np.array([[3, 1, 0], [2, 5, 1], [0, 0, 0]])


def texts(path):
    """What is written in an .svg picture: matplotlib leaves each text as a comment."""
    return [line.strip()[5:-4] for line in path.read_text().splitlines() if "<!-- " in line]


def test_it_shows_counts_and_shares_of_each_true_class(tmp_path):
    path = tmp_path / "a.svg"
    confusion_figure(COUNTS, CLASSES, model="vgg16", split="validation", path=path)
    written = texts(path)
    assert "vgg16 on validation, n = 12, top-1 accuracy 66.7 %" in written
    for text in ("number of faces", "% of the faces of each true class"):
        assert written.count(text) == 1
    for text in ("predicted class", "true class"):
        assert written.count(text) == 2
    for text in ("75.0", "25.0", "62.5", "12.5"):
        assert text in written
    for name in CLASSES:
        assert written.count(name) == 4


def test_a_class_without_faces_has_counts_of_0_and_no_shares(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(room, "_heat_map", lambda axes, values, *rest, **kw: drawn.append(values))
    confusion_figure(COUNTS, CLASSES, model="m", split="test", path=tmp_path / "a.png")
    counts, shares = drawn
    np.testing.assert_array_equal(counts, COUNTS)
    np.testing.assert_allclose(shares[:2].sum(axis=1), 100)
    assert np.isnan(shares[2]).all()


def test_many_classes_are_drawn_without_numbers_in_the_cells(tmp_path):
    names = [f"class {number}" for number in range(20)]
    path = tmp_path / "a.svg"
    confusion_figure(np.eye(20, dtype=int) * 77, names, model="m", split="test", path=path)
    assert "77" not in texts(path)
    assert texts(path).count("class 19") == 4


def test_no_label_is_cut_off_by_the_pictures_edge(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    outside = []
    save = Figure.savefig

    def check(figure, *arguments, **options):
        save(figure, *arguments, **options)
        renderer = figure.canvas.get_renderer()
        for axes in figure.axes:
            box = axes.get_tightbbox(renderer)
            if box.x0 < 0 or box.y0 < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1:
                outside.append(box)

    monkeypatch.setattr(Figure, "savefig", check)
    for count in (2, 12):
        names = [f"rather surprised {number}" for number in range(count)]
        counts, path = np.eye(count, dtype=int), tmp_path / f"confusion{count}.png"
        confusion_figure(counts, names, model="m", split="test", path=path)
        confusion_png(counts, names, model="m", split="test")
    for count in (2, 5):
        disagreement_figure(
            np.full((count, count), 0.4), [f"ccpccpccpff_avg {n}" for n in range(count)],
            split="test", n=9, path=tmp_path / f"{count}.png",
        )  # fmt: skip
    assert outside == []


def test_for_a_log_it_is_one_small_picture_of_the_shares(monkeypatch):
    drawn = []
    heat_map = room._heat_map

    def watched(axes, values, *arguments, **options):
        drawn.append((values, axes.figure.get_suptitle()))
        heat_map(axes, values, *arguments, **options)

    monkeypatch.setattr(room, "_heat_map", watched)
    png = confusion_png(COUNTS, CLASSES, model="vgg16, epoch 3,", split="validation")
    ((shares, title),) = drawn
    np.testing.assert_allclose(shares[:2], [[75, 25, 0], [25, 62.5, 12.5]])
    assert "vgg16, epoch 3, on validation, n = 12, top-1 accuracy 66.7 %" in title
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert max(picture.size) <= 500


def test_an_existing_picture_is_kept(tmp_path):
    (tmp_path / "a.png").write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        confusion_figure(COUNTS, CLASSES, model="m", split="test", path=tmp_path / "a.png")


def test_disagreement_shows_each_pair_in_per_cent(tmp_path):
    matrix = np.array([[0, 0.25, 0.5], [0.25, 0, 0.125], [0.5, 0.125, 0]])
    path = tmp_path / "a.svg"
    disagreement_figure(matrix, ("x", "y", "z"), split="validation", n=1234, path=path)
    written = texts(path)
    assert "Pairwise disagreement on validation, n = 1,234" in written
    assert "faces whose top-1 differ, %" in written
    assert [written.count(text) for text in ("25.0", "50.0", "12.5")] == [2, 2, 2]
