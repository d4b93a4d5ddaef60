"""Pictures of reliability, coverage, slices and robustness: what is drawn, and where."""

from contextlib import contextmanager

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.selective import best_risks
from zoo.figures import coverage, reliability, robustness, slices
from zoo.figures.slices import Dot
from zoo.figures.style import empty_figure
from zoo.metrics import confidence_bins


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are drawn instead of being saved."""
    figures = []

    @contextmanager
    def keep(width, height, path, *, overwrite=False):
        with empty_figure(width, height) as figure:
            yield figure
            figures.append(figure)

    for module in (coverage, reliability, robustness, slices):
        monkeypatch.setattr(module, "new_figure", keep)
    return figures


def test_a_reliability_diagram_has_a_dot_per_filled_bin_and_a_bar_per_count(drawn, tmp_path):
    random = np.random.default_rng(0)
    rows = random.dirichlet(np.ones(4), 300)
    bins = confidence_bins(random.integers(0, 4, 300), rows)
    reliability.reliability_figure(
        {"before": (bins, 0.1), "after": (bins, 0.02)}, title="t", path=tmp_path / "a.png"
    )
    upper, lower = drawn[0].axes[0], drawn[0].axes[2]
    filled = [one for one in bins if one.n]
    dots = upper.containers[0].lines[0].get_xydata()
    expected = [[100 * one.confidence, 100 * one.accuracy] for one in filled]
    np.testing.assert_allclose(dots, expected)
    assert [bar.get_height() for bar in lower.patches] == [one.n for one in bins]
    assert drawn[0].axes[1].get_title() == "after\nECE 2.00 %"


def test_coverage_curves_end_at_the_accuracy_on_all_faces(drawn, tmp_path):
    wrong = np.array([0, 0, 1, 0, 1, 1])
    risks = np.cumsum(wrong) / np.arange(1, 7)
    coverage.coverage_figure(
        {"m": risks}, best=best_risks(risks), title="t", path=tmp_path / "a.png"
    )
    lines = {line.get_label(): line.get_xydata() for line in drawn[0].axes[0].lines}
    curve = lines[f"m, area under the risk {risks.mean():.4f}"]
    np.testing.assert_allclose(curve[-1], [1, 0.5])
    np.testing.assert_allclose(curve[:, 1], 1 - risks)
    assert (lines["perfect order"][:, 1] >= curve[:, 1]).all()


def test_slices_that_differ_are_filled(drawn, tmp_path):
    dots = [
        Dot("light", "≤ 3", 10, 0.5, 0.3, 0.7, True),
        Dot("light", "> 3", 12, 0.8, 0.6, 0.9, False),
        Dot("age", "old", 9, 0.6, 0.4, 0.8, False),
    ]
    slices.slices_figure(dots, overall=0.6, title="t", path=tmp_path / "a.png")
    (axes,) = drawn[0].axes
    markers = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in markers] == pytest.approx([50, 80, 60])
    assert [line.get_markerfacecolor() == "white" for line in markers] == [False, True, True]
    assert [text.get_text() for text in axes.texts] == ["light", "age"]
    assert "≤ 3  (n = 10)" in [label.get_text() for label in axes.get_yticklabels()]


def test_every_perturbation_has_a_panel_and_every_model_a_curve(drawn, tmp_path):
    points = [(0.6, 0.5, 0.7), (0.4, 0.3, 0.5)]
    robustness.robustness_figure(
        {"a": [points, points], "b": [points, points]},
        panels=[("noise", "grey levels", (8,)), ("JPEG", "quality", (50,))],
        majority=0.25, title="t", path=tmp_path / "a.png",
    )  # fmt: skip
    noise, jpeg, legend = drawn[0].axes
    assert (noise.get_title(), jpeg.get_title()) == ("noise", "JPEG")
    assert len(noise.containers) == 2
    assert list(noise.containers[0].lines[0].get_ydata()) == pytest.approx([60, 40])
    assert [tick.get_text() for tick in jpeg.get_xticklabels()] == ["0", "50"]
    assert {text.get_text() for text in legend.get_legend().get_texts()} == {
        "a", "b", "most frequent class",
    }  # fmt: skip


def test_existing_pictures_are_kept(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ZooError, match="exists"):
        slices.slices_figure(
            [Dot("a", "b", 1, 1, 0, 1, False)], overall=1, title="t", path=tmp_path / "a.png"
        )
