"""The same networks on JAX as on TensorFlow."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.jax,
    pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX is not installed"),
]

PROGRAM = Path(__file__).with_name("jax_process.py")


@dataclass(frozen=True)
class Outcome:
    """What two processes made of each other's runs, and what JAX's printed."""

    tensorflow: dict[str, np.ndarray]
    jax: dict[str, np.ndarray]
    memory: list[str]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Each backend trains, and then predicts by its own networks and by the other's."""
    runs = tmp_path_factory.mktemp("jax") / "runs"
    with (
        started("tensorflow", runs, "handcrafted") as ours,
        started("jax", runs, "cpcpcpfff") as theirs,
    ):
        for process in (ours, theirs):
            assert process.stdout.readline() == "trained\n", process.communicate()[1]
        for process in (ours, theirs):
            process.stdin.write("\n")
            process.stdin.flush()
        printed = [process.communicate(timeout=250) for process in (ours, theirs)]
    for process, (_, errors) in zip((ours, theirs), printed, strict=True):
        assert process.returncode == 0, errors
    files = (runs.with_name(f"{backend}.npz") for backend in ("tensorflow", "jax"))
    return Outcome(*(dict(np.load(file)) for file in files), printed[1][0].split())


def started(backend: str, runs: Path, *architectures: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(runs), *architectures],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"KERAS_BACKEND": backend, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
    )


@pytest.mark.slow
def test_weights_of_one_backend_give_the_same_probabilities_on_the_other(outcome):
    ours, theirs = outcome.tensorflow, outcome.jax
    assert sorted(ours) == sorted(theirs) == ["cpcpcpfff", "handcrafted", "mobilenet_v2"]
    for name in ours:
        assert np.ptp(ours[name], axis=0).max() > 1e-3  # the network tells faces apart at all
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-4)


def test_jax_s_own_error_of_too_little_memory_is_recognised(outcome):
    assert outcome.memory == ["JaxRuntimeError", "True"]
