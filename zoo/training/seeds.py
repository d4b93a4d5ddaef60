"""Where chance comes from: generators that depend on the recipe's seed and the moment alone.

No generator lives longer than one step or epoch, so a resumed training needs no saved state.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What chance is drawn for; it keeps the streams of one seed apart."""

    ORDER = 1
    AUGMENTATION = 2
    DROPOUT = 3
    LIMIT = 4
    LABELS = 5


def generator(purpose: Purpose, seed: int, epoch: int = 0, index: int = 0) -> np.random.Generator:
    """A fresh generator, always the same for the same arguments.

    Args:
        purpose: what for.
        seed: the recipe's.
        epoch: from 0.
        index: the step within the epoch, or the layer within the network.
    """
    return np.random.default_rng([purpose, seed, epoch, index])
