"""Bars of each class and model."""

import pytest

from zoo.figures.class_bars import class_bars_figure


def test_bars_and_intervals_stand_at_their_values(drawn, tmp_path):
    measured = {
        "first": [(0.5, 0.4, 0.6), None, (0.9, 0.85, 0.95)],
        "second": [(0.3, 0.2, 0.4), None, (0.7, 0.65, 0.75)],
    }
    class_bars_figure(
        ["angry", "fear", "happy"], measured, title="2 models", path=tmp_path / "c.png"
    )
    (axes,) = drawn[0].axes
    heights = [[bar.get_height() for bar in bars] for bars in axes.containers]
    assert heights == [pytest.approx([50, 90]), pytest.approx([30, 70])]
    centres = [[bar.get_x() + bar.get_width() / 2 for bar in bars] for bars in axes.containers]
    assert [round(x) for row in centres for x in row] == [0, 2, 0, 2]
    assert all(a < b for a, b in zip(*centres, strict=True))
    lines = [[tuple(end[1] for end in one) for one in c.get_segments()] for c in axes.collections]
    assert lines[0] == [pytest.approx((40, 60)), pytest.approx((85, 95))]
    (text,) = axes.texts
    assert (text.get_text(), text.get_position()[0]) == ("no face", 1)
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ["first", "second"]
