"""The seed alone decides what a network starts from."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from zoo.architectures import registry


@pytest.mark.parametrize("name", ["handcrafted", "handcrafted_fcn", "cpcpcpfff", "four_block"])
def test_the_seed_alone_decides_the_first_weights(name: str) -> None:
    def kernels(seed: int) -> list[np.ndarray]:
        keras.utils.set_random_seed(seed)
        weights = registry.create(name).weights
        return [w.numpy() for w in weights if w.name == "kernel" and np.ptp(w.numpy())]

    first, other, again = kernels(0), kernels(1), kernels(0)
    for mine, theirs, mine_again in zip(first, other, again, strict=True):
        np.testing.assert_array_equal(mine, mine_again)
        assert not np.array_equal(mine, theirs)
