"""The leaderboard's picture."""

import pytest

from zoo.figures.comparison import accuracy_figure


@pytest.fixture
def axes(drawn, tmp_path):
    """Draws three models and gives the axes they were drawn on."""
    accuracy_figure(
        ("best", "middle", "limited"),
        (0.6, 0.5, 0.3),
        intervals=((0.55, 0.65), (0.45, 0.55), (0.25, 0.35)),
        remarks=("", "", "2,000 training faces, from scratch"),
        majority=0.25,
        chance=1 / 7,
        title="3 models on fer2013, validation, n = 3,589",
        path=tmp_path / "a.png",
    )
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    return drawn[0].axes[0]


def lines(axes, marker):
    return [
        line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata()) <= 2
    ]


def test_dots_stand_at_the_accuracies_best_on_top(axes):
    dots = lines(axes, "o")
    assert [float(dot.get_xdata()[0]) for dot in dots] == [60, 50, 30]
    heights = [axes.transData.transform((0, dot.get_ydata()[0]))[1] for dot in dots]
    assert heights == sorted(heights, reverse=True)


def test_bars_are_the_intervals(axes):
    bars = [line for line in lines(axes, "None") if line.get_ydata()[0] == line.get_ydata()[1]]
    ends = [tuple(map(float, bar.get_xdata())) for bar in bars]
    assert ends == [pytest.approx(pair) for pair in ((55, 65), (45, 55), (25, 35))]


def test_a_model_with_a_remark_is_hollow_and_says_it_below_its_name(axes):
    assert [dot.get_markerfacecolor() == "white" for dot in lines(axes, "o")] == [
        False, False, True,
    ]  # fmt: skip
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:2] == ["best", "middle"]
    assert " ".join(labels[2].split("\n")) == "limited 2,000 training faces, from scratch"


def test_the_majority_and_chance_are_lines_with_their_numbers(axes):
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["most frequent class, 25.0 %", "chance, 14.3 %"]


def test_the_axis_says_what_and_the_title_on_how_many(axes):
    assert axes.get_xlabel() == "top-1 accuracy, % (bar: 95 % interval)"
    assert axes.figure.get_suptitle() == "3 models on fer2013, validation, n = 3,589"
    assert axes.get_xlim()[0] == 0
