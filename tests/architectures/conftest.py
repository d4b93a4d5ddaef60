"""Networks are kept as long as tests of one architecture follow each other.

ConvNeXt has 28 million weights to draw; all networks kept to the end took three gigabytes, and
time of every later garbage collection.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zoo

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


@pytest.fixture(scope="session")
def network() -> Callable[..., keras.Model]:
    """`zoo.create`, which gives the last three networks again for the same arguments.

    Do not change them. All networks of one architecture and as many classes have the same weights.
    """
    import keras  # here, where pytest keeps TensorFlow's first words to itself

    @lru_cache(maxsize=3)
    def create(name: str, **options: Any) -> keras.Model:
        keras.utils.set_random_seed(0)
        return zoo.create(name, **options)

    return create


@pytest.fixture(scope="session")
def drawn() -> Callable[..., np.ndarray]:
    """Faces of any shape: smooth shading with noise, uint8."""

    def draw(count: int, shape: tuple[int, int, int]) -> Any:
        rng = np.random.default_rng(0)
        shading = np.linspace(20, 200, shape[0])[None, :, None, None]
        noise = rng.normal(0, 20, (count, *shape)) + rng.uniform(-20, 40, (count, 1, 1, 1))
        return np.clip(shading + noise, 0, 255).astype(np.uint8)

    return draw
