"""Two virtual processors train as one does, on both backends."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.training.devices import Spread, spread

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = Path(__file__).with_name("devices_process.py")
# N devices, training faces, batch size
TRAININGS = {"tensorflow": "1,50,16 2,50,16 1,48,16 2,48,16", "jax": "1,50,16 2,50,16"}
JAX = pytest.param(
    "jax",
    marks=[
        pytest.mark.jax,
        pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX is not installed"),
    ],
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """What is told of each of a backend's `TRAININGS`, one process's work."""

    @cache
    def told(backend: str) -> list[dict[str, Any]]:
        runs = tmp_path_factory.mktemp("devices")
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(runs), *TRAININGS[backend].split()],
            capture_output=True,
            text=True,
            env=os.environ | {"KERAS_BACKEND": backend, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return told


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", JAX])
def test_two_devices_share_each_batch_and_train_as_one(backend, outcomes):
    # 50 faces in 4 batches: of 12, 13, 12 and 13. Validation is of 23.
    one, two = outcomes(backend)[:2]
    assert (one["devices"], one["parts"]) == (1, [6])
    assert (two["devices"], two["parts"]) == (2, [3, 3])
    # On TensorFlow one face of each batch of 13 counts twice.
    rtol = 1e-5 if backend == "jax" else 2e-2
    np.testing.assert_allclose(two["loss"], one["loss"], rtol=rtol)
    np.testing.assert_allclose(two["val_loss"], one["val_loss"], rtol=rtol)


@pytest.mark.slow
def test_on_even_batches_two_devices_lose_no_batch_and_no_digit(outcomes):
    one, two = outcomes("tensorflow")[2:]
    np.testing.assert_allclose(two["loss"], one["loss"], rtol=1e-6)
    np.testing.assert_allclose(two["accuracy"], one["accuracy"], rtol=1e-6)


@pytest.mark.parametrize(
    ("count", "message"),
    [(3, r"^--devices 3: this machine has 2 \(gpu:0, gpu:1\)$"), (0, "^--devices 0: expected at")],
)
def test_devices_that_are_not_there_are_refused(monkeypatch, count, message):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0", "gpu:1"])
    assert spread(2) == Spread(("gpu:0", "gpu:1"))
    with pytest.raises(ZooError, match=message):
        spread(count)


@pytest.mark.parametrize(
    ("devices", "faces", "largest", "size"),
    [
        (1, 23, 512, 23),
        (1, 1025, 512, 512),
        (2, 1025, 512, 510),
        (2, 22, 11, 10),
        (2, 24, 12, 12),
        (2, 23, 512, 20),
        (3, 11, 512, 6),
    ],
)
def test_validation_begins_with_an_even_batch_and_leaves_no_device_without_a_face(
    devices, faces, largest, size
):
    assert on_gpus(devices).batch_size(faces, largest) == size


def test_too_few_validation_faces_for_the_devices_are_refused():
    with pytest.raises(ZooError, match="^--devices 4: 9 validation faces cannot be shared evenly"):
        on_gpus(4).batch_size(9, 512)


def test_an_uneven_batch_begins_anew_until_the_devices_divide_it():
    faces, targets = np.arange(5)[:, np.newaxis], np.arange(5)
    batches = list(on_gpus(4).feed(lambda: (batch for batch in [(faces, targets)])))
    assert [part.numpy().ravel().tolist() for part in batches[0]] == [[0, 1, 2, 3, 4, 0, 1, 2]] * 2


def on_gpus(count: int) -> Spread:
    return Spread(tuple(f"gpu:{number}" for number in range(count)))
