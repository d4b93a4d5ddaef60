"""Pictures of a made explanation, checked by what is drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

import zoo.figures.superpixels as superpixel_figures
from zoo.errors import ZooError
from zoo.figures.superpixels import write_superpixel_figures

QUARTERS = np.kron(np.arange(4).reshape(2, 2), np.ones((8, 8), int))


@dataclass(frozen=True)
class FourSuperpixels:
    """A grey face in four quarters; quarter k speaks for class k and against the next one."""

    face: np.ndarray = field(default_factory=lambda: np.full((16, 16, 1), 100, np.uint8))
    segments: np.ndarray = field(default_factory=lambda: QUARTERS)
    targets: np.ndarray = field(default_factory=lambda: np.array([0, 1, 2]))
    r2: np.ndarray = field(default_factory=lambda: np.array([0.5, 0.61, 0.7]))
    local_predictions: np.ndarray = field(default_factory=lambda: np.array([-0.1, 0.8, 0.3]))
    probabilities: np.ndarray = field(default_factory=lambda: np.array([0.1, 0.7, 0.2]))
    classes: tuple[str, ...] = ("angry", "happy", "sad")
    predictor: str = "five_layer"
    samples: int = 1000
    remarks: tuple[str, ...] = ()
    minimum_weight: float = 0.01
    top: int = 1
    label: str = "LIME"

    @property
    def maps(self) -> np.ndarray:
        return np.stack([0.5 * (QUARTERS == k) - 0.2 * (QUARTERS == k + 1) for k in range(3)])

    def supporting(self, row: int) -> np.ndarray:
        return np.array([row])

    def opposing(self, row: int) -> np.ndarray:
        return np.array([row + 1])


class WithoutWeights(FourSuperpixels):
    """A class for and against which nothing speaks."""

    @property
    def maps(self) -> np.ndarray:
        return np.zeros((3, 16, 16))

    def supporting(self, row: int) -> np.ndarray:
        return np.array([], int)

    opposing = supporting


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Figure]:
    """The figures by file name, as they were when saved."""
    figures: dict[str, Figure] = {}
    new_figure = superpixel_figures.new_figure

    @contextmanager
    def recorded(width: float, height: float, path: Path, **options: bool) -> Iterator[Figure]:
        with new_figure(width, height, path, **options) as figure:
            yield figure
        figures[path.name] = figure

    for module in ("superpixels", "probabilities"):
        monkeypatch.setattr(f"zoo.figures.{module}.new_figure", recorded)
    return figures


def shown_quarters(axes: Axes) -> set[int]:
    """The quarters of the face that are not faded."""
    image = np.asarray(axes.images[0].get_array())
    return {int(k) for k in range(4) if (image[QUARTERS == k] == 100).all()}


def test_four_pictures_are_written(tmp_path: Path) -> None:
    paths = write_superpixel_figures(FourSuperpixels(), tmp_path / "new")
    assert [path.name for path in paths] == [
        "panels.png", "classes.png", "heatmap.png", "probabilities.png",
    ]  # fmt: skip
    for path in paths:
        with Image.open(path) as picture:
            assert min(picture.size) > 300


def test_a_long_remark_stays_within_the_picture(tmp_path: Path, drawn: dict[str, Figure]) -> None:
    remark = ", ".join(f"measure {number} 0.{number}" for number in range(40))
    write_superpixel_figures(FourSuperpixels(remarks=(remark,)), tmp_path)
    (note,) = (text for text in drawn["panels.png"].texts if "measure 39" in text.get_text())
    assert note.get_window_extent().width <= drawn["panels.png"].bbox.width


def test_the_panels_show_what_is_for_and_against_the_most_probable_class(
    tmp_path: Path, drawn: dict[str, Figure]
) -> None:
    write_superpixel_figures(FourSuperpixels(), tmp_path)
    whole, supporting, borders, opposing = drawn["panels.png"].axes
    assert shown_quarters(whole) == {0, 1, 2, 3}
    assert shown_quarters(supporting) == {1}
    assert shown_quarters(borders) == {0, 1, 2, 3}
    assert shown_quarters(opposing) == {2}
    border = np.concatenate(borders.collections[0].get_segments())
    assert border.min(axis=0).tolist() == [7.5, -0.5]  # quarter 1 is the upper right one
    assert border.max(axis=0).tolist() == [15.5, 7.5]


def test_each_class_is_drawn_from_its_own_weights(
    tmp_path: Path, drawn: dict[str, Figure]
) -> None:
    write_superpixel_figures(FourSuperpixels(), tmp_path)
    for row, (name, axes) in enumerate(
        zip(FourSuperpixels.classes, drawn["classes.png"].axes, strict=True)
    ):
        assert shown_quarters(axes) == {row, row + 1}
        assert axes.get_title().startswith(name)
        against, supporting = (np.concatenate(c.get_segments()) for c in axes.collections)
        assert not np.array_equal(against, supporting)


def test_the_heat_map_is_signed_and_symmetric_about_zero(
    tmp_path: Path, drawn: dict[str, Figure]
) -> None:
    write_superpixel_figures(FourSuperpixels(), tmp_path)
    _, heat, bar = drawn["heatmap.png"].axes
    weights = heat.images[1]
    assert weights.get_clim() == (-0.5, 0.5)
    assert np.array_equal(weights.get_array(), FourSuperpixels().maps[1])
    assert bar.get_ylabel() == "change of P(happy) when shown"


def test_the_bar_chart_shows_every_probability(tmp_path: Path, drawn: dict[str, Figure]) -> None:
    write_superpixel_figures(FourSuperpixels(), tmp_path)
    (axes,) = drawn["probabilities.png"].axes
    assert [bar.get_width() for bar in axes.patches] == [0.1, 0.7, 0.2]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["angry", "happy", "sad"]
    assert axes.get_xlim() == (-0.1, 1)


def test_every_picture_names_the_model_the_samples_the_class_and_the_fit(
    tmp_path: Path, drawn: dict[str, Figure]
) -> None:
    write_superpixel_figures(FourSuperpixels(), tmp_path)
    for figure in drawn.values():
        texts = [text.get_text() for text in figure.findobj(Text)]
        for wanted in ("five_layer", "1,000 samples", "happy 0.700", "R² 0.61"):
            assert any(wanted in text for text in texts)


def test_faces_in_colour_and_in_floats_and_classes_without_weights_are_drawn(
    tmp_path: Path,
) -> None:
    face = np.linspace(0, 255, 16 * 16 * 3, dtype=np.float32).reshape(16, 16, 3)
    write_superpixel_figures(WithoutWeights(face=face), tmp_path)


def test_nothing_is_written_where_one_picture_exists(tmp_path: Path) -> None:
    (tmp_path / "heatmap.png").write_text("mine")
    with pytest.raises(ZooError, match="heatmap.png exists"):
        write_superpixel_figures(FourSuperpixels(), tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["heatmap.png"]
    write_superpixel_figures(FourSuperpixels(), tmp_path, overwrite=True)
