"""Pictures of filters, feature maps and what raises units, checked by what is drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import zoo.figures.maximized
import zoo.figures.sheet
from zoo.errors import ZooError
from zoo.figures.feature_maps import write_feature_maps
from zoo.figures.filters import SHOWN, write_filters
from zoo.figures.maximized import write_maximized


@dataclass(frozen=True)
class Kernels:
    kernels: np.ndarray
    layer: str = "conv1"
    passed_over: tuple[str, ...] = ("stem",)


@dataclass(frozen=True)
class Depth:
    maps: np.ndarray
    channels: np.ndarray
    layer: str = "conv1"
    shape: tuple[int, int, int] = (4, 4, 20)
    low: float = -0.5
    high: float = 7.0


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures as they were when saved."""
    figures: list[Figure] = []
    new_figure = zoo.figures.sheet.new_figure

    @contextmanager
    def recorded(width: float, height: float, path: Path, **options: bool) -> Iterator[Figure]:
        with new_figure(width, height, path, **options) as figure:
            yield figure
        figures.append(figure)

    monkeypatch.setattr(zoo.figures.sheet, "new_figure", recorded)
    monkeypatch.setattr(zoo.figures.maximized, "new_figure", recorded)
    return figures


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_each_channel_of_each_filter_is_shown_around_zero(tmp_path, drawn):
    kernels = np.random.default_rng(0).normal(size=(5, 3, 3, 2))
    kernels[4] = 0
    write_filters(Kernels(kernels), tmp_path / "filters.png", model="mine")
    images = drawn[0].axes[0].images
    assert len(images) == 10
    np.testing.assert_array_equal(images[3].get_array(), kernels[1, ..., 1])
    peak = np.abs(kernels[1]).max()
    assert images[3].get_clim() == pytest.approx((-peak, peak))
    assert images[3].get_cmap().name == "RdBu_r"
    assert images[9].get_clim() == (-1, 1)
    assert "First filters of mine: 5 3×3 kernels of conv1" in words(drawn[0])
    assert "in front of it, 1×1: stem" in words(drawn[0])


def test_of_very_many_filters_and_channels_the_first_are_shown_and_it_is_said(tmp_path, drawn):
    write_filters(Kernels(np.ones((70, 3, 3, 8))), tmp_path / "filters.png", model="mine")
    assert len(drawn[0].axes[0].images) == SHOWN * 3
    assert f"{SHOWN} of 70 3×3 kernels" in words(drawn[0])
    assert "3 of 8 input channels" in words(drawn[0])


def test_a_row_per_depth_in_the_layers_own_range(tmp_path, drawn):
    maps = np.random.default_rng(0).uniform(size=(3, 4, 4))
    depths = [Depth(maps, np.array([5, 0, 19])), Depth(maps[:1], np.array([2]), layer="pool")]
    face = np.full((8, 8, 1), 90, np.uint8)
    write_feature_maps(depths, face, tmp_path / "maps.png", model="mine", face_name="me")
    images = drawn[0].axes[0].images
    assert len(images) == 1 + 3 + 1
    np.testing.assert_array_equal(images[2].get_array(), maps[1])
    assert images[2].get_clim() == (-0.5, 7)
    told = words(drawn[0])
    for expected in ("Feature maps of me through mine", "pool", "4×4, 20 channels", "-0.5 to 7"):
        assert expected in told
    assert "\n19\n" in told


def test_a_panel_per_picture_with_its_caption(tmp_path, drawn):
    pictures = np.arange(5 * 16, dtype=np.uint8).reshape(5, 4, 4, 1)
    write_maximized(
        pictures, [f"unit {n}" for n in range(5)], tmp_path / "units.png",
        title="What raises mine", note="128 steps",
    )  # fmt: skip
    shown = [axes for axes in drawn[0].axes if axes.images]
    assert [axes.get_title() for axes in shown] == [f"unit {n}" for n in range(5)]
    np.testing.assert_array_equal(shown[4].images[0].get_array()[..., 2], pictures[4, ..., 0])
    assert drawn[0].get_suptitle() == "What raises mine"


def test_existing_pictures_are_kept_unless_overwriting_is_asked_for(tmp_path):
    path = tmp_path / "units.png"
    path.write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        write_maximized(np.zeros((1, 4, 4, 1)), ["one"], path, title="", note="")
    with pytest.raises(ZooError, match="--overwrite"):
        write_filters(Kernels(np.ones((1, 3, 3, 1))), path, model="mine")
    assert path.read_text() == "mine"
