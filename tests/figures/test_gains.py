"""The picture of what techniques gained."""

import pytest

from zoo.figures.gains import gains_figure


@pytest.fixture
def axes(drawn, tmp_path):
    gains_figure(
        ("better", "no better", "worse"),
        (0.02, 0.001, -0.03),
        intervals=((0.01, 0.03), (-0.01, 0.012), (-0.04, -0.02)),
        title="a network: validation, n = 10; 2 epochs, 3 seeds",
        path=tmp_path / "a.png",
    )
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    return drawn[0].axes[0]


def test_dots_stand_at_the_gains_in_points_the_first_on_top(axes):
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(dot.get_xdata()[0]) for dot in dots] == pytest.approx([2, 0.1, -3])
    heights = [axes.transData.transform((0, dot.get_ydata()[0]))[1] for dot in dots]
    assert heights == sorted(heights, reverse=True)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "better", "no better", "worse",
    ]  # fmt: skip


def test_a_gain_whose_interval_spans_zero_is_hollow(axes):
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True, False]
    bars = [line for line in axes.lines if line.get_marker() == "None"][1:]
    ends = [tuple(map(float, bar.get_xdata())) for bar in bars]
    assert ends == [pytest.approx(pair) for pair in ((1, 3), (-1, 1.2), (-4, -2))]


def test_axis_and_title_say_what_and_on_how_many(axes):
    assert axes.get_xlabel().startswith("gain in top-1 accuracy, points")
    assert "n = 10" in axes.figure.get_suptitle()
