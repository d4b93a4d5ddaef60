"""Accuracy against cost: the front, and names that do not overlap."""

import numpy as np
import pytest

from zoo.figures import pareto
from zoo.figures.labels import label_points
from zoo.figures.pareto import pareto_figure, pareto_front
from zoo.figures.style import empty_figure


def literal_front(accuracies, costs):
    """Those that no other one equals or beats in both, one by one."""
    models = list(enumerate(zip(accuracies, costs, strict=True)))
    return {
        one
        for one, (accuracy, cost) in models
        if not any(
            a >= accuracy and c <= cost and (a > accuracy or c < cost or other < one)
            for other, (a, c) in models
            if other != one
        )
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_front_is_that_of_the_literal_definition(seed):
    random = np.random.default_rng(seed)
    # Few values, so that many are equal.
    accuracies, costs = random.integers(0, 6, 15) / 10, 1.0 + random.integers(0, 6, 15)
    front = pareto_front(accuracies, costs)
    assert set(front) == literal_front(accuracies, costs)
    assert [costs[place] for place in front] == sorted(costs[place] for place in front)


@pytest.mark.parametrize("count", [2, 12, 30])
def test_names_overlap_neither_each_other_nor_dots_and_stay_inside(count):
    random = np.random.default_rng(count)
    places = [(float(x), float(y)) for x, y in random.random((count, 2)) * [1, 0.3]]
    with empty_figure(7.5, 5) as figure:
        axes = figure.subplots()
        axes.set(xlim=(-0.1, 1.1), ylim=(-0.1, 0.4))
        axes.plot(*zip(*places, strict=True), "o", ms=6)
        boxes = label_points(axes, places, [f"architecture_{k} s{k}" for k in range(count)])
        assert count > 20 or len(boxes) == count
        inside = axes.get_window_extent()
        for place, box in enumerate(boxes):
            assert inside.x0 <= box.x0 <= box.x1 <= inside.x1
            assert inside.y0 <= box.y0 <= box.y1 <= inside.y1
            assert not any(box.overlaps(other) for other in boxes[:place])
            dots = axes.transData.transform(places)
            assert not any(box.contains(*dot) for dot in dots)


def test_where_there_is_no_room_a_name_is_left_out():
    with empty_figure(2, 2) as figure:
        axes = figure.subplots()
        assert label_points(axes, [(0.5, 0.5)], ["a name wider than the axes are by far"]) == []
        assert len(axes.texts) == 0


@pytest.fixture
def axes(drawn, tmp_path):
    pareto_figure(
        ("small", "wasteful", "large"), (0.5, 0.45, 0.6), (1.0, 4.0, 9.0),
        intervals=((0.45, 0.55), (0.4, 0.5), (0.55, 0.65)), marked=(False, False, True),
        cost_label="parameters, millions", title="3 models on d, validation, n = 60",
        path=tmp_path / "p.png",
    )  # fmt: skip
    return drawn[0].axes[0]


def test_dots_stand_at_cost_and_accuracy_the_front_in_another_colour(axes):
    *dots, of_legend = (line for line in axes.lines if line.get_marker() == "o")
    assert (of_legend.get_label(), of_legend.get_markerfacecolor()) == ("with a remark", "white")
    assert [(float(dot.get_xdata()[0]), float(dot.get_ydata()[0])) for dot in dots] == [
        (1, pytest.approx(50)), (4, pytest.approx(45)), (9, pytest.approx(60)),
    ]  # fmt: skip
    colours = [dot.get_color() for dot in dots]
    assert colours == [pareto._ORANGE, pareto._BLUE, pareto._ORANGE]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, False, True]
    (front,) = (line for line in axes.lines if line.get_drawstyle() == "steps-post")
    assert list(front.get_xdata()) == [1, 9]


def test_axes_say_what_they_show(axes):
    assert axes.get_xlabel() == "parameters, millions (logarithmic)"
    assert axes.get_ylabel() == "top-1 accuracy, % (bar: 95 % interval)"
    assert axes.figure.get_suptitle() == "3 models on d, validation, n = 60"
    assert {text.get_text() for text in axes.texts} == {"small", "wasteful", "large"}
