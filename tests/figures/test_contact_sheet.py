"""Contact sheets."""

import numpy as np
import pytest
from PIL import Image

from zoo.errors import ZooError
from zoo.figures.contact_sheet import Tile, contact_sheet, in_rows

GREYS = (0, 60, 120, 180, 240)


def tiles(count=5, lines=("happy", "train")):
    return [Tile(np.full((48, 48, 1), GREYS[k % 5], np.uint8), lines) for k in range(count)]


def test_faces_are_drawn_in_their_greys_in_rows(tmp_path):
    contact_sheet(in_rows(tiles(), 3), tmp_path / "sheet.png", title="tiny: five faces")
    picture = np.asarray(Image.open(tmp_path / "sheet.png").convert("L"), np.int16)
    places = [np.argwhere(np.abs(picture - grey) <= 1) for grey in GREYS]
    assert min(map(len, places)) > 120**2
    top, left = np.array([np.median(place, axis=0) for place in places]).T
    assert left[0] < left[1] < left[2] > left[3] < left[4]
    assert np.ptp(top[:3]) <= 1 < top[3] - top[2]
    assert np.ptp(top[3:]) <= 1


def test_colours_stay_colours(tmp_path):
    red = Tile(np.full((8, 8, 3), (200, 10, 30), np.uint8))
    contact_sheet([[red]], tmp_path / "sheet.png", title="one")
    picture = np.asarray(Image.open(tmp_path / "sheet.png").convert("RGB"))
    assert (picture == (200, 10, 30)).all(axis=-1).sum() > 120**2


@pytest.mark.parametrize("letter", "iW8")
def test_captions_side_by_side_do_not_touch(tmp_path, letter):
    blank = np.full((8, 8, 1), 255, np.uint8)
    row = [Tile(blank, ("neutral → surprise", letter * 80)) for _ in range(3)]
    contact_sheet([row], tmp_path / "sheet.png", title="")
    ink = (np.asarray(Image.open(tmp_path / "sheet.png").convert("L")) < 160).any(axis=0)
    white = np.flatnonzero(~ink)
    runs = np.split(white, np.flatnonzero(np.diff(white) > 1) + 1)
    gaps = [run for run in runs if len(run) >= 8 and 0 < run[0] and run[-1] < len(ink) - 1]
    assert len(gaps) == 2


def test_a_long_caption_or_one_with_dollars_breaks_nothing(tmp_path):
    contact_sheet(
        [tiles(2, ("a/very/long/path/" * 9, "$x^$", "日本"))], tmp_path / "a.png", title="x"
    )
    assert (tmp_path / "a.png").is_file()


def test_an_existing_sheet_is_not_overwritten(tmp_path):
    contact_sheet([tiles(1)], tmp_path / "sheet.png", title="x")
    with pytest.raises(ZooError, match="exists"):
        contact_sheet([tiles(1)], tmp_path / "sheet.png", title="x")


def test_rows_are_filled_one_after_the_other():
    assert [len(row) for row in in_rows(tiles(7), 3)] == [3, 3, 1]
