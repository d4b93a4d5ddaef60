"""A training that does not fit a device's memory, and the batch size that would."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from zoo.training.devices import Spread


def refuse_out_of_memory(
    train: Callable[[], None], batch_size: int, step: Callable[[int], None]
) -> None:
    """Train; where memory does not suffice, find the batch size for which it would.

    Args:
        train: the training.
        batch_size: its.
        step: see `suggest_batch_size`.

    Raises:
        ZooError: out of memory; the message says which batch size fits.
    """
    try:
        train()
        return
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # Only now, with the error, its traceback is gone, and what its frames kept alive.
    gc.collect()
    fits = suggest_batch_size(step, batch_size)
    way_out = (
        f"{fits} fits, --set batch_size={fits}"
        if fits
        else "even one face is too much: take a smaller architecture"
    )
    raise ZooError(f"out of memory at batch_size {batch_size}: {way_out}")


def suggest_batch_size(step: Callable[[int], None], failed: int) -> int | None:
    """The first of half, a quarter, … of a batch size with which a training step succeeds.

    Args:
        step: trains on one batch of so many faces.
        failed: the batch size that was too large.

    Returns:
        The batch size; None if even a single face is too much.
    """
    size = failed // 2
    while size:
        try:
            step(size)
            return size
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        gc.collect()
        size //= 2
    return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, TensorFlow, JAX or XLA found too little memory."""
    if isinstance(error, MemoryError):
        return True
    # By name, because only one of the backends is there.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    text = str(error)
    if "space left on device" in text:  # what TensorFlow says of a full disk
        return False
    if "ResourceExhaustedError" in kinds:
        return True
    backends = {"OpError", "JaxRuntimeError", "XlaRuntimeError"}
    return bool(kinds & backends) and "RESOURCE_EXHAUSTED" in text


def one_step(build: Callable[[], keras.Model], shared: Spread) -> Callable[[int], None]:
    """Training steps on blank faces, each of a new network.

    A network that ran out of memory cannot be tried again: on JAX its weights are gone.

    Args:
        build: gives a compiled network.
        shared: the devices to train on.

    Returns:
        Trains one step of so many faces.
    """

    def step(batch_size: int) -> None:
        with shared.scope():
            network = build()
            faces = np.zeros((batch_size, *network.input_shape[1:]), np.uint8)
            classes = network.output_shape[-1]
            targets = np.full((batch_size, classes), 1 / classes, np.float32)
            stream = shared.feed(lambda: (batch for batch in [(faces, targets)]))
            network.fit(stream, steps_per_epoch=1, shuffle=False, verbose=0)

    return step
