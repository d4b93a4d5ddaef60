"""Pictures of relevance maps, checked by what is drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import zoo.figures.maps as map_figures
from zoo.errors import ZooError
from zoo.figures.maps import write_map_figures

MAPS = np.linspace(-1, 3, 2 * 16 * 16).reshape(2, 16, 16)


@dataclass(frozen=True)
class OneModel:
    """Two classes of a grey face, explained."""

    face: np.ndarray = field(default_factory=lambda: np.full((16, 16, 1), 100, np.uint8))
    maps: np.ndarray = field(default_factory=lambda: MAPS)
    targets: np.ndarray = field(default_factory=lambda: np.array([2, 1]))
    probabilities: np.ndarray = field(default_factory=lambda: np.array([0.1, 0.7, 0.2]))
    classes: tuple[str, ...] = ("angry", "happy", "sad")
    predictor: str = "five_layer"
    label: str = "LRP"
    signed: bool = True
    top: int = 1
    remarks: tuple[str, ...] = ("heuristic for five_layer",)


@dataclass(frozen=True)
class TwoMembers(OneModel):
    """The same of an ensemble."""

    members: tuple[str, ...] = ("one", "other")
    member_weights: np.ndarray = field(default_factory=lambda: np.array([0.75, 0.25]))
    member_maps: np.ndarray = field(default_factory=lambda: np.stack([MAPS, -MAPS]))
    disagreement: np.ndarray = field(default_factory=lambda: np.abs(MAPS))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Figure]:
    """The figures by file name, as they were when saved."""
    figures: dict[str, Figure] = {}
    new_figure = map_figures.new_figure

    @contextmanager
    def recorded(width: float, height: float, path: Path, **options: bool) -> Iterator[Figure]:
        with new_figure(width, height, path, **options) as figure:
            yield figure
        figures[path.name] = figure

    monkeypatch.setattr(map_figures, "new_figure", recorded)
    return figures


def panels(figure: Figure) -> list[Axes]:
    """The axes that show a face."""
    return [axes for axes in figure.axes if axes.get_title()]


def test_a_row_per_class_shows_the_face_and_its_map(tmp_path, drawn):
    paths = write_map_figures(OneModel(), tmp_path / "new")
    assert [path.name for path in paths] == ["map.png", "probabilities.png"]
    assert all(path.stat().st_size for path in paths)
    shown = panels(drawn["map.png"])
    assert [axes.get_title() for axes in shown] == [
        "sad 0.200",
        "the map",
        "happy 0.700",
        "the map",
    ]
    for axes, relevance in zip(shown[1::2], MAPS, strict=True):
        image = axes.images[-1]
        np.testing.assert_array_equal(image.get_array(), relevance)
        assert image.get_cmap().name == "RdBu_r"
        low, high = image.get_clim()
        assert low == -high
        assert 0 < high <= np.abs(relevance).max()
    assert drawn["map.png"].get_suptitle() == "LRP of five_layer: happy 0.700"
    assert "heuristic for five_layer" in drawn["map.png"].get_supxlabel()
    assert "blue: against it" in drawn["map.png"].get_supxlabel()


def test_an_ensembles_picture_shows_each_member_and_where_they_disagree(tmp_path, drawn):
    write_map_figures(TwoMembers(), tmp_path)
    shown = panels(drawn["map.png"])[:5]
    assert [axes.get_title() for axes in shown] == [
        "sad 0.200", "the map", "one\nweight 0.75", "other\nweight 0.25",
        "disagreement\n(sd of maps of peak 1)",
    ]  # fmt: skip
    np.testing.assert_array_equal(shown[3].images[-1].get_array(), -MAPS[0])
    np.testing.assert_array_equal(shown[4].images[-1].get_array(), np.abs(MAPS[0]))
    assert shown[4].images[-1].get_cmap().name == "viridis"


def test_maps_without_signs_begin_at_zero(tmp_path, drawn):
    write_map_figures(OneModel(maps=np.abs(MAPS), signed=False, remarks=()), tmp_path)
    image = panels(drawn["map.png"])[1].images[-1]
    assert image.get_cmap().name == "viridis"
    assert image.get_clim()[0] == 0
    assert drawn["map.png"].get_supxlabel() == ""


def test_a_map_of_nothing_is_drawn(tmp_path, drawn):
    write_map_figures(OneModel(maps=np.zeros((2, 16, 16))), tmp_path)
    assert panels(drawn["map.png"])[1].images[-1].get_clim() == (-1, 1)


def test_colours_of_a_map_of_very_few_pixels_end_at_the_largest(tmp_path, drawn):
    sparse = np.zeros((2, 16, 16))
    sparse[:, 3, 4] = -0.02
    write_map_figures(OneModel(maps=sparse), tmp_path)
    assert panels(drawn["map.png"])[1].images[-1].get_clim() == (-0.02, 0.02)


def test_existing_pictures_are_kept_unless_overwriting_is_asked_for(tmp_path):
    (tmp_path / "probabilities.png").write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        write_map_figures(OneModel(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["probabilities.png"]
    write_map_figures(OneModel(), tmp_path, overwrite=True)
    assert (tmp_path / "map.png").stat().st_size
