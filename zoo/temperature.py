"""Temperature scaling: probabilities as sure as they are right.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017 (arXiv
1706.04599, section 4.2). A softmax's logits are known but for a constant, which softmax ignores:
they are the logarithms of its probabilities, so that what is saved is enough. The same goes for an
ensemble's averaged probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.errors import ZooError

LOWEST, HIGHEST = 0.05, 20.0
"""Temperatures that are looked for. A model that is never wrong would be best at 0, one that knows
nothing at infinity."""

FOLDS = 10
"""Of the faces, for `cross_fitted`."""

_SMALLEST = float(np.finfo(np.float32).tiny)
"""Instead of probabilities that float32 has rounded to 0, whose logarithm is not finite."""


@dataclass(frozen=True)
class Calibration:
    """A temperature, and what chose it.

    Attributes:
        temperature: T.
        data: the name of the data set whose faces fitted it.
        fingerprint: of that data set.
        split: of it.
        n: how many faces these are.
        log_loss: of them as the model gives it, in nats.
        log_loss_fitted: with this T, which they have chosen: optimistic.
        ece: expected calibration error as the model gives it, 0–1.
        ece_fitted: with this T.
    """

    temperature: float
    data: str
    fingerprint: str
    split: str
    n: int
    log_loss: float
    log_loss_fitted: float
    ece: float
    ece_fitted: float


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(ln p / T): flatter for T above 1, sharper below; the order in a row stays.

    Args:
        probabilities: (N, K), rows sum to 1.
        temperature: T, above 0.

    Returns:
        (N, K) float64, rows sum to 1.

    Raises:
        ZooError: T is not a finite number above 0.
    """
    if not 0 < temperature < np.inf:
        raise ZooError(f"temperature {temperature:g}: expected a finite number above 0")
    return _softmax(_logarithms(probabilities) / temperature)


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The T of the lowest mean log-loss of `tempered` probabilities.

    The mean log-loss is convex in 1/T. Its derivative there is the mean of E[ln p] − ln p(label),
    E over the tempered probabilities; it grows with 1/T and is 0 at the minimum.

    Args:
        labels: (N,) integers.
        probabilities: (N, K), rows sum to 1.

    Returns:
        T, from `LOWEST` to `HIGHEST`: one of these where the minimum lies outside.

    Raises:
        ZooError: there are no faces.
    """
    from scipy.optimize import brentq  # takes a second to import

    if not len(labels):
        raise ZooError("no temperature can be fitted: the split has no faces")
    logits = _logarithms(probabilities)
    of_label = logits[np.arange(len(labels)), labels].mean()

    def slope(inverse: float) -> float:
        expected = (_softmax(inverse * logits) * logits).sum(axis=1).mean()
        return float(expected - of_label)

    if slope(1 / HIGHEST) >= 0:
        return HIGHEST
    if slope(1 / LOWEST) <= 0:
        return LOWEST
    return float(1 / brentq(slope, 1 / HIGHEST, 1 / LOWEST, xtol=1e-6))


def cross_fitted(
    labels: np.ndarray, probabilities: np.ndarray, *, folds: int = FOLDS, seed: int = 0
) -> np.ndarray:
    """Tempered probabilities of each fold of the faces by the T that was fitted on the others.

    So no face had a part in the temperature that it is measured with.

    Args:
        labels: (N,) integers.
        probabilities: (N, K), rows sum to 1.
        folds: into how many the faces are dealt; N where there are no more.
        seed: of the dealing.

    Returns:
        (N, K) float64, rows sum to 1.

    Raises:
        ZooError: there are fewer than two faces or folds.
    """
    n = len(labels)
    folds = min(folds, n)
    if folds < 2:
        raise ZooError(f"{n} faces in {folds} folds: cross-fitting needs at least two of both")
    fold_of = np.random.default_rng(seed).permutation(n) % folds
    out = np.empty(probabilities.shape, np.float64)
    for fold in range(folds):
        here = fold_of == fold
        temperature = fit_temperature(labels[~here], probabilities[~here])
        out[here] = tempered(probabilities[here], temperature)
    return out


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(np.asarray(probabilities, np.float64), _SMALLEST))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
