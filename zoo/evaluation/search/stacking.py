"""Stacking: multinomial logistic regression on the members' log-probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.metrics import SMALLEST_PROBABILITY

if TYPE_CHECKING:
    from collections.abc import Callable

C = 0.01
"""The inverse strength of the L2 penalty, fixed beforehand: a normal prior of standard deviation
0.1 on each coefficient. A plain geometric mean of ten members has coefficients of 0.1."""


def stacker(probabilities: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Learn to predict the label from what all members say of all classes.

    Wolpert, "Stacked Generalization", Neural Networks 5, 1992.

    Args:
        probabilities: (M, N, K) of the members, for the faces to learn from.
        labels: (N,) positions in the classes, of two classes at least.

    Returns:
        What turns the members' (M, n, K) probabilities into (n, K) of its own; a class without a
        face to learn from gets 0.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    features = _features(probabilities)
    # Centred, the problem is as convex but far better conditioned; the intercept, which is not
    # penalised, takes the shift, so that the answer is the same.
    centre = features.mean(axis=0)
    regression = LogisticRegression(C=C, solver="newton-cg", max_iter=500)
    with threadpool_limits(1):  # on a busy machine the threads of so small a problem only wait
        regression.fit(features - centre, labels)
    classes = probabilities.shape[2]

    def predict(others: np.ndarray) -> np.ndarray:
        found = np.zeros((others.shape[1], classes))
        found[:, regression.classes_] = regression.predict_proba(_features(others) - centre)
        return found

    return predict


def _features(probabilities: np.ndarray) -> np.ndarray:
    """(N, M·K) natural logarithms of (M, N, K) probabilities, clipped as log-loss clips them."""
    logs = np.log(np.clip(probabilities, SMALLEST_PROBABILITY, 1.0))
    return logs.transpose(1, 0, 2).reshape(probabilities.shape[1], -1)
