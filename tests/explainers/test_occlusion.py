"""Occlusion beside a literal loop."""

import numpy as np
import pytest
from fake_predictors import FakePredictor, made_face

from zoo.errors import ZooError
from zoo.explainers.occlusion import occlusion


def test_a_pixel_has_the_mean_loss_of_the_windows_over_it():
    predictor = FakePredictor(np.random.default_rng(1).normal(0, 0.05, (48, 48, 3)))
    face = made_face()[:, :40]
    predictor.views = predictor.views[:, :40]
    explanation = occlusion(predictor, face, window=0.25, stride=0.5, hide=50)
    own = predictor.predict_proba(face[np.newaxis])[0]
    losses = [[[] for _ in range(40)] for _ in range(48)]
    for row in sorted({*range(0, 38, 5), 38}):
        for column in sorted({*range(0, 30, 5), 30}):
            hidden = face.copy()
            hidden[row : row + 10, column : column + 10] = 50
            loss = own - predictor.predict_proba(hidden[np.newaxis])[0]
            for y in range(row, row + 10):
                for x in range(column, column + 10):
                    losses[y][x].append(loss)
    expected = np.array([[np.mean(pixel, axis=0) for pixel in row] for row in losses])
    np.testing.assert_allclose(np.moveaxis(explanation.maps, 0, -1), expected, atol=1e-6)


@pytest.mark.parametrize("hide", ["mean", "blur", "noise", 0])
def test_where_the_decisive_pixels_are_the_map_peaks(hide):
    views = np.zeros((48, 48, 2))
    views[30:38, 10:18, 1] = -0.3  # dark pixels speak for the second class
    face = np.full((48, 48, 1), 120, np.uint8)
    face[30:38, 10:18] = 10
    map_ = occlusion(FakePredictor(views, ("other", "planted")), face, hide=hide).maps[1]
    if hide == 0:  # black is darker still
        map_ = -map_
    y, x = np.unravel_index(np.argmax(map_), map_.shape)
    assert 28 <= y < 40
    assert 8 <= x < 20


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"window": 0}, "window = 0: expected 0.01 to 1"),
        ({"stride": 1.5}, "stride = 1.5"),
        ({"hide": "grey"}, "unknown way to hide 'grey'"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ZooError, match=words):
        occlusion(FakePredictor(np.zeros((48, 48, 3))), made_face(), **settings)
