"""Validation accuracies by epoch, and by number of labelled faces."""

import pytest

from zoo.figures.curves import Curve, curves_figure
from zoo.figures.learning_curve import learning_curve_figure


def data_of(axes, label):
    (line,) = (line for line in axes.lines if line.get_label() == label)
    return list(map(float, line.get_xdata())), list(map(float, line.get_ydata()))


def test_a_curve_goes_from_epoch_1_and_marks_where_phases_begin(drawn, tmp_path):
    curves = [
        Curve("pre-trained", [0.5, 0.6, 0.7], {1: "head", 2: "everything"}),
        Curve("from scratch", [0.2, 0.3]),
    ]
    path = tmp_path / "a.png"
    curves_figure(curves, n=100, title="a title", path=path)
    assert path.read_bytes().startswith(b"\x89PNG")
    axes = drawn[0].axes[0]
    assert data_of(axes, "pre-trained") == ([1, 2, 3], [0.5, 0.6, 0.7])
    assert data_of(axes, "from scratch") == ([1, 2], [0.2, 0.3])
    places = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert places == [0.5, 1.5]
    assert [text.get_text() for text in axes.texts] == ["head", "everything"]
    assert axes.get_ylabel() == "validation top-1 accuracy, n = 100"


def test_a_learning_curve_shows_means_every_seed_and_what_needs_no_label(drawn, tmp_path):
    path = tmp_path / "a.png"
    learning_curve_figure(
        {
            "from FER2013": {50: [0.5, 0.7], 100: [0.8]},
            "from scratch": {50: [0.2, 0.2], 100: [0.4]},
        },
        untrained=("no training", 0.3),
        chance=1 / 7,
        n=1400,
        title="a title",
        path=path,
    )
    assert path.read_bytes().startswith(b"\x89PNG")
    axes = drawn[0].axes[0]
    assert axes.get_xscale() == "log"
    counts, means = data_of(axes, "from FER2013")
    assert counts == [50, 100]
    assert means == pytest.approx([0.6, 0.8])
    seeds = [
        list(line.get_ydata()) for line in axes.lines if line.get_markerfacecolor() == "white"
    ]
    assert seeds == [[0.5, 0.7], [0.8], [0.2, 0.2], [0.4]]
    assert data_of(axes, "no training, 30.0%")[1] == pytest.approx([0.3, 0.3])
    assert data_of(axes, "chance, 14.3%")[1] == pytest.approx([1 / 7, 1 / 7])
    assert axes.get_ylabel() == "top-1 accuracy, n = 1,400"
