"""Out of memory: it is recognised, and answered with the batch size that fits."""

from __future__ import annotations

import errno
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.errors import ZooError
from zoo.training.devices import spread
from zoo.training.memory import (
    is_out_of_memory,
    one_step,
    refuse_out_of_memory,
    suggest_batch_size,
)
from zoo.training.trainer import train


def exhausted() -> Exception:
    """What TensorFlow raises."""
    return tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")


class Machine:
    """Fits batches up to a size; remembers those it was given."""

    def __init__(self, largest: int):
        self.largest = largest
        self.tried: list[int] = []

    def __call__(self, batch_size: int) -> None:
        self.tried.append(batch_size)
        if batch_size > self.largest:
            raise exhausted()


@pytest.mark.parametrize(
    ("largest", "failed", "tried", "suggested"),
    [
        (200, 512, [256, 128], 128),
        (256, 512, [256], 256),
        (1, 7, [3, 1], 1),
        (0, 4, [2, 1], None),
        (0, 1, [], None),
    ],
)
def test_halves_are_tried_until_one_fits(largest, failed, tried, suggested):
    machine = Machine(largest)
    assert suggest_batch_size(machine, failed) == suggested
    assert machine.tried == tried


def test_an_error_of_another_kind_is_not_taken_for_too_little_memory():
    def step(batch_size: int) -> None:
        raise ValueError("shapes")

    with pytest.raises(ValueError, match="shapes"):
        suggest_batch_size(step, 8)
    with pytest.raises(ValueError, match="shapes"):
        refuse_out_of_memory(lambda: step(8), 8, Machine(8))


@pytest.mark.parametrize(
    ("largest", "message"),
    [
        (200, "out of memory at batch_size 512: 128 fits, --set batch_size=128"),
        (0, "out of memory at batch_size 512: even one face is too much: .*"),
    ],
)
def test_the_refusal_names_the_batch_size_that_fits(largest, message, monkeypatch):
    monkeypatch.setattr("gc.collect", lambda: 0)  # a second each, beside everything tests leave
    machine = Machine(largest)
    with pytest.raises(ZooError, match=f"^{message}$"):
        refuse_out_of_memory(lambda: machine(512), 512, machine)
    fitting = Machine(512)
    refuse_out_of_memory(lambda: fitting(512), 512, fitting)
    assert fitting.tried == [512]


def jax_error(text: str) -> Exception:
    return type("JaxRuntimeError", (RuntimeError,), {})(text)


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (MemoryError(), True),
        (np.exceptions.AxisError(3, 2), False),
        (tf.errors.InternalError(None, None, "RESOURCE_EXHAUSTED: Out of memory"), True),
        (tf.errors.InternalError(None, None, "cuDNN is not installed"), False),
        (jax_error("RESOURCE_EXHAUSTED: Out of memory allocating 4 bytes."), True),
        (jax_error("INVALID_ARGUMENT: shapes"), False),
        (RuntimeError("RESOURCE_EXHAUSTED"), False),
        (tf.errors.ResourceExhaustedError(None, None, "f: No space left on device"), False),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), False),
    ],
)
def test_errors_of_too_little_memory_are_told_from_others(error, memory):
    assert is_out_of_memory(error) == memory


@pytest.mark.slow
def test_tensorflow_s_own_error_is_recognised():
    # Four petabytes; TensorFlow asks for them again and again for ten seconds.
    with pytest.raises(tf.errors.ResourceExhaustedError) as raised:
        tf.fill([2**50], np.float32(0))
    assert is_out_of_memory(raised.value)


def test_a_step_trains_a_new_network_on_so_many_faces():
    networks = []

    def build() -> keras.Model:
        faces = keras.Input((4, 4, 1))
        dense = keras.layers.Dense(7, "softmax")
        network = keras.Model(faces, dense(keras.layers.Flatten()(faces)))
        network.compile("sgd", "categorical_crossentropy", jit_compile=False)
        networks.append(network)
        return network

    step = one_step(build, spread(1))
    for size in (3, 2):
        step(size)
    assert [int(network.optimizer.iterations) for network in networks] == [1, 1]


def test_a_training_out_of_memory_is_told_what_fits(dataset, quick_recipe, runs, monkeypatch):
    fit = keras.Model.fit

    def fit_on_a_small_machine(network, batches, **options):
        first = next(batches)
        if len(first[0]) > 5:
            raise exhausted()
        return fit(network, (batch for batch in [first]), **options)

    monkeypatch.setattr("keras.Model.fit", fit_on_a_small_machine)
    message = "^out of memory at batch_size 20: 5 fits, --set batch_size=5$"
    with pytest.raises(ZooError, match=message):
        train(quick_recipe("batch_size=20"), dataset, runs=runs, quiet=True)
