"""zoo: a transfer-learning model zoo for facial-expression recognition.

    >>> import zoo
    >>> network = zoo.create("five_layer")  # an untrained Keras network
    >>> predictor = zoo.load("five_layer")  # a trained one: yours, or as shipped
    >>> predictor.predict_proba(faces)  # (N, K) float32, faces always 0–255
    >>> zoo.explain(predictor, faces[:1])  # LIME

Nothing heavy is imported until one of these names is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from zoo.architectures.registry import create, list_architectures
    from zoo.ensemble import Ensemble
    from zoo.explainers import explain
    from zoo.models import load
    from zoo.predictor import FunctionPredictor

_HOMES = {
    "create": "zoo.architectures.registry",
    "list_architectures": "zoo.architectures.registry",
    "Ensemble": "zoo.ensemble",
    "explain": "zoo.explainers",
    "load": "zoo.models",
    "FunctionPredictor": "zoo.predictor",
}

__all__ = [
    "Ensemble",
    "FunctionPredictor",
    "__version__",
    "create",
    "explain",
    "list_architectures",
    "load",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
