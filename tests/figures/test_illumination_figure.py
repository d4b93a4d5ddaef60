"""The grid of corrected faces."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from zoo.errors import ZooError
from zoo.figures.illumination import illumination_figure

GRID = np.arange(2 * 3 * 2 * 4 * 5, dtype=float).reshape(2, 3, 2, 4, 5)
LABELS = {"lights": ["even", "dim"], "methods": ["none", "plane", "clahe"], "source": "squares"}


def test_rows_are_lights_and_columns_are_methods(tmp_path):
    path = tmp_path / "a.svg"
    illumination_figure(GRID, **LABELS, path=path)
    written = [line.strip()[5:-4] for line in path.read_text().splitlines() if "<!-- " in line]
    assert "Illumination corrections of squares, n = 2; grey levels 0–255" in written
    for text in ("even", "dim", "none", "plane", "clahe", "light", "correction"):
        assert written.count(text) == 1


def test_each_cell_shows_its_faces_on_one_grey_scale(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(Axes, "imshow", lambda _, image, **kw: shown.append((image, kw)))
    illumination_figure(GRID, **LABELS, path=tmp_path / "a.png")
    assert len(shown) == 6
    image, settings = shown[4]  # dim, plane
    np.testing.assert_array_equal(image[:, :5], GRID[1, 1, 0])
    np.testing.assert_array_equal(image[:, 5:], GRID[1, 1, 1])
    assert settings == {"cmap": "gray", "vmin": 0, "vmax": 255}


def test_an_existing_picture_is_kept(tmp_path):
    (tmp_path / "a.png").write_text("mine")
    with pytest.raises(ZooError, match="--overwrite"):
        illumination_figure(GRID, **LABELS, path=tmp_path / "a.png")
