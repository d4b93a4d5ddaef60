"""The backend that Keras computes with, TensorFlow or JAX: which, its start, its GPUs."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TITLES = {"tensorflow": "TensorFlow", "jax": "JAX"}
_DETERMINISTIC = "--xla_gpu_deterministic_ops=true"


def import_keras() -> None:
    """Import Keras and its backend, keeping what the backend writes at start-up off the terminal.

    TensorFlow logs a dozen lines before any of its own switches takes effect, so the file
    descriptor itself is redirected for the length of the import. If the import fails, what was
    written is shown.

    Raises:
        ZooError: see `chosen_backend`.
    """
    if "keras" in sys.modules:
        return
    chosen_backend()
    # What TensorFlow fails at it raises; what it logs besides, even as an error, is noise.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Several networks in one process make TensorFlow warn of retracing, which is no fault here.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with _stderr_held_back():
        import keras

        keras.distribution.list_devices()  # a machine without a GPU complains here for once


def chosen_backend() -> str:
    """``tensorflow`` or ``jax``, as Keras will read it from $KERAS_BACKEND or its keras.json.

    Raises:
        ZooError: it is neither, or is not installed.
    """
    where, name = _wanted()
    if name not in _TITLES:
        raise ZooError(
            f"{where}the zoo runs on tensorflow (the default) and on jax: "
            "set KERAS_BACKEND to one of them"
        )
    if _installed(name):
        return name
    (other,) = _TITLES.keys() - {name}
    missing = f"{where}{_TITLES[name]} is not installed"
    if _installed(other):
        raise ZooError(f"{missing}, {_TITLES[other]} is: set KERAS_BACKEND={other}")
    raise ZooError(f"{missing}, nor is {_TITLES[other]}: pip install {name}")


def make_deterministic() -> None:
    """From now on, use only operations that give the same bits each time.

    It holds for the whole process, and there is no way back. JAX needs nothing on a processor; for
    a GPU it must be told before it starts, that is before Keras is imported.

    Raises:
        ZooError: JAX has already started on a GPU without it; see also `chosen_backend`.
    """
    if "keras" not in sys.modules and chosen_backend() == "jax":
        flags = os.environ.get("XLA_FLAGS", "")
        if _DETERMINISTIC not in flags:
            os.environ["XLA_FLAGS"] = f"{flags} {_DETERMINISTIC}".strip()
    # TensorFlow then logs an error of its own at every prediction, of an attribute it ignores.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import_keras()
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()
    elif gpus() and _DETERMINISTIC not in os.environ.get("XLA_FLAGS", ""):
        raise ZooError(
            "deterministic: JAX has already started on a GPU: "
            f"set XLA_FLAGS={_DETERMINISTIC} before Python starts"
        )


def gpus() -> list[str]:
    """The GPUs that the backend sees, as Keras names them: ``["gpu:0", "gpu:1"]``."""
    import keras

    # Asked for GPUs alone, JAX raises where there is none.
    return [device for device in keras.distribution.list_devices() if device.startswith("gpu")]


def _wanted() -> tuple[str, str]:
    """Where it is said which backend is wanted, for an error message to begin with; and which."""
    if name := os.environ.get("KERAS_BACKEND"):
        return f"KERAS_BACKEND={name}: ", name
    # Where Keras looks, too; it writes the file when it is first imported.
    folder = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    path = Path(folder, "keras.json").expanduser()
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        name = "tensorflow"
    return ("" if name == "tensorflow" else f'{path}, backend "{name}": '), name


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@contextmanager
def _stderr_held_back() -> Iterator[None]:
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        except Exception:
            written.seek(0)
            os.write(terminal, written.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
