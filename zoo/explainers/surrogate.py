"""LIME's local linear models, one per class, from one weighted Gram matrix.

Ribeiro, Singh and Guestrin, "Why Should I Trust You?", KDD 2016; numbers as lime 0.2.0.1 and
scikit-learn's `Ridge` give them, without a fit per candidate superpixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEATURE_SELECTIONS = ("auto", "forward_selection", "highest_weights", "lasso_path", "none")
"""lime's names; auto is forward selection up to `FORWARD_LIMIT` features, else highest weights."""

FORWARD_LIMIT = 6
KERNEL_WIDTH = 0.25
SELECTION_RIDGE = 0.01
FINAL_RIDGE = 1.0


@dataclass(frozen=True, eq=False)
class LinearFits:
    """Linear models of L classes over S superpixels.

    Attributes:
        weights: (L, S) float64, 0 for superpixels that were not selected.
        intercepts: (L,) float64, the models' probability with everything hidden.
        r2: (L,) float64, weighted coefficient of determination; NaN where the probability is
            constant: then there is nothing to explain. (scikit-learn has 1 there.)
        local_predictions: (L,) float64, the models' probability of the unperturbed face.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    r2: np.ndarray
    local_predictions: np.ndarray


@dataclass(frozen=True, eq=False)
class _Moments:
    """Weighted, centred second moments: all that a linear fit needs to know of the samples."""

    gram: np.ndarray  # (S, S)
    products: np.ndarray  # (S, L)
    squares: np.ndarray  # (L,)
    mask_means: np.ndarray  # (S,)
    probability_means: np.ndarray  # (L,)
    samples: int


def proximities(masks: np.ndarray) -> np.ndarray:
    """How much each perturbed face counts: √exp(−d²/0.25²), d its cosine distance to all ones.

    The distance of a row with k of n ones is 1 − √(k/n).

    Args:
        masks: (N, S) bool.

    Returns:
        (N,) float64, 0–1.
    """
    distances = 1 - np.sqrt(masks.mean(axis=1))
    return np.sqrt(np.exp(-(distances**2) / KERNEL_WIDTH**2))


def fit(
    masks: np.ndarray,
    probabilities: np.ndarray,
    features: int | None = None,
    feature_selection: str = "auto",
) -> LinearFits:
    """Fit one linear model per class to the probabilities of the perturbed faces.

    Args:
        masks: (N, S) bool, the first row all true.
        probabilities: (N, L) float, of the L classes that are explained.
        features: superpixels in each model, at most; all if `None`.
        feature_selection: one of `FEATURE_SELECTIONS`.
    """
    superpixels = masks.shape[1]
    features = superpixels if features is None else min(features, superpixels)
    moments = _moments(masks, np.asarray(probabilities, np.float64))
    weights = np.zeros((probabilities.shape[1], superpixels))
    for label, row in enumerate(weights):
        chosen = _selected(moments, label, features, feature_selection)
        row[chosen] = _ridge(moments, label, chosen, FINAL_RIDGE)
    intercepts = moments.probability_means - weights @ moments.mask_means
    residuals = (
        moments.squares
        - 2 * np.sum(weights * moments.products.T, axis=1)
        + np.sum(weights @ moments.gram * weights, axis=1)
    )
    constant = moments.squares == 0
    r2 = np.where(constant, np.nan, 1 - residuals / np.where(constant, 1.0, moments.squares))
    return LinearFits(weights, intercepts, r2, intercepts + weights.sum(axis=1))


def r_squared(wanted: np.ndarray, fitted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted coefficients of determination, (L,), of (N, L) values.

    NaN where the values that have a weight are constant, or none has one.
    """
    if not weights.any():
        return np.full(wanted.shape[1], np.nan)
    mean = np.average(wanted, axis=0, weights=weights)
    squares = weights @ (wanted - mean) ** 2
    constant = np.ptp(wanted[weights > 0], axis=0) == 0
    return np.where(
        constant, np.nan, 1 - (weights @ (wanted - fitted) ** 2) / np.where(constant, 1.0, squares)
    )


def weighted_deviations(
    masks: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Masks and probabilities less their weighted means, times the roots of the weights.

    Args:
        masks: (N, S) bool.
        probabilities: (N, L) float.

    Returns:
        (N, S) and (N, L) float64, of which least squares need no weights any more.
    """
    weights = proximities(masks)
    shares, root = weights / weights.sum(), np.sqrt(weights)[:, np.newaxis]
    wanted = (probabilities - shares @ probabilities) * root
    # The rounding of a mean must not pass for variation.
    wanted[:, np.ptp(probabilities, axis=0) == 0] = 0
    return (masks - shares @ masks) * root, wanted


def _moments(masks: np.ndarray, probabilities: np.ndarray) -> _Moments:
    shown, wanted = weighted_deviations(masks, probabilities)
    weights = proximities(masks)
    shares = weights / weights.sum()
    return _Moments(
        gram=shown.T @ shown,
        products=shown.T @ wanted,
        squares=np.sum(wanted**2, axis=0),
        mask_means=shares @ masks,
        probability_means=shares @ probabilities,
        samples=len(masks),
    )


def _ridge(moments: _Moments, label: int, chosen: np.ndarray, alpha: float) -> np.ndarray:
    gram = moments.gram[np.ix_(chosen, chosen)] + alpha * np.eye(len(chosen))
    return np.linalg.solve(gram, moments.products[chosen, label])


def _selected(moments: _Moments, label: int, features: int, method: str) -> np.ndarray:
    if method == "auto":
        method = "forward_selection" if features <= FORWARD_LIMIT else "highest_weights"
    if method == "forward_selection":
        return _forward_selection(moments, label, features)
    if method == "highest_weights":
        weights = _ridge(moments, label, np.arange(len(moments.gram)), SELECTION_RIDGE)
        return np.argsort(-np.abs(weights), kind="stable")[:features]
    if method == "lasso_path":
        return _lasso_path(moments, label, features)
    return np.arange(len(moments.gram))


def _forward_selection(moments: _Moments, label: int, features: int) -> np.ndarray:
    """Greedy least squares: each step takes the superpixel that raises R² most.

    What a superpixel adds is its squared product with the rest of the probability, over its own
    rest, both after sweeping out what is already chosen.
    """
    gram, products = moments.gram.copy(), moments.products[:, label].copy()
    smallest = 1e-12 * np.diag(gram)
    chosen: list[int] = []
    for _ in range(features):
        rest = np.diag(gram)
        dependent = rest <= smallest
        gains = np.where(dependent, 0.0, products**2 / np.where(dependent, 1.0, rest))
        gains[chosen] = -1
        best = int(np.argmax(gains))
        chosen.append(best)
        if not dependent[best]:
            column = gram[best] / rest[best]
            products -= column * products[best]
            gram -= np.outer(column, gram[best])
    return np.array(chosen)


def _lasso_path(moments: _Moments, label: int, features: int) -> np.ndarray:
    """K-LASSO: the last point of the lasso path with at most `features` non-zero weights."""
    from sklearn.linear_model import lars_path_gram

    _, _, path = lars_path_gram(
        moments.products[:, label], moments.gram, n_samples=moments.samples, method="lasso"
    )
    chosen = np.arange(len(moments.gram))
    for weights in path.T[:0:-1]:
        chosen = np.flatnonzero(weights)
        if len(chosen) <= features:
            break
    return chosen
