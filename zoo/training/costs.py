"""What one face costs a network: weights, multiplications, milliseconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.architectures.costs import multiply_adds
from zoo.predictor import probabilities_of
from zoo.training.environment import machine

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 256
_TIMED_FACES = 512
_ALONE = 16
"""Faces that are predicted one by one."""
_SLOW = 2.0
"""Seconds per repeat from which a network is timed three times instead of five."""


def measure_costs(network: keras.Model, faces: np.ndarray) -> dict[str, Any]:
    """What a network's run records of its costs.

    Args:
        network: as it is used.
        faces: (N, H, W, C) some that it takes, at least one.

    Returns:
        ``parameters``, ``multiply_adds`` (None where unknown), ``milliseconds_per_face`` in
        batches of 256, ``milliseconds_at_batch_1``, and ``timed_on``: precision, backend and
        machine of the milliseconds.
    """
    # Few faces are repeated: they would measure what a call costs.
    many = np.resize(faces[:_TIMED_FACES], (_TIMED_FACES, *faces.shape[1:]))
    alone = many[:_ALONE]

    def one_by_one() -> None:
        for place in range(len(alone)):
            network.predict_on_batch(alone[place : place + 1])

    together = _seconds(lambda: probabilities_of(network, many, _BATCH))
    return {
        "parameters": network.count_params(),
        "multiply_adds": multiply_adds(network),
        "milliseconds_per_face": 1000 * together / len(many),
        "milliseconds_at_batch_1": 1000 * _seconds(one_by_one) / len(alone),
        "timed_on": {
            "precision": _precision(network),
            "backend": keras.backend.backend(),
            "machine": machine(),
        },
    }


def _precision(network: keras.Model) -> str:
    """What most of a network's layers compute in."""
    kinds = [layer.compute_dtype for layer in network.layers if layer.weights]
    return max(sorted(set(kinds)), key=kinds.count, default="float32")


def _seconds(predict: Callable[[], object]) -> float:
    """The quickest of five predictions; of three, where they are slow.

    One before them, which traces or compiles the network, is not counted. The quickest is the one
    that other work on the machine disturbed least.
    """
    predict()
    seconds: list[float] = []
    while len(seconds) < (3 if seconds and seconds[0] > _SLOW else 5):
        started = time.perf_counter()
        predict()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
