"""Labels that a classifier or annotators doubt."""

import numpy as np

from zoo.data.audit.label_noise import confident_classes, doubted, outvoted


def random_case(seed=0, count=400, classes=5):
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, classes, count)
    logits = 2 * chance.normal(size=(count, classes)) + np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities.astype(np.float32), labels


def literal_confident_class(probabilities, labels, row):
    """Equation 1 of arXiv 1911.00068, one face at a time."""
    candidates = []
    for other in range(probabilities.shape[1]):
        average = np.mean([probabilities[k, other] for k in np.flatnonzero(labels == other)])
        if probabilities[row, other] >= average:
            candidates.append(other)
    return max(candidates, key=lambda other: probabilities[row, other], default=-1)


def test_faces_count_as_confident_learning_says():
    probabilities, labels = random_case()
    probabilities[:20] = 0.2
    expected = [literal_confident_class(probabilities, labels, row) for row in range(400)]
    found = confident_classes(probabilities, labels)
    assert found.tolist() == expected
    assert -1 in expected


def test_a_class_without_faces_is_what_nothing_counts_as():
    probabilities, labels = random_case()
    labels[labels == 2] = 1
    assert 2 not in confident_classes(probabilities, labels)


def test_only_clear_disagreement_is_doubt_the_clearest_first():
    probabilities, labels = random_case()
    rows, others = doubted(probabilities, labels)
    margins = probabilities[rows, others] - probabilities[rows, labels[rows]]
    assert len(rows) > 20
    assert margins.min() >= 0.5
    assert (np.diff(margins) <= 0).all()
    assert np.array_equal(others, confident_classes(probabilities, labels)[rows])
    assert (others != labels[rows]).all()


def test_a_label_is_outvoted_by_more_than_half_of_the_votes():
    soft = np.array([[0.5, 0.5, 0], [0.4, 0.6, 0], [0.6, 0.4, 0], [0, 0.1, 0.9]], np.float32)
    rows, others = outvoted(soft, np.array([0, 0, 0, 0]))
    assert rows.tolist() == [3, 1]
    assert others.tolist() == [2, 1]
