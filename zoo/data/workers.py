"""Processes that decode parts of a source for an import.

Each is a new Python that is handed pickles through its standard input and output. It is not
forked, for TensorFlow and OpenCV have threads that a fork breaks; and it runs nothing of the
program that imports, which `multiprocessing` starts once more in each of its processes, and which
would wait there for the import that waits for it. When the importing process goes, however it
goes, the pipe ends and so does the worker.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

import cv2

from zoo.data.decoding import StoppedImport, decode_part
from zoo.data.images import share_large_images
from zoo.errors import ZooError

if TYPE_CHECKING:
    from pathlib import Path

    from zoo.data.decoding import Decoded
    from zoo.data.source import Decoder, Part

_START = "import sys; sys.path[:] = sys.argv[1:]; from zoo.data.workers import serve; serve()"


class Worker:
    """A process that decodes parts, one at a time.

    Args:
        decoder: of the parts.
        folder: where the lock lies under which large images are decoded.
    """

    def __init__(self, decoder: Decoder, folder: Path):
        # In a session of its own Ctrl-C does not reach it: the pipe's end tells it to stop.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        # Sent with the first part: until the process has started nobody would read it.
        self._unsent = pickle.dumps((decoder, folder))

    def decode(self, part: Part) -> Decoded:
        """Have a part decoded.

        Raises:
            ZooError, OSError: what decoding raised there.
            MemoryError: there was too little memory.
            RuntimeError: decoding raised anything else there, which is a fault of the program.
            StoppedImport: the process died.
        """
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            raise ValueError("a process without pipes")
        try:
            questions.write(self._unsent + pickle.dumps(part))
            questions.flush()
            self._unsent = b""
            answer = pickle.load(answers)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            code = self._process.wait()
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise StoppedImport(
                f"a process that decodes faces died ({how}): there may be too little memory"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        """Stop the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def serve() -> None:
    """Be the process: answer each part with its faces, or with what cannot be read."""
    questions = sys.stdin.buffer
    with (
        suppress(EOFError, BrokenPipeError, pickle.UnpicklingError),  # nobody asks any more
        os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers,
    ):
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is no answer
        decoder, folder = pickle.load(questions)
        share_large_images(folder)
        cv2.setNumThreads(1)  # the other cores have processes of their own
        while True:
            part = pickle.load(questions)
            answer: Decoded | Exception
            try:
                answer = decode_part(decoder, part)
            except (ZooError, OSError, MemoryError) as error:
                answer = error
            except Exception as error:  # noqa: BLE001  # whoever asked raises it
                answer = RuntimeError("".join(traceback.format_exception(error)))
            pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
