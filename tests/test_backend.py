"""Which backend is chosen, and what is said where it is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from zoo import backend
from zoo.errors import ZooError


@pytest.fixture
def choose(tmp_path, monkeypatch):
    """Chooses with $KERAS_BACKEND, keras.json's backend and what is installed."""

    def chosen(variable: str | None, file: str | None, installed: str) -> str:
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        if variable is not None:
            monkeypatch.setenv("KERAS_BACKEND", variable)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        if file is not None:
            (tmp_path / "keras.json").write_text(file)
        monkeypatch.setattr(backend, "_installed", lambda name: name in installed.split())
        return backend.chosen_backend()

    return chosen


@pytest.mark.parametrize(
    ("variable", "file", "chosen"),
    [
        (None, None, "tensorflow"),
        ("", None, "tensorflow"),
        ("jax", None, "jax"),
        (None, json.dumps({"backend": "jax"}), "jax"),
        ("tensorflow", json.dumps({"backend": "jax"}), "tensorflow"),
        (None, "{", "tensorflow"),
    ],
)
def test_the_variable_decides_before_keras_own_file(choose, variable, file, chosen):
    assert choose(variable, file, "tensorflow jax") == chosen


@pytest.mark.parametrize(
    ("variable", "installed", "message"),
    [
        (None, "jax", "TensorFlow is not installed, JAX is: set KERAS_BACKEND=jax"),
        (
            "jax",
            "tensorflow",
            "KERAS_BACKEND=jax: JAX is not installed, TensorFlow is: set KERAS_BACKEND=tensorflow",
        ),
        (
            None,
            "",
            "TensorFlow is not installed, nor is JAX: pip install tensorflow",
        ),
        (
            "torch",
            "torch jax",
            "KERAS_BACKEND=torch: the zoo runs on tensorflow (the default) and on jax: "
            "set KERAS_BACKEND to one of them",
        ),
    ],
)
def test_a_backend_that_cannot_be_had_is_refused_in_one_line(choose, variable, installed, message):
    with pytest.raises(ZooError) as refusal:
        choose(variable, None, installed)
    assert str(refusal.value) == message


def test_keras_own_file_is_named_where_it_asks_for_another_backend(choose, tmp_path):
    with pytest.raises(ZooError) as refusal:
        choose(None, json.dumps({"backend": "torch"}), "tensorflow")
    assert str(refusal.value).startswith(f'{tmp_path / "keras.json"}, backend "torch": ')


def test_the_command_refuses_an_unknown_backend_without_a_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "show", "cpcpcpfff"],
        env=os.environ | {"KERAS_BACKEND": "theano"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("zoo: KERAS_BACKEND=theano: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("before", ["", "--xla_dump_to=/nowhere"])
def test_deterministic_jax_is_told_before_it_starts(monkeypatch, before):
    monkeypatch.setattr(backend, "chosen_backend", lambda: "jax")
    monkeypatch.setattr(backend, "import_keras", lambda: None)
    monkeypatch.setattr(backend, "gpus", lambda: ["gpu:0"])
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    monkeypatch.setenv("XLA_FLAGS", before)
    with monkeypatch.context() as started:
        started.setitem(sys.modules, "keras", sys.modules["keras"])
        with pytest.raises(ZooError, match="^deterministic: JAX has already started on a GPU: "):
            backend.make_deterministic()
    keras = sys.modules.pop("keras")
    try:
        backend.make_deterministic()
    finally:
        sys.modules["keras"] = keras
    assert os.environ["XLA_FLAGS"] == f"{before} --xla_gpu_deterministic_ops=true".strip()
