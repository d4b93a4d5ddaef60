"""Greedy forward selection, against Caruana's words taken literally."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from zoo.evaluation.search.greedy import greedy_weights
from zoo.evaluation.search.pool import of_labels


def literally(probabilities, labels, rounds):
    """Every ensemble written out as a list of members, every average taken anew."""
    ensemble, path = [], []
    classes = range(probabilities.shape[2])
    for _ in range(rounds):
        losses = [
            log_loss(labels, probabilities[[*ensemble, member]].mean(axis=0), labels=classes)
            for member in range(len(probabilities))
        ]
        ensemble = [*ensemble, int(np.argmin(losses))]
        path.append((min(losses), ensemble))
    _, best = min(path, key=lambda one: one[0])
    return [best.count(member) / len(best) for member in range(len(probabilities))]


@pytest.mark.parametrize("seed", range(4))
def test_it_selects_what_the_literal_version_selects(make_pool, seed):
    pool = make_pool(seed, 90, (0.3, 1.0, 1.2, 1.5, 0.8))
    given = of_labels(pool.probabilities, pool.labels)
    expected = literally(pool.probabilities, pool.labels, 25)
    assert greedy_weights(given, 25).tolist() == expected
    assert sum(share > 0 for share in expected) > 1


def test_the_best_weights_of_a_made_case_are_found(known):
    given, best = of_labels(*known), np.array([0.75, 0.25, 0])
    weights = greedy_weights(given)
    np.testing.assert_allclose(weights, best, atol=0.06)  # it never takes back what it took
    excess = np.log(best @ given).mean() - np.log(weights @ given).mean()
    assert 0 <= excess < 1e-4


def test_a_member_that_no_other_helps_stays_alone(known):
    probabilities, labels = known
    perfect = np.eye(2)[labels]
    given = of_labels(np.stack([probabilities[0], perfect]), labels)
    assert greedy_weights(given).tolist() == [0, 1]
