"""Expected calibration error, against a literal loop."""

import dataclasses

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.calibration import reliability, reliability_table


def literally(labels, probabilities, bins):
    """(error, counts): each face looked for in each bin, one by one."""
    error, counts = 0.0, []
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        hits = confidence = count = 0.0
        for label, row in zip(labels, probabilities.astype(float), strict=True):
            top = max(row)
            if low < top <= high:
                count += 1
                confidence += top
                hits += list(row).index(top) == label
        if count:
            error += count / len(labels) * abs(hits / count - confidence / count)
        counts.append(count)
    return error, counts


@pytest.mark.parametrize("bins", [1, 7, 15])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_error_is_that_of_a_literal_loop(predict, seed, bins):
    saved = predict(seed, n=300)
    error, counts = literally(saved.labels, saved.probabilities, bins)
    ours = reliability(saved, bins)
    assert ours.error == pytest.approx(error, abs=1e-12)
    assert [one.n for one in ours.bins] == counts
    assert (ours.n, sum(one.n for one in ours.bins)) == (300, 300)


def of(predict, probabilities, labels):
    probabilities = np.asarray(probabilities)
    return dataclasses.replace(
        predict(), classes=("a", "b"), labels=np.asarray(labels), probabilities=probabilities
    )


def test_by_default_there_are_fifteen_bins_each_closed_above(predict):
    edge = [[1 - 3 / 5, 3 / 5]] * 2  # the ninth bin ends at 9/15
    ours = reliability(of(predict, edge, [1, 0]))
    assert len(ours.bins) == 15
    assert [place for place, one in enumerate(ours.bins) if one.n] == [8]
    assert ours.bins[8].high == 9 / 15
    assert ours.error == pytest.approx(0.1)  # half of them right, 60 % sure


def test_full_confidence_lies_in_the_last_bin_even_where_rounding_makes_it_more(predict):
    above = float(np.nextafter(np.float32(1), np.float32(2)))
    ours = reliability(of(predict, [[1.0, 0.0], [above, 0.0]], [0, 1]))
    assert ours.bins[-1].n == 2
    assert ours.error == pytest.approx(0.5)


def test_who_is_right_as_often_as_sure_makes_no_error(predict):
    ours = reliability(of(predict, [[0.75, 0.25]] * 4, [0, 0, 0, 1]))
    assert ours.error == 0


def test_the_table_shows_every_bin_and_a_dash_where_no_face_is(predict):
    table = reliability_table(reliability(of(predict, [[0.75, 0.25]] * 4, [0, 0, 1, 1])), "t")
    lines = table.markdown().splitlines()
    assert "| 0.733–0.800 | 4 | 75.00 | 50.00 | -25.00 |" in lines
    assert "| 0.000–0.067 | 0 | – | – | – |" in lines
    assert len(lines) == 4 + 15


def test_without_faces_there_is_nothing_to_measure(predict):
    with pytest.raises(ZooError, match="no faces"):
        reliability(of(predict, np.zeros((0, 2)), np.zeros(0, int)))
