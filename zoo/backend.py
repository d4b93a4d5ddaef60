"""Importing Keras without its backend's start-up noise."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def import_keras() -> None:
    """Import Keras and its backend, keeping what the backend writes at start-up off the terminal.

    TensorFlow logs a dozen lines before any of its own switches takes effect, so the file
    descriptor itself is redirected for the length of the import. If the import fails, what was
    written is shown.
    """
    if "keras" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Several networks in one process make TensorFlow warn of retracing, which is no fault here.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with _stderr_held_back():
        import keras

        keras.distribution.list_devices()  # a machine without a GPU complains here for once


def make_deterministic() -> None:
    """From now on, use only operations that give the same bits each time.

    It holds for the whole process, and there is no way back.
    """
    import_keras()
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()


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
