"""The numbers, against scikit-learn, Keras and literal loops."""

import json

import numpy as np
import pytest
import sklearn.metrics

from zoo.errors import ZooError
from zoo.metrics import compute_metrics, confusion_matrix, top_k

CLASSES = tuple("abcde")


def random_case(seed, n=200, present=5):
    """Labels among the first `present` of five classes, and probabilities."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, present, n)
    return labels, rng.dirichlet(np.full(5, 0.5), n).astype(np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_scikit_learns(seed):
    labels, probabilities = random_case(seed)
    predicted = probabilities.argmax(axis=1)
    ours = compute_metrics(labels, probabilities, CLASSES)
    precision, recall, f1, support = sklearn.metrics.precision_recall_fscore_support(
        labels, predicted
    )
    assert ours.n == 200
    assert ours.top1 == pytest.approx(sklearn.metrics.accuracy_score(labels, predicted))
    assert ours.top2 == pytest.approx(
        sklearn.metrics.top_k_accuracy_score(labels, probabilities, k=2)
    )
    assert ours.macro_f1 == pytest.approx(f1.mean())
    balanced = sklearn.metrics.balanced_accuracy_score(labels, predicted)
    assert ours.balanced_accuracy == pytest.approx(balanced)
    assert [one.name for one in ours.per_class] == list(CLASSES)
    assert [one.precision for one in ours.per_class] == pytest.approx(precision)
    assert [one.recall for one in ours.per_class] == pytest.approx(recall)
    assert [one.f1 for one in ours.per_class] == pytest.approx(f1)
    assert [one.support for one in ours.per_class] == list(support)
    np.testing.assert_array_equal(
        ours.confusion, sklearn.metrics.confusion_matrix(labels, predicted)
    )
    normalised = probabilities.astype(np.float64)
    normalised /= normalised.sum(axis=1, keepdims=True)
    assert ours.log_loss == pytest.approx(sklearn.metrics.log_loss(labels, normalised), abs=1e-6)
    brier = sklearn.metrics.brier_score_loss(labels, normalised, scale_by_half=False)
    assert ours.brier == pytest.approx(brier, abs=1e-6)


def test_a_class_without_faces_has_no_recall_and_stays_out_of_macro_f1():
    labels, probabilities = random_case(1, present=4)
    predicted = probabilities.argmax(axis=1)
    ours = compute_metrics(labels, probabilities, CLASSES)
    assert ours.per_class[4].support == 0
    assert ours.per_class[4].recall is None
    assert ours.per_class[4].f1 is None
    assert ours.per_class[4].precision == 0  # it was predicted, each time wrongly
    assert ours.macro_f1 == pytest.approx(
        sklearn.metrics.f1_score(labels, predicted, labels=range(4), average="macro")
    )


def test_a_class_that_is_never_predicted_has_no_precision_but_an_f1_of_0():
    ours = compute_metrics(np.array([0, 1]), np.array([[1.0, 0], [1.0, 0]]), ("a", "b"))
    assert ours.per_class[1].precision is None
    assert ours.per_class[1].recall == 0
    assert ours.per_class[1].f1 == 0
    assert ours.macro_f1 == pytest.approx((2 / 3) / 2)


def test_of_equal_probabilities_the_first_class_counts_as_larger():
    equal = np.full((3, 3), 1 / 3)
    labels = np.array([0, 1, 2])
    assert top_k(labels, equal, 1) == pytest.approx(1 / 3)
    assert top_k(labels, equal, 2) == pytest.approx(2 / 3)
    assert top_k(labels, equal, 3) == 1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_with_many_ties_is_a_stable_sort(k):
    rng = np.random.default_rng(5)
    probabilities, labels = rng.integers(0, 3, (50, 5)) / 4, rng.integers(0, 5, 50)
    hits = 0
    for row, label in zip(probabilities, labels, strict=True):
        hits += label in sorted(range(5), key=lambda column: -row[column])[:k]
    assert top_k(labels, probabilities, k) == pytest.approx(hits / 50)


def test_a_label_with_probability_0_costs_15_9_nats():
    ours = compute_metrics(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]), ("a", "b"))
    assert ours.log_loss == pytest.approx(-np.log(np.finfo(np.float32).eps) / 2)
    assert ours.log_loss == pytest.approx(15.942 / 2, abs=1e-3)


def test_log_loss_of_knowing_nothing_is_the_logarithm_of_the_number_of_classes():
    ours = compute_metrics(np.arange(5), np.full((5, 5), 0.2), CLASSES)
    assert ours.log_loss == pytest.approx(np.log(5))


def test_binary_accuracy_is_what_keras_reports_under_that_name():
    import keras

    labels, probabilities = random_case(2)
    probabilities[0] = [0.5, 0.5, 0, 0, 0]  # on the threshold itself
    metric = keras.metrics.BinaryAccuracy(threshold=0.5)
    metric.update_state(np.eye(5)[labels], probabilities)
    ours = compute_metrics(labels, probabilities, CLASSES)
    assert ours.binary_accuracy == pytest.approx(float(metric.result()), abs=1e-6)


def test_knowing_nothing_of_seven_classes_gets_a_binary_accuracy_of_six_sevenths():
    ours = compute_metrics(np.arange(7), np.full((7, 7), 1 / 7), tuple("abcdefg"))
    assert ours.top1 == pytest.approx(1 / 7)
    assert ours.binary_accuracy == pytest.approx(6 / 7)
    assert ours.binary_accuracy_floor == pytest.approx(6 / 7)


def test_the_majority_is_the_share_of_the_most_frequent_class():
    assert compute_metrics(np.array([2, 2, 2, 0]), np.eye(5)[[0] * 4], CLASSES).majority == 0.75


def test_confusion_counts_labels_in_rows_and_predictions_in_columns():
    counts = np.zeros((3, 3), int)
    labels, predicted = [0, 0, 2, 2, 2], [1, 0, 2, 0, 0]
    for label, prediction in zip(labels, predicted, strict=True):
        counts[label, prediction] += 1
    np.testing.assert_array_equal(
        confusion_matrix(np.array(labels), np.array(predicted), 3), counts
    )


def test_all_of_it_is_plain_json():
    labels, probabilities = random_case(0)
    ours = compute_metrics(labels, probabilities, CLASSES)
    back = json.loads(json.dumps(ours.as_json(), allow_nan=False))
    assert back["top1"] == ours.top1
    assert back["per_class"][0]["name"] == "a"
    assert np.sum(back["confusion"]) == 200


def test_no_faces_and_wrong_shapes_are_refused():
    with pytest.raises(ZooError, match="no faces"):
        compute_metrics(np.zeros(0, int), np.zeros((0, 5)), CLASSES)
    with pytest.raises(ZooError, match=r"\(2, 4\): expected \(2, 5\)"):
        compute_metrics(np.zeros(2, int), np.zeros((2, 4)), CLASSES)
