"""The pictures of a search for an ensemble."""

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.figures.error_correlation import error_correlation_figure
from zoo.figures.growth import growth_figure
from zoo.figures.optimism import optimism_figure


def test_naive_and_cross_fitted_numbers_stand_on_one_line_per_method(drawn, tmp_path):
    optimism_figure(
        ["uniform", "stacking"], naive=[(0.6, 1.0), (0.7, 0.8)], fair=[(0.6, 1.0), (0.62, 0.9)],
        spread=[(0.0, 0.0), (0.01, 0.02)], folds=5, title="t, n = 70", path=tmp_path / "a.png",
    )  # fmt: skip
    left, right = drawn[0].axes
    naive, fair = left.lines[0], left.lines[1]
    assert list(naive.get_xdata()) == pytest.approx([60, 70])
    assert list(fair.get_xdata()) == pytest.approx([60, 62])
    assert list(right.lines[1].get_xdata()) == pytest.approx([1.0, 0.9])
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["uniform", "stacking"]
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the first on top
    assert (left.get_xlabel(), drawn[0].get_suptitle()) == ("top-1 accuracy, %", "t, n = 70")


def test_every_average_is_a_point_and_the_means_are_a_line(drawn, tmp_path):
    top1 = [np.array([0.5, 0.6]), np.array([0.65])]
    growth_figure(
        [1, 2], top1, [np.array([1.2, 1.0]), np.array([0.9])], title="t", path=tmp_path / "a.png"
    )
    accuracy, loss = drawn[0].axes
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [50, 60])
    np.testing.assert_allclose(accuracy.lines[-1].get_ydata(), [55, 65])
    np.testing.assert_allclose(loss.lines[-1].get_ydata(), [1.1, 0.9])


def test_a_correlation_that_is_not_defined_has_no_number(drawn, tmp_path):
    matrix = np.array([[1, 0.25, np.nan], [0.25, 1, np.nan], [np.nan, np.nan, np.nan]])
    path = tmp_path / "a.png"
    error_correlation_figure(matrix, ["a", "b", "c"], split="validation", n=70, path=path)
    heat, bar = drawn[0].axes
    assert sorted(text.get_text() for text in heat.texts if text.get_text()) == ["0.25", "0.25"]
    assert "n = 70" in drawn[0].get_suptitle()
    assert bar.get_ylim() == (-1, 1)
    with pytest.raises(ZooError, match="--overwrite"):
        error_correlation_figure(matrix, ["a", "b", "c"], split="validation", n=70, path=path)
