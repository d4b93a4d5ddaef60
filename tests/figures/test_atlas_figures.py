"""The atlas's pictures: their titles count, and their colours are comparable."""

from dataclasses import dataclass

import numpy as np
import pytest

from zoo.explainers.gallery import ShownFace
from zoo.figures import atlas as figures
from zoo.figures.gallery import write_gallery


@dataclass
class MadeAtlas:
    counts: np.ndarray
    maps: np.ndarray
    faces: np.ndarray
    label: str = "LRP"
    predictor: str = "net"
    classes: tuple[str, ...] = ("angry", "happy", "sad")
    signed: bool = True
    remarks: tuple[str, ...] = ("heuristic for net",)

    def of_class(self, target: int, *, correct: bool = False) -> tuple[np.ndarray, np.ndarray]:
        return self.maps[target, target], self.faces[target, target]

    def caption(self, target: int, label: int | None = None) -> str:
        return f"R² 0.{target}1, repeatability 0.5"


@pytest.fixture
def made() -> MadeAtlas:
    random = np.random.default_rng(0)
    counts = np.array([[12, 1, 0], [0, 30, 0], [2, 0, 11]])
    maps = random.normal(0, 1, (3, 3, 8, 8))
    maps[0, 1] *= 100  # one face
    return MadeAtlas(counts, maps, random.uniform(0, 255, (3, 3, 8, 8)))


def kept(monkeypatch, made, write, path):
    """The figure that was written."""
    figure_of, saved = figures.new_figure, []

    def keeping(*size, **options):
        context = figure_of(*size, **options)
        saved.append(context)
        return Keeper(context)

    class Keeper:
        def __init__(self, context):
            self.context = context

        def __enter__(self):
            self.figure = self.context.__enter__()
            saved[-1] = self.figure
            return self.figure

        def __exit__(self, *problem):
            return self.context.__exit__(*problem)

    monkeypatch.setattr(figures, "new_figure", keeping)
    write(made, "20 faces", path)
    assert path.stat().st_size
    return saved[-1]


def test_a_panel_per_class_with_the_number_of_faces(made, monkeypatch, tmp_path) -> None:
    figure = kept(monkeypatch, made, figures.write_emotions, tmp_path / "a.png")
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[:3] == ["angry, n = 14", "happy, n = 31", "sad, n = 11"]
    assert figure.axes[1].get_xlabel() == "R² 0.11\nrepeatability 0.5"
    limits = {axis.images[1].get_clim() for axis in figure.axes[:3]}
    assert len(limits) == 1


def test_the_title_says_of_which_faces_the_means_are(made, monkeypatch, tmp_path) -> None:
    def write_correct(*arguments):
        figures.write_emotions(*arguments, correct=True)

    of_all = kept(monkeypatch, made, figures.write_emotions, tmp_path / "a.png")
    correct = kept(monkeypatch, made, write_correct, tmp_path / "b.png")
    assert of_all.get_suptitle() == "LRP of net: faces by predicted class\n20 faces"
    assert correct.get_suptitle() == "LRP of net: correctly predicted faces by class\n20 faces"


def test_where_no_face_is_right_there_are_no_maps_of_right_ones(made, tmp_path) -> None:
    made.counts = np.array([[0, 1, 0], [0, 0, 0], [2, 0, 0]])
    figures.write_emotions(made, "3 faces", tmp_path / "a.png", correct=True)
    assert (tmp_path / "a.png").stat().st_size


def test_means_of_very_few_pixels_are_seen(made, monkeypatch, tmp_path) -> None:
    made.maps[:] = 0
    made.maps[:, :, 2, 2] = 0.3
    made.maps = np.pad(made.maps, ((0, 0), (0, 0), (20, 20), (20, 20)))
    made.faces = np.pad(made.faces, ((0, 0), (0, 0), (20, 20), (20, 20)))
    figure = kept(monkeypatch, made, figures.write_emotions, tmp_path / "a.png")
    assert figure.axes[0].images[1].get_clim() == (-0.3, 0.3)


def test_a_panel_per_pair_that_is_there_and_none_that_drowns_the_others(
    made, monkeypatch, tmp_path
) -> None:
    figure = kept(monkeypatch, made, figures.write_pairs, tmp_path / "a.png")
    titles = [axis.get_title().partition("\n")[0] for axis in figure.axes]
    assert figure.axes[8].get_title() == "n = 11\nR² 0.21\nrepeatability 0.5"
    assert titles == ["n = 12", "n = 1", "", "", "n = 30", "", "n = 2", "", "n = 11"]
    shown = [axis.images[1].get_clim()[1] for axis in figure.axes if axis.images]
    assert len(set(shown)) == 1
    assert shown[0] < 10


def test_a_gallery_has_a_row_per_face_and_a_map_per_explained_class(tmp_path) -> None:
    """Also where a name holds dollar signs, between which matplotlib would read formulas."""
    random = np.random.default_rng(0)
    rows = [
        ShownFace(
            random.integers(0, 256, (8, 8, 1)), f"$a_b_{label}$.png", label,
            np.array([0.2, 0.7, 0.1]), maps, dict.fromkeys(maps, {"r2": 0.5}), signed=True,
        )
        for label, maps in (
            (1, {1: random.normal(size=(8, 8))}),
            (2, {1: random.normal(size=(8, 8)), 2: random.normal(size=(8, 8))}),
        )
    ]  # fmt: skip
    write_gallery(rows, ("angry", "happy", "sad"), "two faces", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size
