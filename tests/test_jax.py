"""The same networks on JAX as on TensorFlow."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.jax,
    pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX is not installed"),
]

PROGRAM = Path(__file__).with_name("jax_process.py")


def run_side_by_side(*commands: tuple[object, ...]) -> list[str]:
    """Run ``(backend, argument, ...)`` as processes; give what they print."""
    processes = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"KERAS_BACKEND": str(backend)},
        )
        for backend, *arguments in commands
    ]
    printed = [process.communicate(timeout=250) for process in processes]
    for process, (_, errors) in zip(processes, printed, strict=True):
        assert process.returncode == 0, errors
    return [lines for lines, _ in printed]


@pytest.mark.slow
def test_weights_trained_on_one_backend_give_the_same_probabilities_on_the_other(tmp_path):
    runs = tmp_path / "runs"
    run_side_by_side(
        ("tensorflow", "train", runs, "handcrafted", "mobilenet_v2"),
        ("jax", "train", runs, "cpcpcpfff"),
    )
    run_side_by_side(
        ("tensorflow", "predict", runs, tmp_path / "tensorflow.npz"),
        ("jax", "predict", runs, tmp_path / "jax.npz"),
    )
    ours, theirs = np.load(tmp_path / "tensorflow.npz"), np.load(tmp_path / "jax.npz")
    assert sorted(ours) == sorted(theirs) == ["cpcpcpfff", "handcrafted", "mobilenet_v2"]
    for name in ours:
        assert np.ptp(ours[name], axis=0).max() > 1e-3  # the network tells faces apart at all
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-4)


def test_jax_s_own_error_of_too_little_memory_is_recognised():
    (printed,) = run_side_by_side(("jax", "memory"))
    assert printed.split() == ["JaxRuntimeError", "True"]
