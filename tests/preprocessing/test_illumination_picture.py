"""Drawn faces under four lights, and the command that draws them."""

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.preprocessing import ILLUMINATION_METHODS
from zoo.preprocessing.illumination import picture
from zoo.preprocessing.illumination.picture import LIGHTS, draw_picture, under_light


def test_a_light_multiplies_each_pixel_by_where_it_is():
    faces = np.full((1, 3, 5, 1), 100, np.uint8)
    lit = under_light(faces, 0.5, across=0.4, down=-0.2)[0, ..., 0]
    np.testing.assert_array_equal(lit[1], [30, 40, 50, 60, 70])
    np.testing.assert_array_equal(lit[:, 2], [60, 50, 40])
    assert under_light(faces, 3.0, 0, 0).max() == 255


def test_the_left_light_makes_the_left_half_brighter_and_the_dim_one_everything_darker():
    faces = np.full((1, 8, 8, 1), 200, np.uint8)
    left = under_light(faces, *LIGHTS["from the left"])
    above = under_light(faces, *LIGHTS["from above"])
    assert left[:, :, 0].min() > left[:, :, -1].max()
    assert above[:, 0].min() > above[:, -1].max()
    np.testing.assert_array_equal(under_light(faces, *LIGHTS["even"]), faces)
    assert under_light(faces, *LIGHTS["dim"]).max() < 50


def test_every_method_answers_every_light(monkeypatch, tmp_path):
    drawn = {}
    monkeypatch.setattr(
        picture, "illumination_figure", lambda corrected, **rest: drawn.update(rest, c=corrected)
    )
    draw_picture(tmp_path / "a.png")
    grid = drawn["c"]
    assert grid.shape == (4, 6, 2, 48, 48)
    assert (drawn["lights"], drawn["methods"]) == (list(LIGHTS), ILLUMINATION_METHODS)
    even, dim = grid[0], grid[3]
    none, standardize = (ILLUMINATION_METHODS.index(name) for name in ("none", "standardize"))
    assert dim[none].mean() < 0.25 * even[none].mean()
    assert abs(dim[standardize].mean() - even[standardize].mean()) < 2


def test_the_command_draws_them_and_replaces_nothing(monkeypatch, tmp_path, zoo_command):
    monkeypatch.chdir(tmp_path)
    assert "wrote illumination.png" in zoo_command("show", "--illumination").output
    assert (tmp_path / "illumination.png").stat().st_size > 10_000
    again = zoo_command("show", "--illumination")
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert zoo_command("show", "--illumination", "--overwrite").exit_code == 0
    with pytest.raises(ZooError, match="--overwrite"):
        draw_picture(tmp_path / "illumination.png")


@pytest.mark.parametrize(
    "arguments", [(), ("vgg16", "--illumination"), ("vgg16", "--out", "x.png")], ids=str
)
def test_the_command_shows_one_thing(zoo_command, arguments):
    result = zoo_command("show", *arguments)
    assert result.exit_code == 2
    assert "zoo show NAME" in result.stderr
