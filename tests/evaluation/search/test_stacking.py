"""Stacking."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from zoo.evaluation.search.stacking import C, stacker


def literally(probabilities, labels):
    """Penalised multinomial likelihood, minimised as it stands, nothing centred."""
    members, n, classes = probabilities.shape
    features = np.concatenate(list(np.log(probabilities)), axis=1)
    width = members * classes

    def unfold(flat):
        return flat[: width * classes].reshape(width, classes), flat[width * classes :]

    def objective(flat):
        coefficients, bias = unfold(flat)
        logits = log_softmax(features @ coefficients + bias, axis=1)
        penalty = 0.5 * (coefficients**2).sum()
        error = np.exp(logits) - np.eye(classes)[labels]
        slopes = coefficients + C * features.T @ error, C * error.sum(axis=0)
        value = penalty - C * logits[np.arange(n), labels].sum()
        return value, np.concatenate([part.ravel() for part in slopes])

    start = np.zeros((width + 1) * classes)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 20_000})
    coefficients, bias = unfold(found.x)

    def predict(others):
        seen = np.concatenate(list(np.log(others)), axis=1)
        return softmax(seen @ coefficients + bias, axis=1)

    return predict


def test_it_is_the_penalised_multinomial_regression_on_log_probabilities(make_pool):
    pool, others = make_pool(0, 150, (0.5, 1.5)), make_pool(1, 40, (0.5, 1.5))
    ours = stacker(pool.probabilities, pool.labels)(others.probabilities)
    expected = literally(pool.probabilities, pool.labels)(others.probabilities)
    np.testing.assert_allclose(ours, expected, atol=2e-3)
    np.testing.assert_allclose(ours.sum(axis=1), 1)


def test_a_class_without_a_face_to_learn_from_gets_nothing(make_pool):
    pool = make_pool(0, 90, (1.0, 1.5))
    known = pool.labels != 1
    predicted = stacker(pool.probabilities[:, known], pool.labels[known])(pool.probabilities)
    assert predicted.shape == (90, 3)
    assert (predicted[:, 1] == 0).all()
    np.testing.assert_allclose(predicted.sum(axis=1), 1)
