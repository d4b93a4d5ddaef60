"""Risk and coverage against literal loops over orders."""

from itertools import permutations

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.evaluation.selective import answered, area_under_risk, best_risks, risk_by_coverage
from zoo.intervals import wilson


def made(confidences, right):
    """Probabilities of two classes whose larger ones are `confidences`; labels as `right` says."""
    confidences = np.asarray(confidences, float)
    return np.where(right, 0, 1), np.stack([confidences, 1 - confidences], axis=1)


def test_the_risk_is_the_share_of_wrong_answers_among_the_surest(predict):
    saved = predict(n=80)
    ours = risk_by_coverage(saved.labels, saved.probabilities)
    order = sorted(range(80), key=lambda face: -saved.probabilities[face].max())
    wrong = [saved.probabilities[face].argmax() != saved.labels[face] for face in order]
    assert ours.tolist() == pytest.approx([np.mean(wrong[:count]) for count in range(1, 81)])
    assert area_under_risk(ours) == pytest.approx(np.mean(ours))


def test_equally_sure_faces_count_as_the_mean_over_their_orders():
    right = [True, False, True, True, False]
    labels, probabilities = made([0.9, 0.8, 0.8, 0.8, 0.6], right)
    areas = []
    for order in permutations([1, 2, 3]):
        wrong = [not right[face] for face in (0, *order, 4)]
        areas.append(np.mean([np.mean(wrong[:count]) for count in range(1, 6)]))
    ours = risk_by_coverage(labels, probabilities)
    assert area_under_risk(ours) == pytest.approx(np.mean(areas))


def test_the_best_order_has_every_right_answer_first():
    labels, probabilities = made([0.9, 0.8, 0.7, 0.6], [False, True, True, False])
    best = best_risks(risk_by_coverage(labels, probabilities))
    assert best.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])
    perfect = made([0.6, 0.9, 0.8, 0.55], [False, True, True, False])
    np.testing.assert_allclose(risk_by_coverage(*perfect), best)


def test_a_table_of_coverages_counts_faces_above_a_threshold(predict):
    saved = predict(n=200)
    top = saved.probabilities.max(axis=1)
    right = saved.probabilities.argmax(axis=1) == saved.labels
    for one, share in zip(answered(saved.labels, saved.probabilities, (0.5, 0.905, 1)),
                          (0.5, 0.905, 1), strict=True):  # fmt: skip
        kept = top >= one.threshold
        assert one.n == kept.sum() == round(share * 200)
        assert one.coverage == one.n / 200
        assert one.accuracy == pytest.approx(right[kept].mean())
        assert (one.low, one.high) == wilson(int(right[kept].sum()), one.n)
    assert one.accuracy == right.mean()


def test_no_threshold_parts_equally_sure_faces():
    labels, probabilities = made([0.9, 0.8, 0.8, 0.8, 0.6], [True] * 5)
    (one,) = answered(labels, probabilities, [0.4])
    assert (one.n, one.coverage, one.threshold) == (4, 0.8, 0.8)


def test_no_faces_and_no_coverage_are_refused():
    labels, probabilities = made([0.9], [True])
    for wrong in (0, -0.1, 1.1):
        with pytest.raises(ZooError, match="expected above 0 and at most 1"):
            answered(labels, probabilities, [wrong])
    with pytest.raises(ZooError, match="no faces"):
        risk_by_coverage(labels[:0], probabilities[:0])
